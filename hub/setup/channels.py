"""Switching channels on 渠道开通, one by one: what each needs, and what the other side must set."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import yaml

from connectors.mapping.field_mapping import MAPPED
from hub.feedback.addresses import KNOWN, addresses_path, load_addresses
from hub.intake.collectors.files import CHANNELS as DROPPED
from hub.runtime.errors import HubError
from hub.runtime.paths import DataPaths
from hub.runtime.private_file import locked, write_private
from hub.security.credentials import (
    SIGNED,
    Credentials,
    load_or_create_credentials,
    present_credentials,
    put_credential,
)
from hub.settings import Settings
from hub.town.mappings import FOLDER, mapping_files
from schemas.channel import Channel
from schemas.topic import INTAKE_TOPICS

POLLED: Mapping[Channel, tuple[str, str]] = {
    Channel.LEADER_BOARD: ("leader_board_url", "https://board.example.cn/api"),
    Channel.ENVIRONMENT_12369: ("environment_url", "mysql+pymysql://reader:PASSWORD@host/db"),
    Channel.MAYOR_MAILBOX: ("imap_url", "imaps://mailbox:PASSWORD@host/"),
}
"""Channel that the hub polls → the setting with its address, and an example of it."""
TYPED: Mapping[Channel, tuple[str, ...]] = {
    Channel.WECHAT_OFFICIAL: ("app_id", "encoding_aes_key"),
}
"""Channel → credentials that the other side issues, so that they are typed in."""
AES_KEY_LENGTH = 43


@dataclass(frozen=True, slots=True)
class ChannelState:
    """One line of the list of channels."""

    channel: str
    transport: str
    ready: str
    """What it waits for; empty if it can be used."""
    feedback: str
    mapping: str


def add_channel(
    settings: Settings, channel: Channel, typed: Mapping[str, str], feedback: Mapping[str, str]
) -> list[str]:
    """Keep the credentials and the feedback address of a channel; return what must be set where.

    The credentials file is made if there is none. `typed` are values that the other side has
    issued. Raises `HubError` if one is unknown or malformed; then nothing is changed.
    """
    _check(channel, typed, feedback)
    load_or_create_credentials(settings)
    for name, value in typed.items():
        put_credential(settings, channel, name, value)
    if feedback:
        _put_address(settings, channel, feedback)
    return list(instructions(settings, channel))


def _check(channel: Channel, typed: Mapping[str, str], feedback: Mapping[str, str]) -> None:
    for name, value in typed.items():
        if name not in TYPED.get(channel, ()):
            raise HubError(f"{channel} takes no {name}; the hub draws its credentials itself")
        if not value or not value.isascii() or not value.isprintable() or " " in value:
            raise HubError(f"{name} must be a text of letters, digits and signs, without blanks")
    key = typed.get("encoding_aes_key")
    if key is not None and len(key) != AES_KEY_LENGTH:
        raise HubError(f"encoding_aes_key has {AES_KEY_LENGTH} characters, and this {len(key)}")
    if odd := sorted(set(feedback) - KNOWN):
        raise HubError(f"a feedback address has no {odd[0]}; it has {', '.join(sorted(KNOWN))}")
    for name, value in feedback.items():
        if not value.strip() or not value.isprintable():
            raise HubError(f"{name} must be a text without line breaks and control characters")
    if "url" in feedback and (fault := _url_fault(channel, feedback["url"])):
        raise HubError(f"{feedback['url'][:80]} is no address: {fault}")


def _url_fault(channel: Channel, url: str) -> str:
    """Return why a channel cannot answer to an address, or an empty text.

    It is an address of the web; a channel that is read from a database is answered in one.
    """
    if any(char.isspace() for char in url):
        return "it has blanks"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        return str(error)
    if channel == Channel.ENVIRONMENT_12369:
        usable = "://" in url and parts.scheme not in ("", "http", "https")
        return "" if usable else f"write that of a database, as {POLLED[channel][1]}"
    if parts.scheme not in ("http", "https"):
        return "write it with https://"
    return "" if host else "it has no host"


def _put_address(settings: Settings, channel: Channel, feedback: Mapping[str, str]) -> None:
    path = addresses_path(settings)
    load_addresses(settings)
    with locked(path):
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        addresses: dict[str, Any] = yaml.safe_load(text) or {}
        addresses[str(channel)] = {**addresses.get(str(channel), {}), **feedback}
        write_private(path, yaml.safe_dump(addresses, allow_unicode=True))


def instructions(settings: Settings, channel: Channel) -> Iterator[str]:
    """Yield what must be set on both sides for a channel, a line each."""
    known = load_or_create_credentials(settings)
    base = settings.public_url or f"http://{settings.host}:{settings.intake_port}"
    if channel in SIGNED:
        yield f"they post to: {base}/v1/intake/{channel}"
        yield "with the headers X-Hub-Timestamp (epoch seconds), X-Hub-Nonce (new each time) and"
        yield '  X-Hub-Signature: sha256=HEX of HMAC-SHA256(secret, timestamp + "\\n" + nonce +'
        yield '  "\\n" + body)'
        yield f"their secret: {known.value(channel, 'secret')}"
    elif channel == Channel.WECHAT_OFFICIAL:
        yield f"in the console of the public platform, set the URL {base}/v1/wechat"
        yield f"the Token {known.value(channel, 'token')}, and the mode 安全模式"
        yield f"AppID here: {known.value(channel, 'app_id')}"
        yield f"EncodingAESKey here: {known.value(channel, 'encoding_aes_key')}"
    elif channel == Channel.OPEN311:
        yield f"they use the endpoint: {base}/open311/v2"
        yield f"with the api_key: {known.value(channel, 'api_key')}"
    elif channel in POLLED:
        setting, example = POLLED[channel]
        yield f"set HUB_{setting.upper()} and restart the intake, as"
        yield f"  HUB_{setting.upper()}={example}"
        if channel == Channel.MAYOR_MAILBOX:
            yield f"or let a mail server deliver into {DataPaths(settings.data).maildir}"
    elif channel not in DROPPED:
        topics = ", ".join(topic.name for topic in INTAKE_TOPICS if topic.name.endswith(channel))
        yield f"they publish to the topic {topics} at {settings.bootstrap}"
    yield from _besides(settings, channel)
    yield f"the fields are described in docs/channels/{channel}.md"
    if channel in MAPPED:
        yield f"for other names write {settings.town / FOLDER / (channel + '.yaml')}"
    yield f"try it: hub channel test {channel} FILE"


def _besides(settings: Settings, channel: Channel) -> Iterator[str]:
    """Yield how else, or only, messages of a channel arrive: dropped, or from a paged API."""
    if channel in DROPPED:
        either = "or " if channel in SIGNED else ""
        yield f"{either}they drop files into: {DataPaths(settings.data).drop / channel}"
        yield "under a name that ends in .part until the file is whole"
    if channel == Channel.SERVICE_ITEMS:
        yield "or set HUB_SERVICE_ITEMS_URL to their paged API, and restart the intake"


def list_channels(settings: Settings) -> list[ChannelState]:
    """Return every channel: how it arrives, what it waits for, its feedback address and mapping."""
    known = present_credentials(settings)
    addresses = load_addresses(settings)
    mappings = {file.stem for file in mapping_files(settings.town)}
    return [
        ChannelState(
            channel=str(channel),
            transport=_transport(channel),
            ready=_missing(settings, channel, known),
            feedback="yes" if channel in addresses else "",
            mapping="yes" if channel in mappings else "",
        )
        for channel in Channel
    ]


def _transport(channel: Channel) -> str:
    if channel in SIGNED:
        return "signed push"
    if channel in DROPPED:
        return "dropped files"
    if channel in POLLED:
        return "polled"
    return {Channel.WECHAT_OFFICIAL: "WeChat push", Channel.OPEN311: "Open311"}.get(
        channel, "topic"
    )


def _missing(settings: Settings, channel: Channel, known: Credentials) -> str:
    if channel in POLLED:
        setting = POLLED[channel][0]
        value = getattr(settings, setting)
        text = value.get_secret_value() if hasattr(value, "get_secret_value") else value
        return "" if text else f"HUB_{setting.upper()}"
    needed = {Channel.WECHAT_OFFICIAL: "app_id", Channel.OPEN311: "api_key"}.get(channel)
    name = needed or ("secret" if channel in SIGNED else "")
    return "" if not name or known.value(channel, name) else f"credential {name}"
