"""The firms of a case 涉及主体: who they are, what was reported of them in a year, and the choice.

Members see the firms of their own area, and count the cases that they may open: a unit its own. A
confidential report names no firm here, because `event_firms` has no row of it.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hub.accounts.permissions import may_read_text, scope_of
from hub.accounts.session import Viewer
from hub.accounts.staff import StaffRole
from hub.cases.details import listed_ids
from hub.store.staff_rows.firm_choices import COLUMNS
from hub.workbench.case_page.query import MOST_RELATED
from hub.workbench.case_page.subjects.query import FIRMS, MENTIONS, history_query
from hub.workbench.search.query import BY_ID, cases_query
from hub.workbench.search.view import CaseLine, Names, case_line
from hub.workbench.services import Services
from schemas.cases.case import Case
from schemas.channel import CHANNEL_NAMES, Channel
from schemas.registers.entry import Standing

CHOOSING = (StaffRole.CITY, StaffRole.TOWNSHIP, StaffRole.UNIT)
STANDING_NAMES = {Standing.CURRENT: "在册", Standing.LEFT: "已注销"}
NO_FIRM = "none"
"""The choice that no firm of the register is meant."""


@dataclass(frozen=True, slots=True)
class FirmView:
    """One entry of the register; `about` is kind, industry, address and grid."""

    code: str
    name: str
    standing: str
    is_current: bool
    about: str


@dataclass(frozen=True, slots=True)
class History:
    """The reports of a firm in a year: how many, by channel, and the other cases."""

    reports: int = 0
    channels: str = ""
    lines: tuple[CaseLine, ...] = ()
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """One name in the reports of a case, and the firm behind it.

    `firm` is None as long as nobody knows it. `how` says who found it and why; `offers` are the
    firms to choose from.
    """

    written: str
    firm: FirmView | None
    how: str
    offers: tuple[FirmView, ...]
    history: History


class FirmDesk:
    """Reads the firms of a case, and keeps choices."""

    def __init__(self, services: Services, names: Names) -> None:
        self._services, self._names = services, names

    async def subjects(self, viewer: Viewer, case: Case) -> list[Subject]:
        """Return the names of firms in the reports of a case; none if it may not be read."""
        if not may_read_text(viewer, case):
            return []
        by_name = _by_name(await self._mentions(case))
        codes = {code for rows in by_name.values() for code in _codes(rows[-1])}
        firms = await self.firms(viewer, codes)
        histories = await self._histories(viewer, case, firms)
        shown = [_subject(written, rows[-1], firms) for written, rows in by_name.items()]
        return [_with_history(subject, histories) for subject in shown if subject is not None]

    async def firms(self, viewer: Viewer, codes: Iterable[str]) -> dict[str, FirmView]:
        """Return the firms with these codes that a viewer may see, by code."""
        return await self._firms_in(self.area_of(viewer), codes)

    async def _firms_in(self, area: str | None, codes: Iterable[str]) -> dict[str, FirmView]:
        listed = sorted(set(codes) - {""})
        if not listed or area is None:
            return {}
        rows = await self._services.rows(FIRMS, {"codes": listed, "area": area})
        return {row["code"]: self._view(row) for row in rows}

    def area_of(self, viewer: Viewer) -> str | None:
        """Return the area whose register a viewer sees: empty for all, None for nothing."""
        if viewer.role is not StaffRole.TOWNSHIP:
            return ""
        unit = self._services.register.unit(viewer.unit)
        return unit.area if unit else None

    async def choose(self, viewer: Viewer, case: Case, written: str, code: str) -> int:
        """Keep the firm of the reports that have this name; return how many there are."""
        now = datetime.now(UTC)
        rows = [
            [row["event_id"], row["division_code"], row["grid_code"], code, viewer.name, now]
            for row in await self._mentions(case)
            if row["written"] == written
        ]
        if rows:
            insert = self._services.store.insert
            await asyncio.to_thread(insert, "firm_choices", COLUMNS, rows)
        return len(rows)

    async def may_choose(self, viewer: Viewer, case: Case, written: str, code: str) -> bool:
        """Whether a viewer may choose a firm: one that is offered, or one of his unit's area.

        So nobody reads entries of other areas by typing their codes.
        """
        rows = [row for row in await self._mentions(case) if row["written"] == written]
        area = self.area_of(viewer)
        if viewer.role is StaffRole.UNIT and code not in {
            each for row in rows for each in _codes(row)
        }:
            unit = self._services.register.unit(viewer.unit)
            area = unit.area if unit else None
        return code in await self._firms_in(area, [code])

    async def has_name(self, case: Case, written: str) -> bool:
        """Whether a report of the case has this name."""
        return any(row["written"] == written for row in await self._mentions(case))

    async def _mentions(self, case: Case) -> list[dict[str, Any]]:
        named = {"case": str(case.case_id), "ids": listed_ids(case)}
        return await self._services.rows(MENTIONS, named)

    async def _histories(
        self, viewer: Viewer, case: Case, firms: Mapping[str, FirmView]
    ) -> dict[str, History]:
        if not firms:
            return {}
        scope = scope_of(viewer, self._services.register)
        rows = await self._services.rows(*history_query(list(firms), scope))
        histories = {}
        for code in firms:
            mine = [row for row in rows if row["firm"] == code]
            ids = sorted({each for row in mine for each in row["cases"]} - {str(case.case_id)})
            condition = f"{BY_ID} AND state != 'merged'"
            query = cases_query(condition, scope, {"ids": ids}, MOST_RELATED + 1)
            cases = await self._services.rows(*query) if ids else []
            histories[code] = History(
                sum(int(row["reports"]) for row in mine),
                "、".join(
                    f"{CHANNEL_NAMES[Channel(row['channel'])]}{row['reports']}件" for row in mine
                ),
                tuple(case_line(row, self._names) for row in cases[:MOST_RELATED]),
                len(cases) > MOST_RELATED,
            )
        return histories

    def _view(self, row: Mapping[str, Any]) -> FirmView:
        areas = self._names.areas
        place = areas.get(row["grid_code"]) or areas.get(row["division_code"], "")
        about = (row["kind"], row["industry"], row["address"], place)
        standing = Standing(row["standing"])
        return FirmView(
            row["code"],
            row["name"],
            STANDING_NAMES.get(standing, ""),
            standing is Standing.CURRENT,
            " · ".join(part for part in about if part),
        )


def _by_name(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    by_name: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_name.setdefault(row["written"], []).append(row)
    return by_name


def _codes(row: Mapping[str, Any]) -> Sequence[str]:
    return (row["chosen"], row["code"], *row["offered"])


def _subject(written: str, row: Mapping[str, Any], firms: Mapping[str, FirmView]) -> Subject | None:
    """Return what the page says of one name; None if the viewer may not see its firm."""
    offers = tuple(firms[code] for code in row["offered"] if code in firms)
    code = row["chosen"] if row["chosen_by"] else row["code"]
    if code and code not in firms:
        return None
    if row["chosen_by"]:
        how = f"由{row['chosen_by']}认定" + ("" if code else "：不是台账中的主体")
    elif code:
        how = f"系统比对：{'、'.join(row['evidence'])}"
    elif offers:
        how = "可能是以下主体，请认定"
    else:
        how = "台账中没有找到"
    return Subject(written, firms.get(code), how, offers, History())


def _with_history(subject: Subject, histories: Mapping[str, History]) -> Subject:
    if subject.firm is None:
        return subject
    history = histories.get(subject.firm.code, History())
    return Subject(subject.written, subject.firm, subject.how, subject.offers, history)
