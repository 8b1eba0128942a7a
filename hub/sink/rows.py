"""Rows 入库行: the columns of each table, and the topic whose records fill it. Pure."""

import base64
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from hub.security.confidential import CONFIDENTIAL, PLACE_FIELDS
from hub.sink.columns import (
    Columns,
    Hidden,
    Part,
    column_values,
    evaluation_text,
    fields,
    json_text,
    or_empty,
    service_text,
    snapshot_text,
)
from hub.sink.community_columns import DELIBERATION, PROJECT
from schemas.base import Frozen
from schemas.cases.case import CaseEvent, Standing
from schemas.cases.command import CommandOutcome
from schemas.cases.feedback import Delivery, Feedback, FeedbackToMany
from schemas.cases.filed import FiledReport
from schemas.cloudevent import from_record
from schemas.deliberation.record import DeliberationRecord
from schemas.projects.record import ProjectRecord
from schemas.reports.event import UnifiedEvent
from schemas.reports.receipt import Disposition, Receipt
from schemas.reports.rejected import Rejected
from schemas.route import city_of
from schemas.topic import (
    CASE_REPORTS,
    CASES,
    DELIBERATIONS,
    DELIVERIES,
    DISPOSITIONS,
    DUTIES,
    EVENTS,
    FEEDBACK,
    FEEDBACK_TO_MANY,
    OUTCOMES,
    PROJECTS,
    RECEIPTS,
    REJECTED,
)
from schemas.town.patrol import Duty

Row = dict[str, Any]

OPEN_FIELDS = (
    *("timer", "set_for", "kind", "unit", "units", "score", "barred", "report_by", "asked_by"),
)
"""Fields of an entry's data that contain no text of a person; shown of confidential cases too."""


@dataclass(frozen=True, slots=True)
class TableMapping:
    """Maps the records of a topic to the rows of a table.

    The columns are computed from the body of a record, by its `parts`. A body is a model, or a
    struct with the same fields (`hub/sink/own_records.py`).
    """

    name: str
    topic: str
    model: type[Frozen]
    parts: tuple[Part, ...]
    hidden: Hidden | None = None
    has_record: bool = False
    """Whether the column `body` has the value of the record as text."""
    newest: Callable[[Any], tuple[UUID, int]] | None = None
    """Maps a body to (id, version), for a table whose engine keeps the highest version of an id."""
    accepts: Callable[[Any], bool] = lambda _: True
    """Whether the table has a row of a body."""

    def column_values(self, bodies: Sequence[Any], values: Iterable[bytes]) -> dict[str, list[Any]]:
        """Return the columns of bodies; `values` are their records."""
        columns = column_values(self.parts, self.hidden, bodies)
        if self.has_record:
            columns["body"] = [value.decode() for value in values]
        return columns

    def row(self, body: Any, value: bytes) -> Row:
        """Return the row of a body; `value` is its record."""
        columns = self.column_values((body,), (value,))
        return {name: values[0] for name, values in columns.items()}

    def row_of(self, value: bytes) -> Row | None:
        """Return the row of a record, if it has one; raises `pydantic.ValidationError`."""
        body = from_record(self.model, value)
        return self.row(body, value) if self.accepts(body) else None


def _attached(event: Any) -> str:
    """Return the attachments that have a link, as JSON."""
    shown = ("name", "url", "media_type", "size")
    return json_text(
        [{name: getattr(a, name) for name in shown} for a in event.attachments if a.url]
    )


