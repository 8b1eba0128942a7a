"""Progress 办理进度: what the owner of a tracking code may see of the report.

It shows steps, dates, unit and answer; never the report's text, its reporter, or how it is matched.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any

from pydantic import Field, ValidationError

from hub.security.masking import masker_of
from hub.security.original import Original
from hub.security.sealing import Sealer, SealError
from hub.tracking.agenda import AgendaItem, find_agenda
from hub.tracking.service_progress import RunQuery, find_service_progress
from schemas.base import Frozen, Instant
from schemas.cases.case import OPEN_STATES
from schemas.cases.feedback import Feedback
from schemas.category import CATEGORIES
from schemas.channel import CHANNEL_NAMES, Channel
from schemas.cloudevent import from_record
from schemas.reports.fact import Kind
from schemas.wording import status

REPORTS = (
    "SELECT toString(event_id) AS id, channel, native_id, kind, category, confidential, received_at"
    " FROM events"
    " WHERE tracking = {code:String} ORDER BY received_at, revision"
)
FEEDBACK = "SELECT body FROM feedback WHERE event_id IN {ids:Array(UUID)} AND body != ''"
CASE = "SELECT body FROM cases WHERE case_id = {id:UUID}"
SEALED = (
    "SELECT toString(event_id) AS id, reporter_sealed AS sealed FROM events"
    " WHERE event_id IN {ids:Array(UUID)} AND reporter_sealed != ''"
)
FILED = (
    "SELECT toString(event_id) AS id FROM case_reports WHERE case_id = {id:UUID}"
    " ORDER BY received_at DESC LIMIT {most:UInt32}"
)
FILED_NAMES = 2000
"""Filed reports of a large case whose names are masked, at some microseconds each."""
WAITING = "已收到"
"""Status of a report that has no feedback yet."""


class Step(Frozen):
    """One feedback that was sent to the citizen."""

    at: Instant
    status: str = Field(description="status word, such as 办理中")
    text: str = Field(default="", description="the sentence; empty where the report is 保密")


class Progress(Frozen):
    """The progress of one report."""

    tracking: str
    channel: str = Field(description="Chinese name of the channel that it came by")
    category: str = Field(default="", description="Chinese name; empty where unknown or 保密")
    received_at: Instant
    status: str
    unit: str = Field(default="", description="name of the unit that has it")
    due_at: Instant | None = Field(default=None, description="while it is being handled")
    steps: tuple[Step, ...] = Field(default=(), description="oldest first")
    agenda: tuple[AgendaItem, ...] = Field(
        default=(), description="deliberations 议事 of its case; none where it is 保密"
    )


def find_progress(run_query: RunQuery, sealer: Sealer, code: str) -> Progress | None:
    """Return the progress of the report with this code; None if there is no such report."""
    reports = run_query(REPORTS, {"code": code})
    if not reports:
        return None
    first = reports[0]
    if first["kind"] == Kind.SERVICE_STAGE:
        return _service_progress(run_query, code, first)
    secret = any(report["confidential"] for report in reports)
    ids = [str(report["id"]) for report in reports]
    bodies = run_query(FEEDBACK, {"ids": ids})
    notices = sorted(
        {from_record(Feedback, str(row["body"]).encode()) for row in bodies},
        key=lambda notice: (notice.at, notice.seq),
    )
    last = notices[-1] if notices else None
    mask = _hide if secret else _masker(run_query, sealer, notices)
    leaf = CATEGORIES.get(str(first["category"]))
    return Progress(
        tracking=code,
        channel=CHANNEL_NAMES[Channel(first["channel"])],
        category=leaf.name if leaf and not secret else "",
        received_at=first["received_at"],
        status=status(last) if last else WAITING,
        unit=last.unit_name if last and not secret else "",
        due_at=last.due_at if last and last.state in OPEN_STATES else None,
        steps=tuple(
            Step(at=notice.at, status=status(notice), text=mask(notice.text)) for notice in notices
        ),
        agenda=() if secret else find_agenda(run_query, ids),
    )


def _service_progress(run_query: RunQuery, code: str, first: dict[str, Any]) -> Progress | None:
    """Return the progress of a service item; the name of the item stands in place of a category."""
    item = find_service_progress(run_query, str(first["native_id"]))
    if item is None:
        return None
    return Progress(
        tracking=code,
        channel=CHANNEL_NAMES[Channel.SERVICE_ITEMS],
        category=item.item_name,
        received_at=first["received_at"],
        status=item.status,
        unit=item.department,
        due_at=item.due_at,
        steps=tuple(Step(at=step.at, status=step.name) for step in item.steps),
    )


def _hide(_: str) -> str:
    return ""


def _masker(
    run_query: RunQuery, sealer: Sealer, notices: Iterable[Feedback]
) -> Callable[[str], str]:
    """Return a function that masks the names of the reporters of the case: a unit may write them.

    Of a large case these are the listed ones, and the last `FILED_NAMES` others. If one of the
    names cannot be decrypted, the function hides the whole text.
    """
    cases = sorted({str(notice.case_id) for notice in notices})
    bodies = [
        (case_id, json.loads(row["body"]))
        for case_id in cases
        for row in run_query(CASE, {"id": case_id})
    ]
    ids = [report["event_id"] for _, body in bodies for report in body["reports"]]
    for case_id, body in bodies:
        if body.get("filed"):
            ids += [row["id"] for row in run_query(FILED, {"id": case_id, "most": FILED_NAMES})]
    names: set[str] = set()
    for row in run_query(SEALED, {"ids": ids}) if ids else ():
        try:
            original = Original.model_validate_json(sealer.open(row["id"], row["sealed"]))
        except (SealError, ValidationError):
            return _hide
        names |= {original.name, original.object_person, *(other.name for other in original.others)}
    return masker_of(names)
