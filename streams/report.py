"""The reports of a case and their words 诉求件: added, compared, taken out again."""

from collections.abc import Iterable, Iterator
from typing import Any

from schemas.case import Case
from schemas.event import Place, UnifiedEvent
from schemas.fact import Urgency
from schemas.report import KEPT_CHARACTERS, KEPT_TELLINGS, Report, Telling

URGENCY_ORDER = (Urgency.ENQUIRY, Urgency.ORDINARY, Urgency.HARD, Urgency.URGENT)


def telling_of(event: UnifiedEvent) -> Telling:
    """Return what an event says, as its case keeps it."""
    return Telling(
        title=event.title,
        content=event.content[:KEPT_CHARACTERS],
        category=event.category,
        place=event.place,
        object_name=event.object_name,
        object_is_person=event.object_is_person,
        attachments=tuple(a.sha256 for a in event.attachments if a.sha256),
    )


def report_of(event: UnifiedEvent) -> Report:
    """Return the entry of an event in a case, with its words."""
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


def shown(telling: Telling) -> dict[str, Any]:
    """Return the fields by which a case shows a telling."""
    return {
        "title": telling.title,
        "content": telling.content,
        "category": telling.category,
        "object_name": telling.object_name,
        "object_is_person": telling.object_is_person,
        "attachments": telling.attachments,
        **placed(telling.place),
    }


def placed(place: Place) -> dict[str, Any]:
    """Return the fields by which a case shows a place."""
    return {
        "place_text": place.text,
        "place_name": place.name,
        "lon": place.lon,
        "lat": place.lat,
        "division_code": place.division_code,
        "grid_code": place.grid_code,
    }


def first_telling(case: Case) -> Telling:
    """Return the words that a case shows: those of its first report."""
    return Telling(
        title=case.title,
        content=case.content[:KEPT_CHARACTERS],
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


def told(case: Case) -> Iterator[tuple[Report, Telling]]:
    """Yield each report whose words are kept."""
    for index, report in enumerate(case.reports):
        if index == 0:
            yield report, first_telling(case)
        elif report.telling is not None:
            yield report, report.telling


def gathered(first: Report, others: Iterable[Report]) -> tuple[Report, ...]:
    """Return the reports of a case whose shown one is `first`; copies and floods lose their words.

    Which words are kept depends on the reports alone, not on the order in which they came.
    """
    ordered = sorted(others, key=lambda report: (report.received_at, str(report.event_id)))
    kept: set[Telling] = set()
    reports = [first.model_copy(update={"telling": None})]
    for report in ordered:
        telling = report.telling
        if telling is None or telling in kept or len(kept) >= KEPT_TELLINGS - 1:
            reports.append(report.model_copy(update={"telling": None}))
        else:
            kept.add(telling)
            reports.append(report)
    return tuple(reports)


def joined(case: Case, report: Report) -> tuple[Report, ...]:
    """Return the reports of `case` with one more."""
    first, *others = case.reports
    return gathered(first, (*others, report))


def most_urgent(reports: Iterable[Report]) -> Urgency:
    """Return the highest urgency: one urgent report makes its case urgent."""
    return max((report.urgency for report in reports), key=URGENCY_ORDER.index)
