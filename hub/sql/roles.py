"""Who may ask what by SQL 查询权限: tables, columns and rows by role.

One catalogue for the embedded endpoint, which holds every query against it, and for a server, whose
roles and row policies are made from it.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

from hub.accounts.staff import StaffRole
from hub.runtime.errors import HubError
from hub.store.catalogue import DATA, Theme

CODE = re.compile(r"[0-9A-Za-z-]+")
LIES_IN = "(startsWith(division_code, '{}') OR startsWith(grid_code, '{}'))"
OF_GRID = "startsWith(grid_code, '{}')"
OF_UNIT = "unit = '{}'"

SHOWN = frozenset(name for name, entry in DATA.items() if entry.theme is not Theme.INNER)
HIDDEN: dict[str, tuple[str, ...]] = {
    "events": ("reporter_sealed", "reporter_key", "words"),
    "case_events": ("words",),
    "cases": ("body",),
    "dispositions": ("body",),
    "feedback": ("body", "text"),
    "feedback_open": ("text",),
    "deliveries": ("proof",),
    "rejected": ("body",),
    "duty_records": ("body",),
    "sink_faults": ("value",),
}
"""Columns that are for the hub itself: sealed, pseudonymous, or words of what is confidential."""


class Rows(NamedTuple):
    """Condition of the rows that a township and a unit see; empty: no such role sees the table."""

    township: str = ""
    unit: str = ""


EVERYTHING = "1"
SCOPED: dict[str, Rows] = {
    "cases": Rows(LIES_IN, OF_UNIT),
    "case_events": Rows(LIES_IN, OF_UNIT),
    "events": Rows(LIES_IN),
    "feedback": Rows(unit=OF_UNIT),
    "duty_records": Rows(OF_GRID),
    "workers": Rows(OF_GRID),
    "households": Rows(OF_GRID),
    "grids": Rows("startsWith(code, '{}')", EVERYTHING),
    "areas": Rows(EVERYTHING, EVERYTHING),
    "units": Rows(EVERYTHING, EVERYTHING),
    "plans": Rows(EVERYTHING, EVERYTHING),
    "calendar": Rows(EVERYTHING, EVERYTHING),
}
"""Tables of which a township or a unit sees its own rows; the others are for the whole county."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What somebody sees: names of tables and views, and conditions on rows by table."""

    names: frozenset[str]
    rows: tuple[tuple[str, str], ...] = ()


class UnsightedError(HubError, ValueError):
    """Nobody of this role and office may ask by SQL; the message says why."""


def uses(views: dict[str, str]) -> dict[str, frozenset[str]]:
    """Return, for each view by its SQL, the tables that it rests on, however many views between."""
    named = {
        view: {name for name in re.findall(r"\w+", sql) if name in DATA and name != view}
        for view, sql in views.items()
    }

    def tables(name: str) -> frozenset[str]:
        if name not in named:
            return frozenset((name,))
        return frozenset().union(*(tables(role) for role in named[name]))

    return {view: tables(view) for view in views}


def sight_of(role: StaffRole, office: str, resting: dict[str, frozenset[str]]) -> Sight:
    """Return what a role sees. `office`: of a township its area, of a unit its code.

    Raises `UnsightedError`.
    """
    if role in (StaffRole.CITY, StaffRole.AUDITOR):
        return Sight(SHOWN if role is StaffRole.AUDITOR else SHOWN - {"audit"})
    if not CODE.fullmatch(office):
        raise UnsightedError(f"{office!r} is no code of an area or a unit of the register")
    rows = {
        table: condition_text
        for table in SCOPED
        if (condition_text := condition(table, role, office))
    }
    views = {view for view, tables in resting.items() if tables <= rows.keys() and view in SHOWN}
    bound = tuple(
        (table, condition_text)
        for table, condition_text in rows.items()
        if condition_text != EVERYTHING
    )
    return Sight(frozenset(rows.keys() | views), bound)


def condition(table: str, role: StaffRole, office: str) -> str:
    """Return the condition of the rows that an office sees of a table; empty: none."""
    rows = SCOPED.get(table, Rows())
    condition_text = rows.township if role is StaffRole.TOWNSHIP else rows.unit
    return condition_text.replace("{}", office)