_EVENT = (
    Part(
        {
            **fields(
                "event_id receipt_id channel native_id revision parent_id kind occurred_at"
                " received_at confidential signatories route category native_category category_by"
                " category_confidence category_version title content urgency tracking worker"
                " household person attends object_name project deliberation"
            ),
            "native": lambda event: json_text(event.native),
            "attached": _attached,
            "demand": or_empty("demand"),
            "parts": lambda event: [part.category for part in event.parts],
            "attachments": lambda event: len(event.attachments),
            "danger": lambda event: event.danger.kind if event.danger else "",
            "certificates": lambda event: [each.name for each in event.certificates],
            "certificate_statuses": lambda event: [each.status for each in event.certificates],
            "certificate_uses": lambda event: [each.use for each in event.certificates],
            "service": lambda event: service_text(event.service),
        }
    ),
    Part(
        {
            "place_text": attrgetter("text"),
            "place_name": attrgetter("name"),
            **fields("lon lat division_code grid_code settled_by"),
        },
        attrgetter("place"),
    ),
    Part(
        {
            "reporter_key": attrgetter("key"),
            "reporter_name_key": attrgetter("name_key"),
            "reporter_sealed": attrgetter("sealed"),
            "reporter_masked": attrgetter("masked"),
            "anonymous": attrgetter("anonymous"),
        },
        attrgetter("reporter"),
    ),
    Part(
        {"evaluation": evaluation_text("responded settled satisfied comment")},
        attrgetter("evaluation"),
    ),
)
_GRADES = evaluation_text("responded settled satisfied")
"""An evaluation without the citizen's own words."""
_HIDDEN_OF_EVENT = Hidden(
    attrgetter("confidential"),
    {
        "title": CONFIDENTIAL,
        "content": "",
        "place_text": "",
        **PLACE_FIELDS,
        "object_name": "",
        "native": "{}",
        "attached": "[]",
        "evaluation": lambda event: _GRADES(event.evaluation),
    },
)


def _open_data(entry: Any) -> str:
    return json_text({name: value for name, value in entry.data.items() if name in OPEN_FIELDS})


_NO_UNIT = SimpleNamespace(
    unit="", tier="", rule="", rules_version="", reason="", assisting=(), handed_over=False
)
"""In place of the assignment of a case that has none."""

_CASE_EVENT = (
    Part(
        {
            **fields("case_event_id case_id seq move at state cause actor reason"),
            "data": lambda entry: json_text(entry.data),
            "channel": or_empty("channel"),
        }
    ),
    Part(
        {
            **fields("grid_code division_code accept_by due_at"),
            "round": attrgetter("reopenings"),
        },
        attrgetter("case"),
    ),
    Part(fields("unit handed_over"), attrgetter("case.assignment"), _NO_UNIT),
    Part(
        {
            "unit_before": attrgetter("unit"),
            "handed_before": attrgetter("handed_over"),
            "accept_before": attrgetter("accept_by"),
        },
        attrgetter("before"),
        Standing(),
    ),
    Part({"evaluation": _GRADES}, attrgetter("case.evaluation")),
)
_HIDDEN_OF_ENTRY = Hidden(attrgetter("case.confidential"), {"reason": "", "data": _open_data})

_CASE = (
    Part({"body": snapshot_text}),
    Part(
        {
            **fields(
                "case_id number seq state opened_at updated_at title content category"
                " urgency division_code grid_code place_name lon lat follow_ups due_at accepted_at"
                " settled_at merged_into accept_by yellow_at closes_at supervision returns"
                " extensions time_outs reopenings answer wish volunteer suggested"
            ),
            "suspended_at": attrgetter("clock.suspended_at"),
            "route": lambda case: case.route or city_of(case.division_code),
            "reports": lambda case: len(case.reports) + case.filed,
            "channels": lambda case: sorted({str(report.channel) for report in case.reports}),
            "native_ids": lambda case: [
                f"{report.channel}/{report.native_id}" for report in case.reports
            ],
            "settled_tier": or_empty("settled_tier"),
        },
        attrgetter("case"),
    ),
    Part(
        {
            "evaluated": lambda evaluation: evaluation is not None,
            "responded": lambda evaluation: bool(evaluation and evaluation.responded),
            "settled": lambda evaluation: bool(evaluation and evaluation.settled),
            "satisfied": lambda evaluation: bool(evaluation and evaluation.satisfied),
        },
        attrgetter("case.evaluation"),
    ),
    Part(
        fields("rule rules_version assisting handed_over unit tier reason"),
        attrgetter("case.assignment"),
        _NO_UNIT,
    ),
)
# The column `body` has the original texts.
_HIDDEN_OF_CASE = Hidden(
    attrgetter("case.confidential"),
    {"title": CONFIDENTIAL, "content": "", "answer": "", "reason": "", **PLACE_FIELDS},
    keeps_words=False,
)

