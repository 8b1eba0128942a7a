"""Channel credentials 渠道凭据: a file of mode 0600 that the first start creates."""

import base64
import os
import sys
from collections.abc import Mapping
from hmac import compare_digest
from pathlib import Path
from secrets import token_hex, token_urlsafe
from typing import Any

import yaml

from connectors.contract import DecodeContext, Secrets
from hub.runtime.errors import HubError
from hub.runtime.metrics_access import draw_metrics_token, metrics_token_path
from hub.runtime.paths import DataPaths
from hub.runtime.private_file import create_private, locked, write_private
from hub.runtime.watched_file import WatchedFile
from hub.settings.sealing import SealingSettings
from hub.web.signature import header_bytes
from schemas.channel import Channel

SIGNED = (
    Channel.HOTLINE_12345,
    Channel.CONSUMER_12315,
    Channel.URBAN_12319,
    Channel.GOVERNANCE_PLATFORM,
    Channel.GRID_PATROL,
    Channel.SERVICE_ITEMS,
    Channel.MANUAL_ENTRY,
)
"""Channels that push over HTTP and sign their messages."""


SHAPE = "write `channel: {name: value}`, with values in quotes, or put back a copy of the file"
METRICS = ("metrics", "token")
"""The token of Prometheus. It has its own file, which Prometheus reads too."""


CredentialValues = Mapping[str, Mapping[str, str | list[str]]]
"""Per channel: name → value, or a list with the newest value and older ones still accepted."""


class Credentials:
    """Credentials per channel: name → value. If the file has changed, it is read again."""

    def __init__(self, values: CredentialValues, path: Path | None = None) -> None:
        self._values = values
        self._file = WatchedFile(path) if path else None

    def value(self, channel: str, name: str) -> str:
        """Return the newest value of a credential, or an empty text if none is set."""
        return next(iter(self.accepted(channel, name)), "")

    def accepted(self, channel: str, name: str) -> tuple[str, ...]:
        """Return all accepted values, the newest first; empty if none is set."""
        if self._file is not None and self._file.has_changed():
            self._values = _read(self._file.path)
        accepted = self._values.get(channel, {}).get(name, "")
        return tuple(filter(None, [accepted] if isinstance(accepted, str) else accepted))

    def proves(self, channel: str, name: str, shown: str) -> bool:
        """Return whether `shown` is accepted, by a comparison in constant time."""
        known = self.accepted(channel, name)
        return any(compare_digest(secret.encode(), header_bytes(shown)) for secret in known)

    def of(self, channel: str) -> dict[str, str]:
        """Return the newest value of each credential of a channel."""
        return {name: self.value(channel, name) for name in self._values.get(channel, {})}

    def contexts(self) -> dict[str, DecodeContext]:
        """Return the decode context of each channel, with its secrets."""
        return {
            channel: DecodeContext(secrets=Secrets(self.of(channel))) for channel in self._values
        }


def _read(path: Path) -> dict[str, dict[str, Any]]:
    """Return what the file has; raises `HubError` if it is malformed, without quoting it."""
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise HubError(f"{path}, line {line}: not valid YAML; {SHAPE}") from None
    except (yaml.YAMLError, ValueError):
        raise HubError(f"{path} is not valid YAML; {SHAPE}") from None
    if not isinstance(values, dict):
        raise HubError(f"{path} is no file of credentials; {SHAPE}")
    for channel, names in values.items():
        if not isinstance(names, dict) or not all(map(_is_value, names.values())):
            raise HubError(f"{path}: the entry {channel} is malformed; {SHAPE}")
    return values


def _is_value(value: Any) -> bool:
    several = isinstance(value, list) and all(isinstance(each, str) for each in value)
    return isinstance(value, str) or several


def credentials_path(settings: SealingSettings) -> Path:
    """Return the path of the credentials file."""
    return settings.secrets_file or DataPaths(settings.data).secrets


