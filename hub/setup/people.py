"""Adds the people of a list 人员名单 to the staff, each with a drawn password."""

import csv
from io import StringIO
from pathlib import Path

from hub.accounts.staff import StaffRole, add_member, load_staff
from hub.runtime.errors import HubError
from hub.runtime.private_file import create_private
from hub.settings import Settings
from hub.setup.tables import checked, read_table
from hub.town.check_files import StaffRow
from hub.town.registers import load_town
from schemas.cases.assignment import Tier


def load_people(settings: Settings, path: Path, passwords: Path) -> tuple[list[str], list[str]]:
    """Add the members of a table; return the names added, and those that were there already.

    Passwords are written to the new file `passwords` (mode 0600). Raises `HubError` with all faults
    of the table before anybody is added.
    """
    rows = [
        row
        for row in checked(path, read_table(path, StaffRow, ("name", "role")), StaffRow)
        if isinstance(row, StaffRow)
    ]
    units = {unit.code: unit.tier for unit in load_town(settings.town).units}
    faults = [fault for row in rows if (fault := _fault(row, units))]
    if len({row.name for row in rows}) < len(rows):
        faults.append("two members have the same name")
    if faults:
        raise HubError("\n".join([*faults, "nobody was added"]))
    known = load_staff(settings)
    fresh = [row for row in rows if row.name not in known]
    # The file is created first: a password that is drawn and not written is lost.
    if fresh and not create_private(passwords, ""):
        raise HubError(f"{passwords} is there already; name a new file")
    drawn = [(row.name, add_member(settings, row.name, row.role, row.unit, "")) for row in fresh]
    if drawn:
        text = StringIO(newline="")
        csv.writer(text).writerows([("姓名", "口令"), *drawn])
        passwords.write_text(text.getvalue(), encoding="utf-8-sig")
    return [row.name for row in fresh], [row.name for row in rows if row.name in known]


def _fault(row: StaffRow, units: dict[str, Tier]) -> str:
    """Return what is wrong with a row, or an empty text."""
    if row.role not in set(StaffRole):
        return f"{row.name}: role {row.role} is none of {', '.join(StaffRole)}"
    if row.unit and row.unit not in units:
        return f"{row.name}: {row.unit} is no unit of the town"
    if not row.unit and row.role in (StaffRole.TOWNSHIP, StaffRole.UNIT):
        return f"{row.name}: role {row.role} needs the code of the unit"
    if row.role == StaffRole.TOWNSHIP and units[row.unit] is not Tier.TOWNSHIP:
        return f"{row.name}: {row.unit} is no township"
    return ""
