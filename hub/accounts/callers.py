"""Callers 调用方: who may command over HTTP, in which role and for which unit.

A caller is known by a bearer token (RFC 6750) of 256 bits; the file has its SHA-256 only.
"""

from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

import yaml

from hub.runtime.errors import HubError
from hub.runtime.file_lock import locked
from hub.runtime.paths import DataPaths
from hub.runtime.private_file import write_private
from hub.settings.base import CommonSettings
from schemas.cases.command import Role


class CallersError(HubError, ValueError):
    """A file of callers that cannot be used; the message says which, and why."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who may command: `unit` is empty for who serves the whole county."""

    name: str
    role: Role
    unit: str
    token_sha256: str


def _path(settings: CommonSettings) -> Path:
    return DataPaths(settings.data).callers


def load_callers(settings: CommonSettings) -> tuple[Caller, ...]:
    """Return the callers of the file, none where there is no file; raises `CallersError`."""
    path = _path(settings)
    if not path.exists():
        return ()
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        return tuple(
            Caller(str(name), Role(one["role"]), str(one["unit"]), str(one["token_sha256"]))
            for name, one in told.items()
        )
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        detail = f"{path} holds no callers ({error!r}); make them with hub callers add"
        raise CallersError(detail) from error


def caller_of(callers: tuple[Caller, ...], token: str) -> Caller | None:
    """Return whose token this is, or None; takes as long for a wrong one as for a right one."""
    given = digest(token)
    found = [one for one in callers if compare_digest(one.token_sha256, given)]
    return found[0] if found else None


def digest(token: str) -> str:
    """Return what the file keeps of a token."""
    return sha256(token.encode()).hexdigest()


def add_caller(settings: CommonSettings, name: str, role: str, unit: str) -> str:
    """Add a caller and return the token, which is shown this once; raises `HubError`."""
    if role == Role.UNIT and not unit:
        raise HubError("a caller of role unit needs --unit")
    token = token_urlsafe(32)
    with locked(_path(settings)):
        callers = load_callers(settings)
        if any(one.name == name for one in callers):
            raise HubError(f"there is a caller {name} already; remove it first")
        _write(settings, (*callers, Caller(name, Role(role), unit, digest(token))))
    return token


def remove_caller(settings: CommonSettings, name: str) -> None:
    """Remove a caller: its token is refused from the next request on; raises `HubError`."""
    with locked(_path(settings)):
        callers = load_callers(settings)
        left = tuple(one for one in callers if one.name != name)
        if left == callers:
            raise HubError(f"there is no caller {name}; hub callers ls shows them")
        _write(settings, left)


def _write(settings: CommonSettings, callers: tuple[Caller, ...]) -> None:
    """Replace the file at once, so that no reader finds half of it."""
    path = _path(settings)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    told: dict[str, dict[str, Any]] = {
        one.name: {"role": str(one.role), "unit": one.unit, "token_sha256": one.token_sha256}
        for one in callers
    }
    write_private(path, yaml.safe_dump(told, allow_unicode=True))
