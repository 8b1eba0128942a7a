"""The listed reports of a case 列示诉求件: a bounded sample that decides as all of them would.

A snapshot lists the first report, the reports with a text of their own (at most `MAX_TELLINGS`),
the last `LAST`, and the earliest of each channel and urgency. So the deadline, the urgency, the
channels and the texts of a case follow from the listed reports alone. The others are filed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from schemas.cases.filed import FiledReport
from schemas.channel import Channel
from schemas.reports.fact import Urgency
from schemas.reports.report import Report

LAST = 24
"""Reports that are listed because they came last: an ordinary case lists all its reports."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The reports of a case that stay listed, and those to be filed."""

    listed: tuple[Report, ...]
    left: tuple[Report, ...] = ()


def sampled(reports: tuple[Report, ...], filed: int = 0) -> Sample:
    """Return the sample of reports in the order of `streams.report.combined`.

    `filed` is the number of reports that the case has filed already.
    """
    if len(reports) + filed <= LAST + 1:
        return Sample(reports)
    listed, left = [reports[0]], list[Report]()
    earliest = {id(report) for report in earliest_of_kinds(reports)}
    recent = len(reports) - LAST
    for index, report in enumerate(reports[1:], start=1):
        if report.telling is not None or index >= recent or id(report) in earliest:
            listed.append(report)
        else:
            left.append(report)
    return Sample(tuple(listed), tuple(left))


def earliest_of_kinds(reports: Iterable[Report]) -> list[Report]:
    """Return the earliest report of each channel and urgency."""
    earliest = dict[tuple[Channel, Urgency], Report]()
    for report in reports:
        kind = (report.channel, report.urgency)
        if kind not in earliest or age_of(report) < age_of(earliest[kind]):
            earliest[kind] = report
    return list(earliest.values())


def age_of(report: Report) -> tuple[datetime, str]:
    """Return what reports are sorted by: the time of receipt, then the event."""
    return report.received_at, str(report.event_id)


def filings_of(case_id: UUID, seq: int, reports: Iterable[Report]) -> tuple[FiledReport, ...]:
    """Return the records of the reports that entry `seq` of a case files, without their texts.

    Their time is that of the report, until `at_time` gives them that of the entry.
    """
    return tuple(
        FiledReport(
            case_id=case_id,
            seq=seq,
            at=report.received_at,
            report=report.model_copy(update={"telling": None}),
        )
        for report in reports
    )


def at_time(filings: Iterable[FiledReport], at: datetime) -> tuple[FiledReport, ...]:
    """Return filings with the time of their entry."""
    return tuple(filed.model_copy(update={"at": at}) for filed in filings)
