"""Staff 工作人员: who may look at cases on the overview, and act on them.

Passwords are kept as Argon2id (RFC 9106) in a file of the data folder; there is no default one.
The command line and the page both write the file: each write holds its lock.
"""

import threading
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from hashlib import sha256
from pathlib import Path
from secrets import token_urlsafe

import yaml
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hub.accounts.password_rules import password_fault
from hub.runtime.errors import HubError
from hub.runtime.file_lock import locked
from hub.runtime.paths import DataPaths
from hub.runtime.private_file import write_private
from hub.settings.base import CommonSettings

HASHER = PasswordHasher()
"""The library's defaults, which follow RFC 9106's low-memory recommendation."""


class StaffRole(StrEnum):
    """What somebody may see and do."""

    CITY = "city"
    """全市: sees all, dispatches, supervises, decides what is one matter"""
    TOWNSHIP = "township"
    """乡镇街道: the same within its area"""
    UNIT = "unit"
    """承办单位: its own cases"""
    AUDITOR = "auditor"
    """审计: sees all cases and who looked at whom; no contact details, no commands"""


class StaffError(HubError, ValueError):
    """A file of staff that cannot be used; the message says which, and why."""


@dataclass(frozen=True, slots=True)
class Member:
    """One person; `unit` is the code of the office, empty for the whole county."""

    name: str
    role: StaffRole
    unit: str
    password: str

    @property
    def mark(self) -> str:
        """What changes with the password: a session of an earlier one is none."""
        return sha256(self.password.encode()).hexdigest()[:16]


def load_staff(settings: CommonSettings) -> dict[str, Member]:
    """Return the staff by name, nobody where there is no file; raises `StaffError`."""
    path = DataPaths(settings.data).staff
    if not path.exists():
        return {}
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        return {
            str(name): Member(
                str(name), StaffRole(one["role"]), str(one["unit"]), str(one["password"])
            )
            for name, one in told.items()
        }
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise StaffError(
            f"{path} holds no staff ({error!r}); make it with hub staff add"
        ) from error


class StaffFile:
    """The staff as the file has it now; it is read again when it has changed."""

    def __init__(self, settings: CommonSettings) -> None:
        self._settings = settings
        self._reading = threading.Lock()
        self._known: tuple[tuple[int, ...], dict[str, Member]] = ((), {})

    def members(self) -> dict[str, Member]:
        """Return the staff by name; raises `StaffError`."""
        with self._reading:
            version = self._version()
            if self._known[0] != version or not version:
                self._known = (version, load_staff(self._settings))
            return self._known[1]

    def _version(self) -> tuple[int, ...]:
        # Each write makes a new file, so two writes in one tick of the clock differ by its inode.
        try:
            told = DataPaths(self._settings.data).staff.stat()
        except FileNotFoundError:
            return ()
        return told.st_mtime_ns, told.st_ino, told.st_size


@cache
def _nobody() -> str:
    """Return what is checked where a name is unknown, so that the answer takes as long."""
    return HASHER.hash(token_urlsafe(16))


def verify(staff: dict[str, Member], name: str, password: str) -> Member | None:
    """Return who this is, or None; a name that nobody has takes as long as a wrong password."""
    member = staff.get(name)
    try:
        HASHER.verify(member.password if member else _nobody(), password)
    except (VerificationError, InvalidHashError):
        return None
    return member


def add_member(settings: CommonSettings, name: str, role: str, unit: str, password: str) -> str:
    """Add somebody, or set a new password; return the password, drawn where none is given.

    Raises `HubError`.
    """
    if not name.strip() or len(name) > 64:
        raise HubError("a name has 1 to 64 characters")
    if role in (StaffRole.TOWNSHIP, StaffRole.UNIT) and not unit:
        raise HubError(f"role {role} needs --unit, the code of the office")
    if password and (fault := password_fault(password, name)):
        raise HubError(fault)
    chosen = password or token_urlsafe(12)
    member = Member(name, StaffRole(role), unit, HASHER.hash(chosen))
    with locked(DataPaths(settings.data).staff):
        _write(DataPaths(settings.data).staff, {**load_staff(settings), name: member})
    return chosen


def change_password(settings: CommonSettings, member: Member, password: str) -> Member | None:
    """Keep a new password of somebody who has just proved the old one; return him with it.

    None where he was removed or changed meanwhile: then nothing is written. Takes a thread: it
    hashes, and waits for the lock of the file.
    """
    changed = replace(member, password=HASHER.hash(password))
    with locked(DataPaths(settings.data).staff):
        staff = load_staff(settings)
        if staff.get(member.name) != member:
            return None
        _write(DataPaths(settings.data).staff, {**staff, member.name: changed})
    return changed


def remove_member(settings: CommonSettings, name: str) -> None:
    """Remove somebody: open sessions end with the next request; raises `HubError`."""
    with locked(DataPaths(settings.data).staff):
        staff = load_staff(settings)
        if staff.pop(name, None) is None:
            raise HubError(f"there is nobody called {name}; hub staff ls shows them")
        _write(DataPaths(settings.data).staff, staff)


def _write(path: Path, staff: dict[str, Member]) -> None:
    """Replace the file at once, so that no reader finds half of it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    told = {
        one.name: {"role": str(one.role), "unit": one.unit, "password": one.password}
        for one in staff.values()
    }
    write_private(path, yaml.safe_dump(told, allow_unicode=True))
