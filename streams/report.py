"""The reports of a case and their texts 诉求件: built from events, combined, ordered."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.cases.case import Case
from schemas.reports.event import Place, UnifiedEvent
from schemas.reports.fact import Urgency
from schemas.reports.report import MAX_CHARACTERS, MAX_TELLINGS, Report, Telling

URGENCY_ORDER = (Urgency.ENQUIRY, Urgency.ORDINARY, Urgency.HARD, Urgency.URGENT)


def telling_of(event: UnifiedEvent) -> Telling:
    """Return the text, place and category of an event, as its case stores them."""
    return Telling(
        title=event.title,
        content=event.content[:MAX_CHARACTERS],
        category=event.category,
        place=event.place,
        object_name=event.object_name,
        object_is_person=event.object_is_person,
        attachments=tuple(a.sha256 for a in event.attachments if a.sha256),
    )


def report_of(event: UnifiedEvent) -> Report:
    """Return the report of an event, with its text."""
    return Report(
        event_id=event.event_id,
        channel=event.channel,
        native_id=event.native_id,
        reporter_key=event.reporter.key,
        tracking=event.tracking,
        received_at=event.received_at,
        urgency=event.urgency,
        telling=telling_of(event),
    )


def text_fields(telling: Telling) -> dict[str, Any]:
    """Return the fields of a case that show the text of a report."""
    return {
        "title": telling.title,
        "content": telling.content,
        "category": telling.category,
        "object_name": telling.object_name,
        "object_is_person": telling.object_is_person,
        "attachments": telling.attachments,
        **place_fields(telling.place),
    }


def place_fields(place: Place) -> dict[str, Any]:
    """Return the fields of a case that show a place."""
    return {
        "place_text": place.text,
        "place_name": place.name,
        "lon": place.lon,
        "lat": place.lat,
        "division_code": place.division_code,
        "grid_code": place.grid_code,
    }


def first_telling(case: Case) -> Telling:
    """Return the text that a case shows: that of its first report."""
    return Telling(
        title=case.title,
        content=case.content[:MAX_CHARACTERS],
        category=case.category,
        place=Place(
            text=case.place_text,
            lon=case.lon,
            lat=case.lat,
            division_code=case.division_code,
            grid_code=case.grid_code,
            name=case.place_name,
        ),
        object_name=case.object_name,
        object_is_person=case.object_is_person,
        attachments=case.attachments,
    )


def tellings(case: Case) -> Iterator[tuple[Report, Telling]]:
    """Yield each report that has a text, with the text."""
    for index, report in enumerate(case.reports):
        if index == 0:
            yield report, first_telling(case)
        elif report.telling is not None:
            yield report, report.telling


def combined(first: Report, others: Iterable[Report]) -> tuple[Report, ...]:
    """Return the reports of a case in order of receipt, after `first`, whose text the case shows.

    A repeated text is stored once, and at most `MAX_TELLINGS` texts are stored. Which ones depends
    on the reports alone, not on the order in which they arrive.
    """
    ordered = sorted(others, key=lambda report: (report.received_at, str(report.event_id)))
    texts: set[Telling] = set()
    reports = [first.model_copy(update={"telling": None})]
    for report in ordered:
        telling = report.telling
        if telling is None or telling in texts or len(texts) >= MAX_TELLINGS - 1:
            reports.append(report.model_copy(update={"telling": None}))
        else:
            texts.add(telling)
            reports.append(report)
    return tuple(reports)


def with_report(case: Case, report: Report) -> tuple[Report, ...]:
    """Return the listed reports of `case` and `report`."""
    first, *others = case.reports
    last = case.reports[-1]
    if (report.received_at, str(report.event_id)) < (last.received_at, str(last.event_id)):
        return combined(first, (*others, report))
    # It is the last one: the others keep their order and their texts.
    texts = [other.telling for other in others if other.telling is not None]
    if len(texts) >= MAX_TELLINGS - 1 or report.telling in texts:
        report = report.model_copy(update={"telling": None})
    return (*case.reports, report)


def age_of_case(case: Case) -> tuple[datetime, UUID]:
    """Return what cases are sorted by: the time of opening, then the id."""
    return case.opened_at, case.case_id


def most_urgent(reports: Iterable[Report]) -> Urgency:
    """Return the highest urgency: one urgent report makes its case urgent."""
    return max((report.urgency for report in reports), key=URGENCY_ORDER.index)
