"""Opens people of the register 台账查看: right, purpose, limit and audit before anything is shown.

The order is fixed. The limit of the day is counted from the audit, so it holds over restarts. The
line of the audit is written before the sealed value is opened; if it cannot be, nothing is shown.
Whoever names nobody whom he may open gets one answer, whatever the reason.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import structlog
from aiohttp import web

from hub.accounts.audit import AuditAction
from hub.accounts.permissions import register_right
from hub.accounts.session import Viewer
from hub.registers.catalogue import REGISTERS
from hub.registers.stored import EntrySealer
from hub.runtime.metrics import METERS, Metric
from hub.security.masking import mask_id_number
from hub.security.sealing import Sealer, SealError
from hub.web.problem import Problem, ProblemError
from hub.workbench.register_pages.purpose import in_one_line, purpose_fault
from hub.workbench.register_pages.query import PART_OF_CODE, USED, list_query, person_query
from hub.workbench.services import Services
from schemas.base import BEIJING
from schemas.registers.entry import RegisterKind
from schemas.registers.person_class import PersonClass
from schemas.registers.right import RegisterRight

NOBODY = "台账中没有您可以查看的人员。请核对号码；本次查询已记入审计"
NO_RIGHT = "您没有查看人员台账的权限。需要时由管理员授予，见文档“基础台账”一页"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Opened:
    """A person as the page shows him; the ID number is masked, classes are those of the right."""

    name: str
    id_number: str
    address: str
    phone: str
    grid: str
    household: str
    classes: tuple[PersonClass, ...]


def beijing_day() -> date:
    """Return the present day in Beijing, on which rights and limits rest."""
    return datetime.now(UTC).astimezone(BEIJING).date()


class RegisterLooks:
    """Opens and lists people for the members of one application."""

    def __init__(self, services: Services, opener: Callable[[], Sealer]) -> None:
        """Store what it needs; `opener` reads the key, which the engine's process does not have."""
        self._services, self._opener = services, opener
        # Two requests at once must not both be the last of the day.
        self._counting = asyncio.Lock()

    async def right_of(self, request: web.Request, viewer: Viewer) -> RegisterRight:
        """Return the right of a member; raises `ProblemError` not_yours, which is audited."""
        right = register_right(viewer, self._services.sessions.staff(), beijing_day())
        if right is None:
            raise await self._refused(request, viewer, "no right", NO_RIGHT)
        return right

    async def by_number(
        self, request: web.Request, viewer: Viewer, key: str, purpose: str, words: str
    ) -> Opened:
        """Open the person with a `person_key`; see `by_code`. The caller has checked the number."""
        await self.right_of(request, viewer)
        sealer = await self._sealer()
        code = EntrySealer(REGISTERS[RegisterKind.PEOPLE], sealer).code_of(key)
        return await self.by_code(request, viewer, code, purpose, words)

    async def by_code(
        self, request: web.Request, viewer: Viewer, code: str, purpose: str, words: str
    ) -> Opened:
        """Open the person of a list.

        Raises `ProblemError`: not_yours without the right, bad_request without a purpose, too_often
        over the limit, not_found for nobody whom he may open, sealed without the key.
        """
        right = await self.right_of(request, viewer)
        words = in_one_line(words)
        if fault := purpose_fault(purpose, words):
            await self._note_refusal(request, viewer, f"no purpose: {purpose[:20]} {words}")
            raise ProblemError(Problem.BAD_REQUEST, fault)
        sealer = await self._sealer()
        why = f"purpose={purpose} {words}"
        async with self._counting:
            await self._check_limit(request, viewer, "looks")
            rows = await self._services.rows(*person_query(right, code))
            if not rows:
                await self._note(
                    request, viewer, AuditAction.REGISTER_MISS, f"{_start(code)} {why}"
                )
                raise ProblemError(Problem.NOT_FOUND, NOBODY)
            line = f"{_start(code)} grid={rows[0]['grid_code']} class={_classes(rows[0])} {why}"
            await self._note(request, viewer, AuditAction.REGISTER_LOOK, line)
        return await asyncio.to_thread(_opened, sealer, rows[0], right)

    async def listed(
        self, request: web.Request, viewer: Viewer, grid: str, person_class: str
    ) -> list[dict[str, Any]]:
        """Return the people of a grid and class without names; nothing for a grid of others.

        Raises `ProblemError` not_yours without the right for the class, too_often over the limit.
        """
        right = await self.right_of(request, viewer)
        if person_class not in right.classes:
            raise await self._refused(
                request, viewer, f"class {person_class[:40]}", "您的权限不含这一类人员"
            )
        async with self._counting:
            await self._check_limit(request, viewer, "lists")
            line = f"people grid={grid} class={person_class}"
            await self._note(request, viewer, AuditAction.REGISTER_LIST, line)
        return await self._services.rows(*list_query(right, grid, person_class))

    async def _check_limit(self, request: web.Request, viewer: Viewer, kind: str) -> None:
        day = beijing_day().isoformat()
        (used,) = await self._services.rows(USED, {"who": viewer.name, "day": day})
        settings = self._services.settings
        over = int(used[kind]) >= settings.register_looks
        if kind == "looks":
            over = over or int(used["misses"]) >= settings.register_misses
        if not over:
            return
        detail = f"over the limit: {used['looks']} looks, {used['misses']} misses"
        METERS.count(Metric.REGISTER_LOOKS, "over_limit")
        log.warning("register_limit_reached", who=viewer.name, **used)
        await self._services.audit.note_refusal(
            request, viewer, AuditAction.REGISTER_REFUSED, detail=detail
        )
        raise ProblemError(
            Problem.TOO_OFTEN, "今天的查看次数或未查到的次数已到上限，明天再查；审计人员会看到"
        )

    async def _note(
        self, request: web.Request, viewer: Viewer, what: AuditAction, detail: str
    ) -> None:
        await self._services.audit.note(request, viewer, what, detail=detail)
        METERS.count(Metric.REGISTER_LOOKS, what.removeprefix("register_"))

    async def _note_refusal(self, request: web.Request, viewer: Viewer, detail: str) -> None:
        METERS.count(Metric.REGISTER_LOOKS, "refused")
        await self._services.audit.note_refusal(
            request, viewer, AuditAction.REGISTER_REFUSED, detail=detail
        )

    async def _refused(
        self, request: web.Request, viewer: Viewer, detail: str, text: str
    ) -> ProblemError:
        await self._note_refusal(request, viewer, detail)
        return ProblemError(Problem.NOT_YOURS, text)

    async def _sealer(self) -> Sealer:
        try:
            return await asyncio.to_thread(self._opener)
        except SealError as error:
            raise ProblemError(Problem.SEALED, "this process cannot read the key") from error


def _start(code: str) -> str:
    return f"people {code[:PART_OF_CODE]}"


def _classes(row: Mapping[str, Any]) -> str:
    return ",".join(sorted(row["classes"])) or "none"


def _opened(sealer: Sealer, row: Mapping[str, Any], right: RegisterRight) -> Opened:
    register = EntrySealer(REGISTERS[RegisterKind.PEOPLE], sealer)
    try:
        fields = register.open(str(row["code"]), str(row["sealed"]))
    except SealError as error:
        raise ProblemError(Problem.SEALED, "这一条不能打开，请联系管理员") from error
    return Opened(
        name=fields.get("name", ""),
        id_number=mask_id_number(fields.get("id_number", "")),
        address=fields.get("address", ""),
        phone=fields.get("phone", ""),
        grid=str(row["grid_code"]),
        household=str(row["household"]),
        classes=right.shown(tuple(row["classes"])),
    )
