"""The answers that reached their channels 反馈送达, and when the case may close."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.cases.case import Case
from schemas.cases.command import Command
from schemas.cases.filed import FiledReport
from schemas.reports.report import Report
from streams.case.changes import CommandRefusedError
from streams.case.deadline import CLOSE_AFTER
from streams.case.entries import is_answered
from streams.case.reports.store import ReportStore


def fed_back(command: Command, case: Case, store: ReportStore, now: datetime) -> dict[str, Any]:
    """Record that the channels of reports have the answer; after the last one the case may close.

    The cost grows with the reports that the command names, not with those of the case. If it names
    several, those that have left the case are skipped.
    """
    wanted = _event_ids(command)
    reports = tuple(
        report.model_copy(update={"answered_at": now}) if report.event_id in wanted else report
        for report in case.reports
    )
    missing = wanted - {report.event_id for report in reports}
    filed = [each for each in (store.get(case.case_id, i) for i in sorted(missing)) if each]
    if len(missing) == len(wanted) and not filed:
        raise CommandRefusedError(f"事项中没有诉求{min(wanted)}")
    newly = sum(not is_answered(each.report, case) for each in filed)
    changes: dict[str, Any] = {
        "reports": reports,
        "filed_answered": case.filed_answered + newly,
        "filings": tuple(_answered(filed, now)),
    }
    listed = all(is_answered(report, case) for report in reports)
    all_answered = listed and changes["filed_answered"] >= case.filed
    if all_answered and case.closes_at is None:
        changes["closes_at"] = now + CLOSE_AFTER
    return changes


def _event_ids(command: Command) -> set[UUID]:
    """Return the events of the answered reports: one as `event_id`, or many as `event_ids`."""
    named = command.data.get("event_ids")
    if not isinstance(named, list | tuple) or not named:
        named = [command.data.get("event_id", "")]
    try:
        return {UUID(str(event_id)) for event_id in named}
    except ValueError as error:
        raise CommandRefusedError(
            "data.event_id must be the event id of the answered report"
        ) from error


def _answered(filed: Iterable[FiledReport], now: datetime) -> Iterable[FiledReport]:
    for each in filed:
        report: Report = each.report.model_copy(update={"answered_at": now})
        yield each.model_copy(update={"report": report})
