"""The addresses of the sheets 打印单地址: `/cases/{case}/sheets/assignment.pdf` and `reply.pdf`."""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime

from aiohttp import web

from hub.accounts.audit import AuditAction
from hub.accounts.permissions import may_read_text
from hub.attachments.photos import PhotoFolder
from hub.web.problem import Problem, ProblemError
from hub.workbench.access import staff_viewer
from hub.workbench.case_page.photos import names_of
from hub.workbench.case_page.photos_http import small_jpeg
from hub.workbench.case_page.query import ANSWERS, ASSIGNED_AT
from hub.workbench.case_page.sheets import Line, sheet_pdf
from hub.workbench.case_page.view import moment, unit_name
from hub.workbench.services import Services
from hub.workbench.triage.panel import category_name, place_of
from schemas.cases.case import STATE_NAMES, Case
from schemas.channel import CHANNEL_NAMES
from schemas.reports.fact import URGENCY_NAMES
from streams.town.register import Register

PRINTED_SIDE = 900
"""Pixels of a printed photo: some 300 dpi."""
NOTE = "本单由民情枢纽生成，不含诉求人的联系方式；需要时按用途在系统中查看。"


class SheetsHttp:
    """The handlers of the sheets; each sheet is audited as an export."""

    def __init__(self, services: Services, photos: PhotoFolder) -> None:
        self._services, self._photos = services, photos

    def add_to(self, app: web.Application) -> None:
        """Add the route."""
        app.router.add_get("/cases/{case}/sheets/{sheet}.pdf", self._sheet)

    async def _sheet(self, request: web.Request) -> web.Response:
        services, kind = self._services, request.match_info["sheet"]
        viewer = staff_viewer(services.sessions, request)
        case = await services.cases.opened(request, viewer, request.match_info["case"])
        if kind not in ("assignment", "reply"):
            raise ProblemError(Problem.NOT_FOUND, "没有这种打印单")
        if not may_read_text(viewer, case):
            detail = "only the unit of a confidential case may print it"
            about = AuditAction.CASE_REFUSED, str(case.case_id)
            raise await services.cases.refused(request, viewer, *about, detail)
        if kind == "reply" and not case.answer:
            raise ProblemError(Problem.NOT_FOUND, "本件还没有答复，办结后才有回复单")
        about = AuditAction.EXPORT, str(case.case_id)
        await services.audit.note(request, viewer, *about, f"{kind} sheet")
        names = await self._photo_names(case) if kind == "reply" else ()
        assigned_at = await self._assigned_at(case) if kind == "assignment" else ""
        body = await asyncio.to_thread(self._render, kind, case, names, assigned_at)
        name = case.number or str(case.case_id)
        headers = {
            "Content-Disposition": f'inline; filename="{kind}-{name}.pdf"',
            "Cache-Control": "no-store",
        }
        return web.Response(body=body, content_type="application/pdf", headers=headers)

    async def _photo_names(self, case: Case) -> tuple[str, ...]:
        """Return the names of the photos of the last answer."""
        rows = await self._services.rows(ANSWERS, {"id": str(case.case_id)})
        if not rows:
            return ()
        text = json.loads(rows[-1]["words"] or "{}").get("data") or rows[-1]["data"]
        return names_of(case.case_id, json.loads(text or "{}"))

    async def _assigned_at(self, case: Case) -> str:
        """Return when the unit got the case, in Beijing time; empty if no entry says so."""
        if case.assignment is None:
            return ""
        named = {"id": str(case.case_id), "unit": case.assignment.unit}
        rows = await self._services.rows(ASSIGNED_AT, named)
        return moment(rows[0]["at"]) if rows else ""

    def _render(self, kind: str, case: Case, names: Sequence[str], assigned_at: str) -> bytes:
        """Read the photos and draw the sheet; a photo whose file is gone is left out."""
        paths = [path for name in names if (path := self._photos.find(name))]
        photos = [small_jpeg(path, PRINTED_SIDE) for path in paths]
        return render_sheet(kind, case, self._services.register, photos, assigned_at)


def render_sheet(
    kind: str,
    case: Case,
    register: Register,
    photos: Sequence[bytes] = (),
    assigned_at: str = "",
) -> bytes:
    """Return the assignment or the reply sheet of a case as PDF; `photos` are of its answer.

    `assigned_at` is when the unit got the case; empty if it is unknown or no unit has it.
    """
    today = moment(datetime.now(UTC))
    lines = [*_matter(case, register)]
    if kind == "assignment":
        if assigned_at:
            lines.append(("交办时间", assigned_at))
        lines += [("办结时限", moment(case.due_at) or "未定"), ("打印时间", today)]
        to_sign = ("签收人、时间", "办理情况", "承办人", "审核人")
        return sheet_pdf("事项交办单", case.number, lines, to_sign, NOTE)
    lines += [("办结时间", moment(case.settled_at)), ("答复", case.answer)]
    return sheet_pdf("事项回复单", case.number, lines, ("审核人", "（公章）"), NOTE, photos)


def _matter(case: Case, register: Register) -> list[Line]:
    assigned = case.assignment
    channels = dict.fromkeys(CHANNEL_NAMES[report.channel] for report in case.reports)
    lines = [
        ("来源", "、".join(channels)),
        ("事项", category_name(case.category)),
        ("标题", case.title),
        ("内容", case.content),
        ("地点", place_of(case, register).replace(" · ", "，") or "未明"),
        ("紧急程度", URGENCY_NAMES[case.urgency]),
        ("诉求件数", f"{case.report_count}件，催办{case.follow_ups}次"),
        ("立案时间", moment(case.opened_at)),
        ("状态", STATE_NAMES[case.state]),
        ("承办单位", unit_name(assigned.unit, register) if assigned else "未派单"),
        (
            "协办单位",
            "、".join(unit_name(code, register) for code in assigned.assisting) if assigned else "",
        ),
    ]
    return [(name, text) for name, text in lines if text]
