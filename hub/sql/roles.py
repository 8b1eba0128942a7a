"""SQL permissions 查询权限: tables, columns and rows by role.

The embedded endpoint checks every query against this catalogue. `hub staff sql` writes the roles
and row policies of a ClickHouse server from it.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

from hub.accounts.staff import OFFICE_ROLES, StaffRole
from hub.runtime.errors import HubError
from hub.store.catalogue import DATA, Theme

CODE = re.compile(r"[0-9A-Za-z-]+")
LITERAL = re.compile(r"'(?:[^'\\]|\\.)*'")
"""A text in a statement: a channel may have the name of a view."""
LIES_IN = "(startsWith(division_code, '{}') OR startsWith(grid_code, '{}'))"
OF_GRID = "startsWith(grid_code, '{}')"
OF_UNIT = "unit = '{}'"

SHOWN = frozenset(name for name, entry in DATA.items() if entry.theme is not Theme.INNER)
HIDDEN: dict[str, tuple[str, ...]] = {
    "events": ("reporter_sealed", "reporter_key", "reporter_name_key", "words", "person"),
    "case_events": ("words",),
    "cases": ("body",),
    "dispositions": ("body",),
    "feedback": ("body", "text"),
    "feedback_open": ("text",),
    "deliveries": ("proof",),
    "rejected": ("body",),
    "duty_records": ("body",),
    "project_records": ("body",),
    "deliberation_records": ("body",),
    "sink_faults": ("value",),
    "firms": ("sealed",),
    "premises": ("sealed",),
}
"""Columns that only the hub reads: sealed, pseudonymous, or text of confidential cases."""


class RowConditions(NamedTuple):
    """Row filters of a township and of a unit; empty if the role does not see the table."""

    township: str = ""
    unit: str = ""


EVERYTHING = "1"
SCOPED: dict[str, RowConditions] = {
    "cases": RowConditions(LIES_IN, OF_UNIT),
    "case_events": RowConditions(LIES_IN, OF_UNIT),
    "events": RowConditions(LIES_IN),
    "feedback": RowConditions(unit=OF_UNIT),
    "duty_records": RowConditions(OF_GRID),
    "project_records": RowConditions(LIES_IN, OF_UNIT),
    "project_reports": RowConditions(LIES_IN),
    "deliberation_records": RowConditions(LIES_IN, OF_UNIT),
    "deliberation_reports": RowConditions(LIES_IN),
    "workers": RowConditions(OF_GRID),
    "households": RowConditions(OF_GRID),
    "firms": RowConditions(OF_GRID),
    "premises": RowConditions(OF_GRID),
    "event_firms": RowConditions(LIES_IN),
    "firm_choices": RowConditions(LIES_IN),
    "grids": RowConditions("startsWith(code, '{}')", EVERYTHING),
    "areas": RowConditions(EVERYTHING, EVERYTHING),
    "units": RowConditions(EVERYTHING, EVERYTHING),
    "plans": RowConditions(EVERYTHING, EVERYTHING),
    "calendar": RowConditions(EVERYTHING, EVERYTHING),
}
"""Tables of which a township or unit sees its own rows; the others are for the whole county."""


@dataclass(frozen=True, slots=True)
class Visibility:
    """What a role sees: names of tables and views, and (table, row filter) pairs."""

    names: frozenset[str]
    rows: tuple[tuple[str, str], ...] = ()


class NoSqlAccessError(HubError, ValueError):
    """This role and office have no SQL access; the message says why."""


def base_tables_of(views: dict[str, str]) -> dict[str, frozenset[str]]:
    """Return the tables that each view reads, directly or through other views."""
    named = {
        view: {
            name
            for name in re.findall(r"\w+", LITERAL.sub("", sql))
            if name in DATA and name != view
        }
        for view, sql in views.items()
    }

    def tables(name: str) -> frozenset[str]:
        if name not in named:
            return frozenset((name,))
        return frozenset().union(*(tables(table) for table in named[name]))

    return {view: tables(view) for view in views}


def visibility_of(
    role: StaffRole, office: str, base_tables: dict[str, frozenset[str]]
) -> Visibility:
    """Return what a role sees; `office` is the area of a township or the code of a unit.

    Raises `NoSqlAccessError`.
    """
    if role not in OFFICE_ROLES:
        raise NoSqlAccessError(f"role {role} has no access to SQL")
    if role in (StaffRole.CITY, StaffRole.AUDITOR):
        return Visibility(SHOWN if role is StaffRole.AUDITOR else SHOWN - {"audit"})
    if not CODE.fullmatch(office):
        raise NoSqlAccessError(f"{office!r} is not the code of an area or a unit of the register")
    rows = {table: rule for table in SCOPED if (rule := condition(table, role, office))}
    views = {
        view for view, tables in base_tables.items() if tables <= rows.keys() and view in SHOWN
    }
    filters = tuple((table, rule) for table, rule in rows.items() if rule != EVERYTHING)
    return Visibility(frozenset(rows.keys() | views), filters)


def condition(table: str, role: StaffRole, office: str) -> str:
    """Return the row filter of an office on a table; empty if it sees no rows."""
    rows = SCOPED.get(table, RowConditions())
    rule = rows.township if role is StaffRole.TOWNSHIP else rows.unit
    return rule.replace("{}", office)
