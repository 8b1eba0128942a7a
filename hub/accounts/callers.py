"""Callers 调用方: programs that may send commands over HTTP, each with its role and unit.

A caller authenticates by a bearer token (RFC 6750) of 256 bits. The file has only its SHA-256.
"""

from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

import yaml

from hub.runtime.errors import HubError
from hub.runtime.paths import DataPaths
from hub.runtime.private_file import locked, write_private
from hub.settings.base import CommonSettings
from schemas.cases.command import Role


class CallersError(HubError, ValueError):
    """The file of callers is invalid; the message names the file and the reason."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A program that may send commands; `unit` is empty if it serves the whole county."""

    name: str
    role: Role
    unit: str
    token_sha256: str


def _path(settings: CommonSettings) -> Path:
    return DataPaths(settings.data).callers


def load_callers(settings: CommonSettings) -> tuple[Caller, ...]:
    """Return the callers of the file, none if there is no file; raises `CallersError`."""
    path = _path(settings)
    if not path.exists():
        return ()
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        return tuple(
            Caller(str(name), Role(entry["role"]), str(entry["unit"]), str(entry["token_sha256"]))
            for name, entry in entries.items()
        )
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        detail = f"{path} is not a valid file of callers ({error!r}); hub callers add writes it"
        raise CallersError(detail) from error


def caller_of(callers: tuple[Caller, ...], token: str) -> Caller | None:
    """Return the caller who has this token, or None.

    A wrong token takes as long as a right one, so the time reveals nothing about the token.
    """
    if not token.isascii():
        # Bytes of a header that are no text: they cannot be hashed, and no token has any.
        return None
    token_sha256 = digest(token)
    matches = [caller for caller in callers if compare_digest(caller.token_sha256, token_sha256)]
    return matches[0] if matches else None


def digest(token: str) -> str:
    """Return the SHA-256 of a token, in hexadecimal, as the file stores it."""
    return sha256(token.encode()).hexdigest()


def add_caller(settings: CommonSettings, name: str, role: str, unit: str) -> str:
    """Add a caller and return its token, which is shown only once; raises `HubError`."""
    if role == Role.UNIT and not unit:
        raise HubError("a caller of role unit needs --unit")
    token = token_urlsafe(32)
    with locked(_path(settings)):
        callers = load_callers(settings)
        if any(caller.name == name for caller in callers):
            raise HubError(f"caller {name} already exists; remove it first")
        _write(settings, (*callers, Caller(name, Role(role), unit, digest(token))))
    return token


def remove_caller(settings: CommonSettings, name: str) -> None:
    """Remove a caller: its token is refused from the next request on; raises `HubError`."""
    with locked(_path(settings)):
        callers = load_callers(settings)
        left = tuple(caller for caller in callers if caller.name != name)
        if left == callers:
            raise HubError(f"there is no caller {name}; hub callers ls shows them")
        _write(settings, left)


def _write(settings: CommonSettings, callers: tuple[Caller, ...]) -> None:
    """Replace the file atomically, so that no reader sees half of it."""
    path = _path(settings)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    entries: dict[str, dict[str, Any]] = {
        caller.name: {
            "role": str(caller.role),
            "unit": caller.unit,
            "token_sha256": caller.token_sha256,
        }
        for caller in callers
    }
    write_private(path, yaml.safe_dump(entries, allow_unicode=True))
