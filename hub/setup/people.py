"""Adds the people of a list 人员名单 to the staff, each with a drawn password."""

from pathlib import Path

from hub.accounts.staff import add_member, drawn_password, load_staff
from hub.runtime.errors import HubError
from hub.settings import Settings
from hub.setup.new_table import write_new_table
from hub.setup.tables import read_rows
from hub.town.check_files import StaffRow, member_fault, text_fault
from hub.town.registers import load_town
from schemas.cases.assignment import Tier


def load_people(settings: Settings, path: Path, passwords: Path) -> tuple[list[str], list[str]]:
    """Add the members of a table; return the names added, and those that were there already.

    Passwords are written to the new file `passwords` (mode 0600). Raises `HubError` with all faults
    of the table before anybody is added.
    """
    rows = read_rows(path, StaffRow, ("name", "role"))
    units = {unit.code: unit.tier for unit in load_town(settings.town).units}
    faults = [fault for row in rows if (fault := _fault(row, units))]
    if len({row.name for row in rows}) < len(rows):
        faults.append("two members have the same name")
    if faults:
        raise HubError("\n".join([*faults, "nobody was added"]))
    known = load_staff(settings)
    fresh = [(row, drawn_password()) for row in rows if row.name not in known]
    if fresh:
        # Before anybody is added, so that no password can be lost.
        drawn = [(row.name, password) for row, password in fresh]
        write_new_table(passwords, [("姓名", "口令"), *drawn])
    for row, password in fresh:
        add_member(settings, row.name, row.role, row.unit, password)
    return [row.name for row, _ in fresh], [row.name for row in rows if row.name in known]


def _fault(row: StaffRow, units: dict[str, Tier]) -> str:
    """Return what is wrong with a row, or an empty text."""
    fault = text_fault("name", row.name)
    return f"{row.name!r}: {fault}" if fault else member_fault(row, units)