_FEEDBACK = "feedback_id case_id channel native_id event_id state text at move seq unit"
_DELIVERY = (
    "feedback_id case_id event_id channel native_id move outcome way attempts at proof reason"
)
_RECEIPT: Columns = {
    **fields("receipt_id channel received_at size event_ids rejected_ids duplicates replay_of"),
    "skipped": lambda receipt: sum(receipt.skipped.values()),
}
_CASE_REPORT: Columns = {
    **fields("case_id seq at"),
    "event_id": attrgetter("report.event_id"),
    "channel": attrgetter("report.channel"),
    "native_id": attrgetter("report.native_id"),
    "received_at": attrgetter("report.received_at"),
}
_REJECTED: Columns = {
    **fields("rejected_id receipt_id channel reason detail position received_at"),
    "carries_message": lambda rejected: rejected.raw is not None,
}
_OUTCOME: Columns = {
    **fields("command_id case_id accepted refusal at"),
    "state": or_empty("state"),
    "seq": or_empty("seq", 0),
}
_DUTY: Columns = {
    **fields("duty_id plan grid_code worker household case_id begins ends outcome"),
    "subject": lambda duty: str(duty.case_id or duty.household or duty.grid_code),
}

TABLES: tuple[TableMapping, ...] = (
    TableMapping(
        "case_reports", CASE_REPORTS.name, FiledReport, (Part(_CASE_REPORT),), has_record=True
    ),
    TableMapping(
        "cases",
        CASES.name,
        CaseEvent,
        _CASE,
        _HIDDEN_OF_CASE,
        newest=attrgetter("case_id", "seq"),
        # The last entry of a case in a batch of its worker has the whole snapshot.
        accepts=lambda entry: not entry.kept,
    ),
    TableMapping("case_events", CASES.name, CaseEvent, _CASE_EVENT, _HIDDEN_OF_ENTRY),
    TableMapping("events", EVENTS.name, UnifiedEvent, _EVENT, _HIDDEN_OF_EVENT),
    TableMapping("rejected", REJECTED.name, Rejected, (Part(_REJECTED),), has_record=True),
    TableMapping(
        "dispositions",
        DISPOSITIONS.name,
        Disposition,
        (Part(fields("event_id receipt_id channel route outcome case_id at case_event_ids")),),
        has_record=True,
    ),
    TableMapping("receipts", RECEIPTS.name, Receipt, (Part(_RECEIPT),)),
    TableMapping("command_outcomes", OUTCOMES.name, CommandOutcome, (Part(_OUTCOME),)),
    TableMapping("feedback", FEEDBACK.name, Feedback, (Part(fields(_FEEDBACK)),), has_record=True),
    TableMapping(
        "feedback_to_many",
        FEEDBACK_TO_MANY.name,
        FeedbackToMany,
        (Part(fields("case_id seq move at recipients listed")),),
        has_record=True,
    ),
    TableMapping("deliveries", DELIVERIES.name, Delivery, (Part(fields(_DELIVERY)),)),
    TableMapping("duty_records", DUTIES.name, Duty, (Part(_DUTY),), has_record=True),
    TableMapping("project_records", PROJECTS.name, ProjectRecord, PROJECT, has_record=True),
    TableMapping(
        "deliberation_records",
        DELIBERATIONS.name,
        DeliberationRecord,
        DELIBERATION,
        has_record=True,
    ),
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
