"""The reports that leave a case, and those that remain 分出: computed before a split."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from schemas.cases.case import Case
from schemas.cases.filed import FiledReport
from schemas.reports.report import Report
from streams.case.entries import is_answered, report_fields
from streams.case.reports.sample import Sample, age_of, earliest_of_kinds, filings_of, sampled
from streams.case.reports.store import ReportStore
from streams.report import combined, first_telling, tellings, text_fields


@dataclass(frozen=True, slots=True)
class Parted:
    """The reports that leave a case, oldest first and each with a text, and what the case loses."""

    moved: tuple[Report, ...]
    unknown: frozenset[UUID]
    """Events that the case has no report of."""
    changes: dict[str, Any]
    """Changes of the case; empty if no report leaves or none remains."""
    filed: frozenset[UUID]
    """The moved reports that were filed."""

    def filings(self, case_id: UUID, seq: int, sample: Sample) -> tuple[FiledReport, ...]:
        """Return the records of the moved reports in their new case.

        A report that was filed gets a record even if the new case lists it: the former record would
        give it back to the former case.
        """
        listed = (report for report in sample.listed if report.event_id in self.filed)
        return filings_of(case_id, seq, (*sample.left, *listed))


def part(case: Case, leaving: Collection[UUID], store: ReportStore) -> Parted:
    """Return what happens to a case if the reports of the events `leaving` leave it."""
    listed, wanted = with_texts(case), set(leaving)
    moved = [report for report in listed if report.event_id in wanted]
    stay = [report for report in listed if report.event_id not in wanted]
    missing = wanted - {report.event_id for report in moved}
    looked_up = (store.get(case.case_id, event_id) for event_id in sorted(missing))
    taken = [filed.report for filed in looked_up if filed is not None]
    default = first_telling(case)
    moved += [report.model_copy(update={"telling": default}) for report in taken]
    moved.sort(key=age_of)
    filed_ids = frozenset(report.event_id for report in taken)
    back = _representatives(case, stay, wanted, store) if len(moved) > len(taken) else []
    changes = _changes(case, moved, stay, back, taken) if stay or back else {}
    known = frozenset(report.event_id for report in moved) if case.filed else filed_ids
    return Parted(tuple(moved), frozenset(missing - filed_ids), changes, known)


def _changes(
    case: Case,
    moved: Sequence[Report],
    stay: Sequence[Report],
    back: Sequence[Report],
    taken: Sequence[Report],
) -> dict[str, Any]:
    """Return the changes of the case: `moved` left it, `back` are listed again.

    Of the reports that left, `taken` were filed.
    """
    default = first_telling(case)
    remaining = [*stay, *(report.model_copy(update={"telling": default}) for report in back)]
    if remaining[0].event_id != case.reports[0].event_id:
        remaining.sort(key=age_of)
    first, *others = remaining
    filed = case.filed - len(taken) - len(back)
    sample = sampled(combined(first, others), filed)
    answered = case.filed_answered - _answered((*taken, *back), case)
    changes: dict[str, Any] = {
        **report_fields(sample.listed, case.extensions, case.clock),
        "follow_ups": case.follow_ups - sum(report.follow_ups for report in moved),
        "filed": filed + len(sample.left),
        "filed_answered": answered + _answered(sample.left, case),
        "filings": filings_of(case.case_id, case.seq + 1, sample.left),
    }
    if first.event_id != case.reports[0].event_id and first.telling:
        changes |= text_fields(first.telling)
    return changes


def _answered(reports: Iterable[Report], case: Case) -> int:
    return sum(is_answered(report, case) for report in reports)


def _representatives(
    case: Case, stay: Sequence[Report], leaving: Collection[UUID], store: ReportStore
) -> list[Report]:
    """Return the filed reports that are the earliest of their channel and urgency from now on."""
    listed = {report.event_id for report in stay}
    earliest = earliest_of_kinds((*stay, *store.earliest(case.case_id, leaving)))
    return sorted((each for each in earliest if each.event_id not in listed), key=age_of)


def with_texts(case: Case) -> tuple[Report, ...]:
    """Return the listed reports of a case, each with a text; one without gets the case's."""
    texts = {report.event_id: telling for report, telling in tellings(case)}
    default = first_telling(case)
    return tuple(
        report.model_copy(update={"telling": texts.get(report.event_id, default)})
        for report in case.reports
    )
