"""Which departments a member may rate 待评价, and how a rating is kept.

A member rates for the unit that asked. The pages show whether an occasion was rated, never how: the
rating cannot be read again, also not by those who gave it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog

from hub.accounts.permissions import may_open, may_read_text
from hub.accounts.session import Viewer
from hub.accounts.staff import StaffRole
from hub.ratings.occasion import (
    ASKED,
    ASKED_IN,
    KIND_NAMES,
    OPEN_DAYS,
    TASKS,
    Kind,
    Occasion,
    asks_from_below,
    is_department,
    may_rate,
    township_of,
)
from hub.ratings.rating import (
    KNOWN,
    Known,
    Rating,
    month_of,
    occasion_key,
    row_of,
)
from hub.security.confidential import CONFIDENTIAL
from hub.security.keyring import open_sealer
from hub.security.sealing import Sealer, SealError
from hub.store.staff_rows.township_ratings import COLUMNS
from hub.web.problem import Problem, ProblemError
from hub.workbench.services import Services
from schemas.base import BEIJING
from schemas.cases.case import Case

RATERS = (StaffRole.TOWNSHIP, StaffRole.UNIT)
ASKED_DAYS = 400
"""Occasions that are looked at: a case may take long until it is settled."""
MOST = 300
"""Occasions on one page, the newest."""
MOST_CHANGES = 5
"""How often one occasion may be rated: each time is a row."""
LONGEST_TITLE = 40
BODIES = "SELECT body FROM cases WHERE case_id IN {ids:Array(UUID)}"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ToRate:
    """One occasion as the page shows it; `known` is None if it was not rated yet.

    `number` is that of the case, or of the paper of a task.
    """

    occasion: Occasion
    number: str
    title: str
    department: str
    asked: str
    known: Known | None
    is_final: bool
    """It was rated in a month that has ended, or too often: it cannot be changed."""

    @property
    def is_task(self) -> bool:
        """Whether it is a task, which is rated by a grade only and has no page of a case."""
        return self.occasion.kind is Kind.TASK


class RatingDesk:
    """Reads the occasions of a member's unit, and keeps ratings."""

    def __init__(self, services: Services) -> None:
        self._services, self._register = services, services.register

    async def of_unit(self, viewer: Viewer) -> list[ToRate]:
        """Return all occasions that a member may rate now, those not rated yet first."""
        named = {"asked_by": viewer.unit, "days": ASKED_DAYS, "most": MOST}
        occasions = await self._occasions(viewer, ASKED, named)
        ids = sorted({occasion.case_id for occasion in occasions})
        rows = await self._services.rows(BODIES, {"ids": ids}) if ids else []
        cases = await asyncio.to_thread(_cases_of, rows)
        offered = await self._offered(viewer, occasions, cases)
        offered += await self.of_tasks(viewer)
        return sorted(offered, key=lambda item: item.known is not None)

    async def of_case(self, viewer: Viewer, case: Case) -> list[ToRate]:
        """Return the occasions of one case that a member may rate now."""
        case_id = str(case.case_id)
        named = {"asked_by": viewer.unit, "id": case_id}
        occasions = await self._occasions(viewer, ASKED_IN, named)
        return await self._offered(viewer, occasions, {case_id: case})

    async def of_tasks(self, viewer: Viewer) -> list[ToRate]:
        """Return the tasks whose departments a member may rate now: of his unit, and over."""
        unit = self._register.unit(viewer.unit)
        asks = viewer.role in RATERS and asks_from_below(viewer.unit, self._register)
        if unit is None or not asks:
            return []
        named = {"unit": unit.code, "tier": str(unit.tier), "open": OPEN_DAYS, "most": MOST}
        days = self._services.settings.rating_days
        rows = await self._services.rows(TASKS, {**named, "days": days})
        rows = [row for row in rows if is_department(row["department"], self._register)]
        occasions = {row["task_id"]: _task_occasion(row, unit.code) for row in rows}
        known = await self._known(list(occasions.values())) if occasions else {}
        now = month_of(datetime.now(UTC))
        return [
            self._task(row, occasions[row["task_id"]], known.get(occasions[row["task_id"]]), now)
            for row in rows
        ]

    async def shown_in(self, viewer: Viewer, case: Case) -> list[ToRate]:
        """Return the same for the page of the case, which is shown without a key, too."""
        try:
            return await self.of_case(viewer, case)
        except ProblemError:
            return []

    async def waiting(self, viewer: Viewer) -> int | None:
        """Return how many occasions a member may rate and has not; None without a key."""
        try:
            return sum(item.known is None for item in await self.of_unit(viewer))
        except ProblemError:
            return None

    async def keep(self, viewer: Viewer, item: ToRate, rating: Rating) -> None:
        """Store a rating in place of an earlier one of the occasion; raises `ProblemError`."""
        sealer = await self._sealer()
        now = month_of(datetime.now(UTC))
        known = Known(item.known.month, item.known.version + 1) if item.known else Known(now, 1)
        township = township_of(viewer.unit, self._register)
        row = row_of(sealer, item.occasion, township, rating, known)
        await asyncio.to_thread(self._services.store.insert, "township_ratings", COLUMNS, [row])

    async def _occasions(
        self, viewer: Viewer, sql: str, parameters: Mapping[str, Any]
    ) -> list[Occasion]:
        if viewer.role not in RATERS or not asks_from_below(viewer.unit, self._register):
            return []
        rows = await self._services.rows(sql, dict(parameters))
        occasions = map(_occasion, rows)
        return [each for each in occasions if is_department(each.unit, self._register)]

    async def _offered(
        self, viewer: Viewer, occasions: Sequence[Occasion], cases: Mapping[str, Case]
    ) -> list[ToRate]:
        now, days = datetime.now(UTC), self._services.settings.rating_days
        open_to_viewer = [
            (each, cases[each.case_id])
            for each in occasions
            if each.case_id in cases
            and may_rate(each, cases[each.case_id], now, days)
            and may_open(viewer, cases[each.case_id], self._register)
        ]
        if not open_to_viewer:
            return []
        known = await self._known([each for each, _ in open_to_viewer])
        return [
            self._item(viewer, each, case, known.get(each), month_of(now))
            for each, case in open_to_viewer
        ]

    async def _known(self, occasions: Sequence[Occasion]) -> dict[Occasion, Known]:
        sealer = await self._sealer()
        keys = {occasion_key(sealer, each): each for each in occasions}
        rows = await self._services.rows(KNOWN, {"occasions": list(keys)})
        return {keys[row["occasion"]]: Known(row["month"], row["version"]) for row in rows}

    async def _sealer(self) -> Sealer:
        try:
            return await asyncio.to_thread(open_sealer, self._services.settings)
        except SealError as error:
            log.warning("ratings_closed", error=str(error))
            raise ProblemError(Problem.SEALED, "请管理员检查密钥文件，评价须用密钥登记") from error

    def _task(
        self, row: Mapping[str, Any], occasion: Occasion, known: Known | None, month: int
    ) -> ToRate:
        unit = self._register.unit(occasion.unit)
        return ToRate(
            occasion=occasion,
            number=row["paper"],
            title=row["title"][:LONGEST_TITLE],
            department=unit.name if unit else occasion.unit,
            asked=f"{occasion.at:%Y-%m-%d} {KIND_NAMES[occasion.kind]}",
            known=known,
            is_final=_is_final(known, month),
        )

    def _item(
        self, viewer: Viewer, occasion: Occasion, case: Case, known: Known | None, month: int
    ) -> ToRate:
        unit = self._register.unit(occasion.unit)
        title = case.title or case.content or "（无标题）"
        return ToRate(
            occasion=occasion,
            number=case.number,
            title=title[:LONGEST_TITLE] if may_read_text(viewer, case) else CONFIDENTIAL,
            department=unit.name if unit else occasion.unit,
            asked=f"{occasion.at:%Y-%m-%d %H:%M} {KIND_NAMES[occasion.kind]}",
            known=known,
            is_final=_is_final(known, month),
        )


def _is_final(known: Known | None, month: int) -> bool:
    return known is not None and (known.month != month or known.version >= MOST_CHANGES)


def _task_occasion(row: Mapping[str, Any], unit: str) -> Occasion:
    at = datetime.fromisoformat(row["at"]).replace(tzinfo=BEIJING)
    return Occasion(unit, row["task_id"], 0, row["department"], Kind.TASK, at)


def _occasion(row: Mapping[str, Any]) -> Occasion:
    at = datetime.fromisoformat(row["at"]).replace(tzinfo=BEIJING)
    named = row["asked_by"], row["case_id"], int(row["seq"]), row["unit"]
    return Occasion(*named, Kind(row["kind"]), at)


def _cases_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, Case]:
    cases = (Case.model_validate_json(row["body"]) for row in rows)
    return {str(case.case_id): case for case in cases}
