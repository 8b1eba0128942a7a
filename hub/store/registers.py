"""Base registers 台账 in the store: replaced as a whole, so removed rows disappear."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from hub.store.client import Store
from schemas.base import BEIJING
from schemas.town.patrol import Patrols, Plan
from schemas.town.town import Town
from streams.case.deadline import is_working_day

CALENDAR_FROM = date(2020, 1, 1)
CALENDAR_AHEAD = timedelta(days=800)
TableRows = list[list[Any]]


def store_registers(store: Store, town: Town, patrols: Patrols, now: datetime) -> None:
    """Store registers and plans; a plan keeps the day on which it was first stored."""
    today = now.astimezone(BEIJING).date()
    since_by_plan = {
        str(code): since for code, since in store.rows("SELECT id, since FROM plans FINAL")
    }
    tables: dict[str, tuple[str, TableRows]] = {
        "areas": ("code name parent", [[a.code, a.name, a.parent] for a in town.areas]),
        "grids": (
            "code name division_code households",
            [[g.code, g.name, g.division_code, g.households] for g in town.grids],
        ),
        "units": (
            "code name tier area unit_type",
            [[u.code, u.name, u.tier, u.area, u.unit_type] for u in town.units],
        ),
        "workers": (
            "code kind grid_code since until",
            [[w.code, w.kind, w.grid_code, w.since, w.until] for w in patrols.workers],
        ),
        "households": (
            "code grid_code classes since until",
            [[h.code, h.grid_code, h.listed_as, h.since, h.until] for h in patrols.households],
        ),
        "plans": (
            "id name does every whom classes category urgency within_hours since until",
            [_plan(plan, since_by_plan.get(plan.id, today)) for plan in patrols.plans],
        ),
        "certificates": (
            "name aliases status department instead ground",
            [
                [c.name, c.known_as[1:], c.status, c.department, c.instead, c.ground]
                for c in town.certificates
            ],
        ),
        "admissions": (
            "department kind tier most ground",
            [[a.department, a.kind, a.tier, a.most, a.ground] for a in town.admissions],
        ),
        "calendar": ("day working", _calendar(today + CALENDAR_AHEAD)),
    }
    for name, (columns, rows) in tables.items():
        if not _is_there(store, name, columns.split(), rows):
            _replace(store, name, columns.split(), rows)


def _plan(plan: Plan, since_by_plan: date) -> list[Any]:
    since = plan.since if "since" in plan.model_fields_set else since_by_plan
    return [
        *(plan.id, plan.name, plan.does, plan.every, plan.whom),
        *(plan.classes, plan.category, plan.urgency, plan.within_hours, since, plan.until),
    ]


def _calendar(last: date) -> TableRows:
    days = (CALENDAR_FROM + timedelta(days=n) for n in range((last - CALENDAR_FROM).days))
    return [[day, is_working_day(day)] for day in days]


def _is_there(store: Store, name: str, columns: Sequence[str], rows: TableRows) -> bool:
    """Return whether a table has exactly these rows, which is true at most starts."""
    stored = store.rows(f"SELECT {', '.join(columns)} FROM {name}")  # noqa: S608 - our own names
    return sorted(map(_text, stored)) == sorted(map(_text, rows))


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{'|'.join(map(_text, value))}]"
    # A Float column returns whole numbers as floats.
    return str(float(value) if isinstance(value, int | float) else value)


def _replace(store: Store, name: str, columns: Sequence[str], rows: TableRows) -> None:
    """Replace the rows of a table atomically: no reader sees it empty."""
    store.command(f"DROP TABLE IF EXISTS {name}_next")
    store.command(f"CREATE TABLE {name}_next AS {name}")
    if rows:
        store.insert(f"{name}_next", columns, rows)
    store.command(f"EXCHANGE TABLES {name}_next AND {name}")
    store.command(f"DROP TABLE {name}_next")
