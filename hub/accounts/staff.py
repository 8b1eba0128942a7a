"""Staff 工作人员: the people who may see cases on the overview, and command them.

Their passwords are stored as Argon2id hashes (RFC 9106) in a file of the data folder; there is no
default password. The command line and the page both write the file: each write takes its lock.
"""

import threading
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from hashlib import sha256
from pathlib import Path
from secrets import choice, token_urlsafe
from string import ascii_letters, digits

import yaml
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hub.accounts.password_rules import password_fault
from hub.runtime.errors import HubError
from hub.runtime.paths import DataPaths
from hub.runtime.private_file import locked, write_private
from hub.settings.base import CommonSettings
from schemas.registers.right import RegisterRight

HASHER = PasswordHasher()
"""With the library's defaults: the low-memory recommendation of RFC 9106."""

LONGEST_NAME = 64
DRAWN_LENGTH = 16
"""Characters of a name and of a drawn password."""


class StaffRole(StrEnum):
    """What a member of staff may see and do."""

    CITY = "city"
    """全市: sees all cases, dispatches, supervises, merges and splits"""
    TOWNSHIP = "township"
    """乡镇街道: the same within its area"""
    UNIT = "unit"
    """承办单位: its own cases"""
    AUDITOR = "auditor"
    """审计: sees all cases and the audit; no contact details, no commands"""
    GRID_WORKER = "grid_worker"
    """网格员: the phone page only, and there his own grids; `unit` is his code in workers.csv"""


OFFICE_ROLES = frozenset(StaffRole) - {StaffRole.GRID_WORKER}
"""The roles that use overview, workbench and SQL; a grid worker uses the phone page only."""
NEED_UNIT = frozenset({StaffRole.TOWNSHIP, StaffRole.UNIT, StaffRole.GRID_WORKER})
"""The roles that are nothing without the code of their office or grid worker."""


class StaffError(HubError, ValueError):
    """The file of staff is invalid; the message names the file and the reason."""


@dataclass(frozen=True, slots=True)
class Member:
    """One member of staff; `unit` is the code of the office, empty for the whole county.

    `password` is the Argon2id hash. `registers` is the right to look into the register of people;
    None, the default, opens nothing.
    """

    name: str
    role: StaffRole
    unit: str
    password: str
    registers: RegisterRight | None = None

    @property
    def password_mark(self) -> str:
        """A short hash that changes with the password, so that older sessions become invalid."""
        return sha256(self.password.encode()).hexdigest()[:16]


def load_staff(settings: CommonSettings) -> dict[str, Member]:
    """Return the members of staff by name, none if there is no file; raises `StaffError`."""
    path = DataPaths(settings.data).staff
    if not path.exists():
        return {}
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        return {
            str(name): Member(
                str(name),
                StaffRole(entry["role"]),
                str(entry["unit"]),
                str(entry["password"]),
                RegisterRight.model_validate(right) if (right := entry.get("registers")) else None,
            )
            for name, entry in entries.items()
        }
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise StaffError(
            f"{path} is not a valid file of staff ({error!r}); hub staff add writes it"
        ) from error


class StaffFile:
    """The file of staff, read again whenever it has changed."""

    def __init__(self, settings: CommonSettings) -> None:
        self._settings = settings
        self._reading = threading.Lock()
        self._known: tuple[tuple[int, ...], dict[str, Member]] = ((), {})

    def members(self) -> dict[str, Member]:
        """Return the members of staff by name; raises `StaffError`."""
        with self._reading:
            version = self._version()
            if self._known[0] != version or not version:
                self._known = (version, load_staff(self._settings))
            return self._known[1]

    def _version(self) -> tuple[int, ...]:
        # Each write creates a new file, so two writes within one clock tick differ in the inode.
        try:
            status = DataPaths(self._settings.data).staff.stat()
        except FileNotFoundError:
            return ()
        return status.st_mtime_ns, status.st_ino, status.st_size


@cache
def _dummy_hash() -> str:
    """Return a hash to check for an unknown name, so that the check takes as long as usual."""
    return HASHER.hash(token_urlsafe(16))


def verify(staff: dict[str, Member], name: str, password: str) -> Member | None:
    """Return the member with this name and password, or None.

    An unknown name takes as long as a wrong password.
    """
    member = staff.get(name)
    try:
        HASHER.verify(member.password if member else _dummy_hash(), password)
    except (VerificationError, InvalidHashError):
        return None
    return member


def name_fault(name: str) -> str:
    """Return one sentence that states why a name is refused; empty if it is accepted."""
    if not name.strip() or len(name) > LONGEST_NAME:
        return f"a name must have 1 to {LONGEST_NAME} characters"
    if not name.isprintable():
        return "a name must not have line breaks or control characters"
    return ""


def drawn_password() -> str:
    """Return a random password of about 95 bits, of letters and digits.

    A sign at its beginning would be an option to a command, and a formula to a spreadsheet.
    """
    return "".join(choice(ascii_letters + digits) for _ in range(DRAWN_LENGTH))


def add_member(settings: CommonSettings, name: str, role: str, unit: str, password: str) -> str:
    """Add a member, or replace him; return the password, a random one if `password` is empty.

    A right to look into registers stays if role and unit do. Raises `HubError`.
    """
    if fault := name_fault(name):
        raise HubError(fault)
    if role in NEED_UNIT and not unit:
        raise HubError(f"role {role} needs --unit, the code of the office or grid worker")
    if password and (fault := password_fault(password, name)):
        raise HubError(fault)
    chosen = password or drawn_password()
    member = Member(name, StaffRole(role), unit, HASHER.hash(chosen))
    with locked(DataPaths(settings.data).staff):
        staff = load_staff(settings)
        former = staff.get(name)
        if former and (former.role, former.unit) == (member.role, member.unit):
            member = replace(member, registers=former.registers)
        _write(DataPaths(settings.data).staff, {**staff, name: member})
    return chosen


def set_register_right(settings: CommonSettings, name: str, right: RegisterRight | None) -> None:
    """Give a member a right to look into registers, or take it away; raises `HubError`.

    It takes effect with his next request.
    """
    path = DataPaths(settings.data).staff
    with locked(path):
        staff = load_staff(settings)
        if name not in staff:
            raise _unknown(name)
        _write(path, {**staff, name: replace(staff[name], registers=right)})


def change_password(settings: CommonSettings, member: Member, password: str) -> Member | None:
    """Store a new password of a member whose old one was just checked; return the new member.

    Return None and write nothing if he was removed or changed meanwhile. Call it in a thread: it
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
    """Remove a member: his sessions end with the next request; raises `HubError`."""
    with locked(DataPaths(settings.data).staff):
        staff = load_staff(settings)
        if staff.pop(name, None) is None:
            raise _unknown(name)
        _write(DataPaths(settings.data).staff, staff)


def _unknown(name: str) -> HubError:
    return HubError(f"there is no member {name}; hub staff ls lists the members")


def _write(path: Path, staff: dict[str, Member]) -> None:
    """Replace the file atomically, so that no reader sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    entries = {member.name: _entry(member) for member in staff.values()}
    write_private(path, yaml.safe_dump(entries, allow_unicode=True))


def _entry(member: Member) -> dict[str, object]:
    entry: dict[str, object] = {
        "role": str(member.role),
        "unit": member.unit,
        "password": member.password,
    }
    if member.registers:
        entry["registers"] = member.registers.model_dump(mode="json")
    return entry
