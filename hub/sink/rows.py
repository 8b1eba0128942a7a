"""Rows 入库行: maps the body of a record to a row of its table. Pure."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any
from uuid import UUID

from schemas.base import Frozen
from schemas.cases.case import CaseEvent, Standing
from schemas.cases.command import CommandOutcome
from schemas.cases.feedback import Delivery, Feedback, FeedbackToMany
from schemas.cases.filed import FiledReport
from schemas.cloudevent import from_record
from schemas.reports.event import UnifiedEvent
from schemas.reports.receipt import Disposition, Receipt
from schemas.reports.rejected import Rejected
from schemas.route import city_of
from schemas.topic import (
    CASE_REPORTS,
    CASES,
    DELIVERIES,
    DISPOSITIONS,
    DUTIES,
    EVENTS,
    FEEDBACK,
    FEEDBACK_TO_MANY,
    OUTCOMES,
    RECEIPTS,
    REJECTED,
)
from schemas.town.patrol import Duty

Row = dict[str, Any]

CONFIDENTIAL = "保密件"
"""Replaces the title of a confidential report or case 保密件."""
OPEN_FIELDS = ("timer", "set_for", "kind", "unit", "units", "score", "barred", "report_by")
"""Fields of an entry's data that contain no text of a person; shown of confidential cases too."""


@dataclass(frozen=True, slots=True)
class TableMapping:
    """Maps the records of a topic to the rows of a table."""

    name: str
    topic: str
    model: type[Frozen]
    row: Callable[[Any, bytes], Row]
    """Maps (body, raw bytes) to a row."""
    newest: Callable[[Any], tuple[UUID, int]] | None = None
    """Maps a body to (id, version), for a table whose engine keeps the highest version of an id."""
    accepts: Callable[[Any], bool] = lambda _: True
    """Whether the table has a row of a body."""

    def row_of(self, value: bytes) -> Row | None:
        """Return the row of a record, if it has one; raises `pydantic.ValidationError`."""
        body = from_record(self.model, value)
        return self.row(body, value) if self.accepts(body) else None


def _receipt(body: Receipt, _: bytes) -> Row:
    return {
        "receipt_id": body.receipt_id,
        "channel": body.channel,
        "received_at": body.received_at,
        "size": body.size,
        "event_ids": list(body.event_ids),
        "rejected_ids": list(body.rejected_ids),
        "duplicates": body.duplicates,
        "skipped": sum(body.skipped.values()),
        "replay_of": body.replay_of,
    }


def _event(body: UnifiedEvent, _: bytes) -> Row:
    row = _plain(
        body,
        "event_id receipt_id channel native_id revision parent_id kind occurred_at received_at"
        " confidential signatories route category native_category category_by category_confidence"
        " category_version title content urgency tracking worker household attends object_name",
    )
    reporter, place = body.reporter, body.place
    row |= {
        "place_text": place.text,
        "native": json.dumps(body.native, ensure_ascii=False, default=str),
        "attached": _attached(body),
        "words": "",
    }
    if body.confidential:
        shown = {"title": CONFIDENTIAL, "content": "", "place_text": "", "object_name": ""}
        row |= _hide(row, shown | {"native": "{}", "attached": "[]"})
    return row | {
        "reporter_key": reporter.key,
        "reporter_sealed": reporter.sealed,
        "reporter_masked": reporter.masked,
        "anonymous": reporter.anonymous,
        "place_name": place.name,
        "lon": place.lon,
        "lat": place.lat,
        "division_code": place.division_code,
        "grid_code": place.grid_code,
        "settled_by": place.settled_by,
        "evaluation": body.evaluation.model_dump_json() if body.evaluation else "",
        "demand": body.demand or "",
        "parts": [part.category for part in body.parts],
        "attachments": len(body.attachments),
        "danger": body.danger.kind if body.danger else "",
    }


def _attached(body: UnifiedEvent) -> str:
    """Return the attachments that have a link, as JSON."""
    shown = {"name", "url", "media_type", "size"}
    return json.dumps(
        [a.model_dump(mode="json", include=shown) for a in body.attachments if a.url],
        ensure_ascii=False,
    )


def _hide(row: Row, shown: Row) -> Row:
    """Return the replaced columns of a confidential row, and `words` with the original values.

    保密: the offices that may see the original read `words`; the public columns hide it.
    """
    original = {name: row[name] for name in shown}
    return shown | {"words": json.dumps(original, ensure_ascii=False)}


def _disposition(body: Disposition, value: bytes) -> Row:
    row = _plain(body, "event_id receipt_id channel route outcome case_id at")
    return row | {"case_event_ids": list(body.case_event_ids), "body": value.decode()}


def _case_event(body: CaseEvent, _: bytes) -> Row:
    row = _plain(body, "case_event_id case_id seq move at state cause actor reason")
    row |= {"data": json.dumps(body.data, ensure_ascii=False, default=str), "words": ""}
    if body.case.confidential:
        open_data = {name: value for name, value in body.data.items() if name in OPEN_FIELDS}
        row |= _hide(row, {"reason": "", "data": json.dumps(open_data, default=str)})
    assignment, evaluation = body.case.assignment, body.case.evaluation
    before = body.before or Standing()
    row |= _plain(body.case, "grid_code division_code accept_by due_at")
    return row | {
        "channel": body.channel or "",
        "unit": assignment.unit if assignment else "",
        "handed_over": assignment.handed_over if assignment else False,
        "round": body.case.reopenings,
        "unit_before": before.unit,
        "handed_before": before.handed_over,
        "accept_before": before.accept_by,
        "evaluation": evaluation.model_dump_json(exclude={"comment"}) if evaluation else "",
    }


