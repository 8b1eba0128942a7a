"""What a follow-up 催办 adds to a case: a count, its own report, a missing place or category."""

from typing import Any

from schemas.cases.case import Case
from schemas.cases.clock import Clock
from schemas.cases.filed import FiledReport
from schemas.reports.event import UnifiedEvent
from schemas.reports.fact import Kind, Urgency
from schemas.reports.report import Report
from streams.case.alarm import hastened
from streams.case.deadline import limit_of
from streams.case.entries import report_fields, with_listed
from streams.case.state import PartitionState
from streams.report import place_fields, report_of


def has_earlier_report(case: Case, event: UnifiedEvent, state: PartitionState) -> bool:
    """Whether the case has another report with the event's native id or parent id."""
    native_ids = (event.native_id, event.parent_id)
    filed = (_filed(case, event.channel, native_id, state) for native_id in native_ids)
    return any(
        report.event_id != event.event_id
        and report.channel == event.channel
        and report.native_id in native_ids
        for report in (*case.reports, *(each.report for each in filed if each))
    )


def _filed(case: Case, channel: str, native_id: str, state: PartitionState) -> FiledReport | None:
    return state.filed.by_native(case.case_id, channel, native_id) if case.filed else None


def fields_added_by(case: Case, event: UnifiedEvent, state: PartitionState) -> dict[str, Any]:
    """Return the fields that a follow-up fills in: its own report, a missing place or category.

    A citizen who writes several messages may name the place in one and the issue in another.
    """
    reports, urged = _urged(case, event, state)
    changes: dict[str, Any] = {"reports": reports}
    known = any(
        (report.channel, report.native_id) == (event.channel, event.native_id)
        for report in case.reports
    ) or _filed(case, event.channel, event.native_id, state)
    if event.kind is Kind.REPORT and not known:
        # A text like 快一点 does not describe the matter: the report has no text.
        own = report_of(event).model_copy(update={"telling": None})
        changes = with_listed(case, (*reports, own))
    changes["filings"] = (*changes.get("filings", ()), *urged)
    if event.danger is not None:
        listed: tuple[Report, ...] = changes["reports"]
        clock = _clock_of_danger(case, event)
        urgency = {**report_fields(listed, case.extensions, clock), "clock": clock}
        changes |= hastened(case, urgency, event.received_at)
    if not case.category and event.category:
        changes["category"] = event.category
    if not case.division_code and event.place.division_code:
        changes |= place_fields(event.place)
    return changes


def _clock_of_danger(case: Case, event: UnifiedEvent) -> Clock:
    """Return the clock with 24 hours from the danger on: its report may be weeks old."""
    if case.urgency is Urgency.URGENT:
        return case.clock
    due = limit_of(event.received_at, Urgency.URGENT, event.channel).due
    return case.clock.model_copy(update={"not_before": min(case.due_at or due, due)})


def _urged(
    case: Case, event: UnifiedEvent, state: PartitionState
) -> tuple[tuple[Report, ...], tuple[FiledReport, ...]]:
    """Return the listed reports; the report that the event belongs to has one more 催办.

    If that report is filed, it is returned beside them. A follow-up that shows a danger makes its
    report urgent; in place of a filed report the first one, because the urgency of a case follows
    from its listed reports.
    """
    native_ids, reports = (event.parent_id, event.native_id), case.reports
    belongs = [
        report.channel == event.channel and report.native_id in native_ids for report in reports
    ]
    if not any(belongs):
        candidates = (_filed(case, event.channel, native_id, state) for native_id in native_ids)
        filed = next(filter(None, candidates), None)
        if filed is not None:
            urged = filed.report.model_copy(update={"follow_ups": filed.report.follow_ups + 1})
            first = reports[0].model_copy(update=_urgent_by(event))
            return (first, *reports[1:]), (filed.model_copy(update={"report": urged}),)
    at = belongs.index(True) if any(belongs) else 0
    more = {"follow_ups": reports[at].follow_ups + 1, **_urgent_by(event)}
    return (*reports[:at], reports[at].model_copy(update=more), *reports[at + 1 :]), ()


def _urgent_by(event: UnifiedEvent) -> dict[str, Any]:
    return {} if event.danger is None else {"urgency": Urgency.URGENT}
