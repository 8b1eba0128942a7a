"""Progress 办理进度: what whoever has a report's tracking code may see of it.

Steps, dates, unit and answer; never the report's words, its reporter, or how it is matched.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any

from pydantic import Field, ValidationError

from hub.security.masking import masker_of
from hub.security.original import Original
from hub.security.sealing import Sealer, SealError
from schemas.base import Frozen, Instant
from schemas.cases.case import OPEN_STATES
from schemas.cases.feedback import Feedback
from schemas.category import CATEGORIES
from schemas.channel import CHANNEL_NAMES, Channel
from schemas.cloudevent import from_record
from schemas.wording import status

REPORTS = (
    "SELECT toString(event_id) AS id, channel, category, confidential, received_at FROM events"
    " WHERE tracking = {code:String} ORDER BY received_at, revision"
)
TOLD = "SELECT body FROM feedback WHERE event_id IN {ids:Array(UUID)} AND body != ''"
CASE = "SELECT body FROM cases WHERE case_id = {id:UUID}"
SEALED = (
    "SELECT toString(event_id) AS id, reporter_sealed AS sealed FROM events"
    " WHERE event_id IN {ids:Array(UUID)} AND reporter_sealed != ''"
)
WAITING = "已收到"
"""Status of a report that no step has been told of yet."""

Rows = Callable[[str, dict[str, Any]], list[dict[str, Any]]]
"""Asks the store, every id counted once; raises `StoreAwayError`."""


class Step(Frozen):
    """One thing that the citizen was told."""

    at: Instant
    status: str = Field(description="status word, such as 办理中")
    text: str = Field(default="", description="the sentence; empty where the report is 保密")


class Progress(Frozen):
    """How one report stands."""

    tracking: str
    channel: str = Field(description="Chinese name of the channel that it came by")
    category: str = Field(default="", description="Chinese name; empty where unknown or 保密")
    received_at: Instant
    status: str
    unit: str = Field(default="", description="name of the unit that has it")
    due_at: Instant | None = Field(default=None, description="while it is being handled")
    steps: tuple[Step, ...] = Field(default=(), description="oldest first")


def find_progress(rows: Rows, sealer: Sealer, code: str) -> Progress | None:
    """Return how the report of a code stands; none where no report has it."""
    reports = rows(REPORTS, {"code": code})
    if not reports:
        return None
    first = reports[0]
    secret = any(report["confidential"] for report in reports)
    bodies = rows(TOLD, {"ids": [report["id"] for report in reports]})
    told = sorted(
        {from_record(Feedback, str(row["body"]).encode()) for row in bodies},
        key=lambda feedback: (feedback.at, feedback.seq),
    )
    last = told[-1] if told else None
    shown = _hide if secret else _masker(rows, sealer, told)
    leaf = CATEGORIES.get(str(first["category"]))
    return Progress(
        tracking=code,
        channel=CHANNEL_NAMES[Channel(first["channel"])],
        category=leaf.name if leaf and not secret else "",
        received_at=first["received_at"],
        status=status(last) if last else WAITING,
        unit=last.unit_name if last and not secret else "",
        due_at=last.due_at if last and last.state in OPEN_STATES else None,
        steps=tuple(Step(at=one.at, status=status(one), text=shown(one.text)) for one in told),
    )


def _hide(_: str) -> str:
    return ""


def _masker(rows: Rows, sealer: Sealer, told: Iterable[Feedback]) -> Callable[[str], str]:
    """Return what masks the names of all who reported the matter: a unit may have written them.

    Where a name cannot be known, nothing that a person wrote is shown.
    """
    cases = sorted({str(feedback.case_id) for feedback in told})
    bodies = [row["body"] for case_id in cases for row in rows(CASE, {"id": case_id})]
    ids = [report["event_id"] for body in bodies for report in json.loads(body)["reports"]]
    names: set[str] = set()
    for row in rows(SEALED, {"ids": ids}) if ids else ():
        try:
            known = Original.model_validate_json(sealer.open(row["id"], row["sealed"]))
        except (SealError, ValidationError):
            return _hide
        names |= {known.name, known.object_person, *(other.name for other in known.others)}
    return masker_of(names)