def _case(entry: CaseEvent, _: bytes) -> Row:
    body = entry.case
    row = _plain(
        body,
        "case_id number seq state opened_at updated_at title content category urgency"
        " division_code grid_code place_name lon lat follow_ups due_at accepted_at settled_at"
        " merged_into accept_by yellow_at closes_at supervision returns extensions time_outs"
        " reopenings answer wish volunteer",
    )
    assignment, evaluation = body.assignment, body.evaluation
    if body.confidential:
        # The column `body` has the original texts.
        row |= {"title": CONFIDENTIAL, "content": "", "answer": ""}
    return row | {
        "suspended_at": body.clock.suspended_at,
        "evaluated": evaluation is not None,
        "responded": bool(evaluation and evaluation.responded),
        "settled": bool(evaluation and evaluation.settled),
        "satisfied": bool(evaluation and evaluation.satisfied),
        "route": body.route or city_of(body.division_code),
        "suggested": list(body.suggested),
        "rule": assignment.rule if assignment else "",
        "rules_version": assignment.rules_version if assignment else "",
        "assisting": list(assignment.assisting) if assignment else [],
        "handed_over": assignment.handed_over if assignment else False,
        "unit": assignment.unit if assignment else "",
        "tier": assignment.tier if assignment else "",
        "reason": assignment.reason if assignment else "",
        "reports": body.report_count,
        "channels": sorted({str(report.channel) for report in body.reports}),
        "native_ids": [f"{report.channel}/{report.native_id}" for report in body.reports],
        "settled_tier": body.settled_tier or "",
        "body": body.model_dump_json(),
    }


def _case_report(body: FiledReport, value: bytes) -> Row:
    row = _plain(body, "case_id seq at")
    return (
        row
        | _plain(body.report, "event_id channel native_id received_at")
        | {"body": value.decode()}
    )


def _rejected(body: Rejected, value: bytes) -> Row:
    row = _plain(body, "rejected_id receipt_id channel reason detail position received_at")
    return row | {"carries_message": body.raw is not None, "body": value.decode()}


def _outcome(body: CommandOutcome, _: bytes) -> Row:
    row = _plain(body, "command_id case_id accepted refusal at")
    return row | {"state": body.state or "", "seq": body.seq or 0}


def _feedback(body: Feedback, value: bytes) -> Row:
    row = _plain(
        body,
        "feedback_id case_id channel native_id event_id state text at move seq unit",
    )
    return row | {"body": value.decode()}


def _feedback_to_many(body: FeedbackToMany, value: bytes) -> Row:
    return _plain(body, "case_id seq move at recipients listed") | {"body": value.decode()}


def _delivery(body: Delivery, _: bytes) -> Row:
    return _plain(
        body,
        "feedback_id case_id event_id channel native_id move outcome way attempts at proof reason",
    )


def _duty(body: Duty, value: bytes) -> Row:
    names = "duty_id plan subject grid_code worker household case_id begins ends outcome"
    return _plain(body, names) | {"body": value.decode()}


def _plain(body: Frozen, names: str) -> Row:
    listed, getter = _getter(names)
    return dict(zip(listed, getter(body), strict=True))


@cache
def _getter(names: str) -> tuple[list[str], Callable[[Frozen], tuple[Any, ...]]]:
    return names.split(), attrgetter(*names.split())


TABLES: tuple[TableMapping, ...] = (
    TableMapping("case_reports", CASE_REPORTS.name, FiledReport, _case_report),
    TableMapping(
        "cases",
        CASES.name,
        CaseEvent,
        _case,
        newest=attrgetter("case_id", "seq"),
        # The last entry of a case in a batch of its worker has the whole snapshot.
        accepts=lambda entry: not entry.kept,
    ),
    TableMapping("case_events", CASES.name, CaseEvent, _case_event),
    TableMapping("events", EVENTS.name, UnifiedEvent, _event),
    TableMapping("rejected", REJECTED.name, Rejected, _rejected),
    TableMapping("dispositions", DISPOSITIONS.name, Disposition, _disposition),
    TableMapping("receipts", RECEIPTS.name, Receipt, _receipt),
    TableMapping("command_outcomes", OUTCOMES.name, CommandOutcome, _outcome),
    TableMapping("feedback", FEEDBACK.name, Feedback, _feedback),
    TableMapping("feedback_to_many", FEEDBACK_TO_MANY.name, FeedbackToMany, _feedback_to_many),
    TableMapping("deliveries", DELIVERIES.name, Delivery, _delivery),
    TableMapping("duty_records", DUTIES.name, Duty, _duty),
)
"""In the order of insertion: filed reports, snapshots, case events, and later dispositions.

So if all case events of a disposition are stored, the stored case is at least as new as they are.
"""


def fault_row(topic: str, partition: int, offset: int, value: bytes, detail: str) -> Row:
    """Return the row of `sink_faults` for a record that no table accepts, with its bytes."""
    return {
        "topic": topic,
        "partition": partition,
        "record_offset": offset,
        "detail": detail,
        "value": base64.b64encode(value).decode(),
    }