def rotate(settings: SealingSettings, channel: str, name: str) -> str:
    """Generate and return a new value; the previous value stays accepted too.

    Only the metrics token has no previous value: Prometheus reads its file at each scrape.
    Raises `HubError` if the channel has no such credential.
    """
    if (channel, name) == METRICS:
        return draw_metrics_token(settings)
    values, old = _load_existing(settings, channel, name)
    fresh = token_hex(16) if channel == Channel.WECHAT_OFFICIAL else token_urlsafe(32)
    values[channel][name] = [fresh, *old[:1]]
    write_private(credentials_path(settings), yaml.safe_dump(values))
    return fresh


def retire(settings: SealingSettings, channel: str, name: str) -> None:
    """Accept only the newest value from now on; raises `HubError` as `rotate` does."""
    values, old = _load_existing(settings, channel, name)
    values[channel][name] = old[0]
    write_private(credentials_path(settings), yaml.safe_dump(values))


def put_credential(settings: SealingSettings, channel: str, name: str, value: str) -> None:
    """Accept only `value` from now on; the file must be there. Raises `OSError`."""
    path = credentials_path(settings)
    with locked(path):
        values = _read(path)
        values.setdefault(channel, {})[name] = value
        write_private(path, yaml.safe_dump(values))


def listed(settings: SealingSettings) -> list[tuple[str, str, int]]:
    """Return channel, name and number of accepted values of each credential, never the values.

    Raises `HubError` if there is no credentials file.
    """
    path = credentials_path(settings)
    try:
        values = _read(path)
    except FileNotFoundError as error:
        raise HubError(
            f"there is no credentials file {path}: the first start of hub up or hub intake creates"
            " it; if the file is elsewhere, set HUB_SECRETS_FILE or HUB_DATA"
        ) from error
    known = Credentials(values)
    counts = [
        (channel, name, len(known.accepted(channel, name)))
        for channel, names in values.items()
        for name in names
    ]
    return [*counts, (*METRICS, int(metrics_token_path(settings).is_file()))]


def _load_existing(
    settings: SealingSettings, channel: str, name: str
) -> tuple[dict[str, dict[str, Any]], tuple[str, ...]]:
    path = credentials_path(settings)
    values = _read(path) if path.exists() else {}
    accepted = Credentials(values).accepted(channel, name)
    if not accepted:
        known = ", ".join(f"{owner} {each}" for owner, names in values.items() for each in names)
        raise HubError(f"{path} has no {name} of {channel}; it has: {known or 'nothing'}")
    return values, accepted


def load_or_create_credentials(settings: SealingSettings) -> Credentials:
    """Return the credentials. Without a file, generate them and print its path on stderr."""
    path = credentials_path(settings)
    if create_private(path, yaml.safe_dump(_draw())):
        sys.stderr.write(f"hub: created the channels' credentials: {path}\n")
    return Credentials(_read(path), path)


def secret_for(settings: SealingSettings, channel: Channel) -> str:
    """Return the secret of a channel whose sender is the hub itself; draw one if there is none.

    A file of an earlier version has no secret of a channel that is new since. The intake reads the
    changed file within a second.
    """
    known = load_or_create_credentials(settings).value(channel, "secret")
    if known:
        return known
    path = credentials_path(settings)
    with locked(path):
        values = _read(path)
        drawn = values.setdefault(str(channel), {}).setdefault("secret", token_urlsafe(32))
        write_private(path, yaml.safe_dump(values, allow_unicode=True))
    return str(drawn)


def present_credentials(settings: SealingSettings) -> Credentials:
    """Return the credentials, or none where no hub has run yet; creates no file."""
    if credentials_path(settings).is_file():
        return load_or_create_credentials(settings)
    return Credentials({})


def _draw() -> dict[str, dict[str, str]]:
    drawn = {str(channel): {"secret": token_urlsafe(32)} for channel in SIGNED}
    aes_key = base64.b64encode(os.urandom(32)).decode().rstrip("=")
    drawn[str(Channel.WECHAT_OFFICIAL)] = {
        "token": token_hex(16),
        "encoding_aes_key": aes_key,
        "app_id": f"wx{token_hex(8)}",
    }
    drawn[str(Channel.OPEN311)] = {"api_key": token_urlsafe(24)}
    drawn["admin"] = {"token": token_urlsafe(32)}
    return drawn
