"""Subscriptions 订阅: who receives which entries of cases, in a file of `hub webhooks`.

The file is readable by its owner only, because it has the secrets that sign the messages.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_bytes
from typing import Any

import yaml

from hub.notifications.yaml_file import YamlFileError, read_yaml
from hub.runtime.errors import HubError
from hub.runtime.paths import DataPaths
from hub.runtime.private_file import locked, write_private
from hub.settings.base import CommonSettings
from schemas.cases.case import CaseEvent, Move

NAME = re.compile(r"[\w-]{1,40}")
SECRET_PREFIX = "whsec_"  # noqa: S105 - the mark of Standard Webhooks
SECRET_BYTES = 32
FIELDS = frozenset({"url", "secrets", "unit", "area", "moves", "since"})


class SubscriptionError(HubError, ValueError):
    """The file of subscriptions, or a new one, is invalid; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A receiver, its secrets, and its filter: an empty field of the filter lets everything pass.

    `area` is a division or grid code, and means everything inside it. Entries before `since` are
    not sent. Each of the `secrets` signs, so that a receiver can change from one to the next.
    """

    name: str
    url: str
    secrets: tuple[str, ...]
    unit: str = ""
    area: str = ""
    moves: tuple[str, ...] = ()
    since: str = ""

    def wants(self, entry: CaseEvent) -> bool:
        """Whether an entry passes the filter.

        A unit receives what it has, assists in or is called to, and the entry that takes the case
        from it.
        """
        case = entry.case
        if self.moves and entry.move not in self.moves:
            return False
        places = (case.division_code, case.grid_code)
        if self.area and not any(code.startswith(self.area) for code in places):
            return False
        if self.unit and self.unit not in units_of(entry):
            return False
        return not self.since or entry.at >= datetime.fromisoformat(self.since)


def units_of(entry: CaseEvent) -> frozenset[str]:
    """Return the codes of all units that an entry concerns."""
    case, before = entry.case, entry.before
    assignment = case.assignment
    held = (assignment.unit, *assignment.assisting) if assignment else ()
    called = (unit for whistle in case.whistles for unit in whistle.units)
    return frozenset(filter(None, (*held, *called, before.unit if before else "")))


def load_subscriptions(settings: CommonSettings) -> dict[str, Subscription]:
    """Return the subscriptions by name, none without a file; raises `SubscriptionError`."""
    path = DataPaths(settings.data).webhooks
    try:
        document = read_yaml(path)
    except FileNotFoundError:
        return {}
    except YamlFileError as error:
        raise SubscriptionError(str(error)) from error
    if not isinstance(document, dict):
        raise SubscriptionError(f"{path} must map names to subscriptions")
    return {str(name): _read(path, str(name), fields) for name, fields in document.items()}


def _read(path: Path, name: str, fields: Any) -> Subscription:
    where = f"{path}: {name}"
    if not isinstance(fields, dict) or set(fields) - FIELDS:
        raise SubscriptionError(f"{where} may have only {', '.join(sorted(FIELDS))}")
    subscription = Subscription(
        name=name,
        url=_text(fields, "url"),
        secrets=_texts(fields, "secrets"),
        unit=_text(fields, "unit"),
        area=_text(fields, "area"),
        moves=_texts(fields, "moves"),
        since=_text(fields, "since"),
    )
    if fault := _fault(subscription):
        raise SubscriptionError(f"{where}: {fault}")
    return subscription


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    # YAML reads a time without quotation marks as a time, and a code as a number.
    return value.isoformat() if isinstance(value, datetime) else str(value or "")


def _texts(fields: Mapping[str, Any], name: str) -> tuple[str, ...]:
    values = fields.get(name) or ()
    return tuple(map(str, values)) if isinstance(values, list | tuple) else (str(values),)


def _fault(subscription: Subscription) -> str:
    """Return one sentence that says why a subscription is refused; empty if it is accepted."""
    if not NAME.fullmatch(subscription.name):
        return "a name has up to 40 letters, characters, digits, hyphens and underscores"
    if not subscription.url:
        return "url is needed"
    if not subscription.secrets:
        return "secrets is needed"
    for secret in subscription.secrets:
        try:
            signing_key(secret)
        except ValueError:
            return f"a secret is {SECRET_PREFIX} and at least 24 bytes in Base64"
    unknown = [move for move in subscription.moves if move not in set(Move)]
    if unknown:
        return f"no move {unknown[0]}; known are {', '.join(Move)}"
    try:
        since = datetime.fromisoformat(subscription.since) if subscription.since else None
    except ValueError:
        return f"since {subscription.since} is no time; write 2026-11-28T08:00:00+08:00"
    if since is not None and since.tzinfo is None:
        return f"since {subscription.since} has no time zone; write 2026-11-28T08:00:00+08:00"
    return ""


def signing_key(secret: str) -> bytes:
    """Return the bytes of a secret `whsec_…`; raises `ValueError`.

    Standard Webhooks asks for 24 to 64 bytes.
    """
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("not Base64") from error
    if not secret.startswith(SECRET_PREFIX) or not 24 <= len(key) <= 64:
        raise ValueError("not a secret")
    return key


def new_secret() -> str:
    """Return a random secret."""
    return SECRET_PREFIX + base64.b64encode(token_bytes(SECRET_BYTES)).decode()


def add_subscription(settings: CommonSettings, subscription: Subscription) -> Subscription:
    """Add a subscription from now on, with a new secret; raises `SubscriptionError`."""
    since = datetime.now(UTC).isoformat(timespec="seconds")
    added = replace(subscription, secrets=(new_secret(),), since=since)
    if fault := _fault(added):
        raise SubscriptionError(fault)
    with locked(DataPaths(settings.data).webhooks):
        known = load_subscriptions(settings)
        if added.name in known:
            raise SubscriptionError(f"{added.name} is there already; hub webhooks rm removes it")
        _write(settings, {**known, added.name: added})
    return added


def remove_subscription(settings: CommonSettings, name: str) -> None:
    """Remove a subscription; raises `SubscriptionError` if there is none of this name."""
    with locked(DataPaths(settings.data).webhooks):
        known = load_subscriptions(settings)
        require_known(known, name)
        _write(settings, {key: item for key, item in known.items() if key != name})


def rotate_secret(settings: CommonSettings, name: str, *, keep: bool) -> str:
    """Return a new first secret of a subscription; with `keep`, the last one signs too.

    Raises `SubscriptionError` if there is no subscription of this name.
    """
    with locked(DataPaths(settings.data).webhooks):
        known = load_subscriptions(settings)
        subscription = require_known(known, name)
        secret = new_secret()
        kept = subscription.secrets[:1] if keep else ()
        _write(settings, {**known, name: replace(subscription, secrets=(secret, *kept))})
    return secret


def require_known(known: Mapping[str, Subscription], name: str) -> Subscription:
    """Return a subscription by its name; raises `SubscriptionError`."""
    if name not in known:
        names = ", ".join(sorted(known)) or "none"
        raise SubscriptionError(f"there is no subscription {name}; there are: {names}")
    return known[name]


def _write(settings: CommonSettings, subscriptions: Mapping[str, Subscription]) -> None:
    path = DataPaths(settings.data).webhooks
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    entries: dict[str, dict[str, Any]] = {}
    for name, subscription in subscriptions.items():
        fields = asdict(subscription)
        del fields["name"]
        entries[name] = {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in fields.items()
            if value
        }
    write_private(path, yaml.safe_dump(entries, allow_unicode=True))
