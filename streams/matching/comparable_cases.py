"""The cases to compare a report with: their comparable reports, cached, and their prefilter rows.

A case is compared far more often than it changes. Its reports are read once for each change, and
the cache is bounded. The memory of a worker depends on its open cases, not on its past.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID
from weakref import ReferenceType, ref

import numpy as np

from schemas.cases.case import SETTLED_STATES, Case
from schemas.reports.report import Report
from streams.matching.compare import ComparableReport, Reader
from streams.matching.prefilter import Prefilter, feature_row
from streams.report import age_of_case, first_telling

ComparableReports = tuple[tuple[ComparableReport, UUID], ...]
"""The comparable form of each report of a case, and the id of its event."""
CACHED_CASES = 100_000
"""Largest number of open cases whose comparable reports are cached, about 5 kB each.

The texts of other cases are read again with each report that may match, half a millisecond each.
"""
PREFILTERED_CASES = 500_000
"""Largest number of cases in the prefilter, about 2 kB each."""
MOST_COMPARED = 12
"""Largest number of cases with which a report is compared exactly: those that may be most alike.

In a crowded township dozens of cases may be alike by their bounds, but no report is suggested for
more than three of them.
"""
REPRESENTATIVES = 16
"""Largest number of reports of a case with which a report is compared."""
_TEXT_FIELDS = (
    "title",
    "content",
    "category",
    "place_name",
    "lon",
    "lat",
    "division_code",
    "grid_code",
    "object_name",
    "object_is_person",
    "attachments",
)
_text_fields: Callable[[Case], tuple[object, ...]] = attrgetter(*_TEXT_FIELDS)
"""Returns the fields of a case that show the text of its first report."""


class StoredCases(Sequence[Case]):
    """Open cases, none of them confidential, that are read from their store one by one.

    Most candidates of a report are dropped by the prefilter, which does not read them again.
    """

    @property
    @abstractmethod
    def snapshots(self) -> Iterable[object]:
        """Return an object for each case that is another one after a change of the case."""


class PrefilteredCase(NamedTuple):
    """A case in the prefilter. It does not keep the snapshot alive: a case changes often."""

    snapshot: "ReferenceType[object]"
    key: int
    """The `id()` of that snapshot."""
    texts: int
    """Hash of `ReadCase.texts`."""
    rows: tuple[int, ...]
    """The row numbers of its reports."""
    age: tuple[datetime, UUID]
    """As `age_of_case` returns it."""


class ReadCase(NamedTuple):
    """The comparable reports of a case. It does not keep the case alive, which may be packed."""

    snapshot: Callable[[], Case | None]
    """Returns the case from which they were made, as long as that object exists."""
    texts: tuple[int, ...] = ()
    """Hash of the text of each report, in one process."""
    reports: ComparableReports = ()


NOT_READ = ReadCase(lambda: None)


class Representatives(NamedTuple):
    """The reports that stand for a case in a comparison."""

    texts: tuple[int, ...]
    """Hash of the text of each, with its event, time and reporter; differs between processes."""
    reports: Sequence[Report]


@dataclass(frozen=True, slots=True, eq=False)
class ComparableCases:
    """Caches the comparable reports of cases, and keeps the open cases in a prefilter."""

    reader: Reader
    prefilter: Prefilter
    _reports: dict[UUID, ReadCase] = field(default_factory=dict)
    _by_snapshot: dict[int, "PrefilteredCase"] = field(default_factory=dict)
    """By the `id()` of the snapshot, which is a faster key than the id of the case."""
    _by_case: dict[UUID, "PrefilteredCase"] = field(default_factory=dict)

    def prefiltered(self, report: ComparableReport, cases: Sequence[Case]) -> Sequence[Case]:
        """Return the cases that may be suggested, the `MOST_COMPARED` that may be most alike."""
        rows, entries, by_snapshot = list[int](), list[PrefilteredCase](), self._by_snapshot
        for at, snapshot in enumerate(cases.snapshots if isinstance(cases, StoredCases) else cases):
            entry = by_snapshot.get(id(snapshot))
            if entry is None or entry.snapshot() is not snapshot:
                # Python reuses an `id()`: the entry may be of a snapshot that is gone.
                entry = self._add(cases[at], snapshot)
            rows += entry.rows
            entries.append(entry)
        if not rows:
            return ()
        owners = np.repeat(np.arange(len(entries)), [len(entry.rows) for entry in entries])
        filtered = self.prefilter.filter(feature_row(report), np.asarray(rows), owners)
        while len(self._by_case) > PREFILTERED_CASES:
            # Not before the filter has run: a row that is released is used again at once.
            self._drop(self._by_case.pop(next(iter(self._by_case))))
        owners = owners.take(filtered.kept)
        similar = set(owners[filtered.most >= 0].tolist())
        if not similar:
            return ()
        # Ranked among all that the grid permits: which are similar differs between processes.
        passed = list(dict.fromkeys(owners.tolist()))
        if len(passed) > MOST_COMPARED:
            highest = np.full(len(entries), -np.inf)
            np.maximum.at(highest, owners, filtered.rank())
            passed.sort(key=lambda at: (-round(float(highest[at]), 3), entries[at].age))
        return [cases[at] for at in passed[:MOST_COMPARED] if at in similar]

    def follow(self, case: Case, snapshot: object | None = None) -> None:
        """Add an open case, or its new snapshot, to the prefilter; forget a settled one.

        The texts of a case that was just opened are still cached. Later they would be read again.
        `snapshot` is what stands for the snapshot in its store; None: the case itself.
        """
        if case.state in SETTLED_STATES:
            self.forget(case)
        elif not case.confidential and not case.wish:
            self._add(case, case if snapshot is None else snapshot)

    def forget(self, case: Case) -> None:
        """Remove all that is cached of a case."""
        self.forget_all((case.case_id,))

    def forget_all(self, case_ids: Iterable[UUID]) -> None:
        """Remove all that is cached of some cases."""
        for case_id in case_ids:
            self._reports.pop(case_id, None)
            entry = self._by_case.pop(case_id, None)
            if entry is not None:
                self._drop(entry)

    def _add(self, case: Case, snapshot: object) -> "PrefilteredCase":
        """Put a case into the prefilter, in place of its former snapshot."""
        former, shown = self._by_case.pop(case.case_id, None), _representatives(case)
        texts = hash(shown.texts)
        if former is not None and former.texts == texts:
            self._unlink(former)
            rows = former.rows
        else:
            rows = self._replaced_rows(former, case, shown)
        entry = PrefilteredCase(ref(snapshot), id(snapshot), texts, rows, age_of_case(case))
        self._by_snapshot[id(snapshot)] = self._by_case[case.case_id] = entry
        return entry

    def _replaced_rows(
        self, former: "PrefilteredCase | None", case: Case, shown: Representatives
    ) -> tuple[int, ...]:
        """Return the rows of a case; a report that is unchanged since `former` keeps its row."""
        known: dict[int, int] = {}
        read = self._reports.get(case.case_id, NOT_READ)
        if former is not None:
            self._unlink(former)
            if hash(read.texts) == former.texts:
                ids = (id(report) for report, _ in read.reports)
                known = dict(zip(ids, former.rows, strict=True))
            else:
                self.prefilter.release(former.rows)
        rows = list[int]()
        for report, _ in self._read_again(case, shown):
            row = known.pop(id(report), None)
            rows.append(self.prefilter.add(feature_row(report)) if row is None else row)
        self.prefilter.release(known.values())
        return tuple(rows)

    def _drop(self, entry: "PrefilteredCase") -> None:
        self._unlink(entry)
        self.prefilter.release(entry.rows)

    def _unlink(self, entry: "PrefilteredCase") -> None:
        if self._by_snapshot.get(entry.key) is entry:
            del self._by_snapshot[entry.key]

    def reports_of(self, case: Case) -> ComparableReports:
        """Return the comparable form of the reports that stand for a case, and their events.

        It is cached until the texts change: a case is compared far more often than it changes.
        """
        read = self._reports.get(case.case_id, NOT_READ)
        return (
            read.reports
            if read.snapshot() is case
            else self._read_again(case, _representatives(case))
        )

    def _read_again(self, case: Case, shown: Representatives) -> ComparableReports:
        """Return the comparable form of the representatives; read only those that are new."""
        read = self._reports.get(case.case_id, NOT_READ)
        reports = read.reports
        if read.texts != shown.texts:
            # A report that joins a case leaves the others as they are: a case of many reports
            # costs no more to change than one of a few.
            known = dict(zip(read.texts, read.reports, strict=True))
            reports = tuple(
                known.get(text) or self._read(case, at, report)
                for at, (text, report) in enumerate(zip(*shown, strict=True))
            )
            while len(self._reports) >= CACHED_CASES:
                del self._reports[next(iter(self._reports))]
        # The same texts in another object: the case was unpacked again, or changed elsewhere.
        self._reports[case.case_id] = ReadCase(ref(case), shown.texts, reports)
        return reports

    def _read(self, case: Case, at: int, report: Report) -> tuple[ComparableReport, UUID]:
        """Return the comparable form of a representative, which is the first one `at` 0."""
        telling = report.telling if at else None
        return self.reader.report(telling or first_telling(case), report), report.event_id


def _representatives(case: Case) -> Representatives:
    """Return at most `REPRESENTATIVES` reports of a case: the first, the last, some between.

    They have a text. A case of many reports costs no more to compare than one of a few.
    """
    reports = [
        report for at, report in enumerate(case.reports) if not at or report.telling is not None
    ]
    if len(reports) > REPRESENTATIVES:
        step = (len(reports) - 1) / (REPRESENTATIVES - 1)
        reports = [reports[round(number * step)] for number in range(REPRESENTATIVES)]
    # The case shows the text of the first one.
    texts = tuple(
        hash(
            (
                report.event_id.int,
                report.received_at,
                report.reporter_key,
                report.telling if at else _text_fields(case),
            )
        )
        for at, report in enumerate(reports)
    )
    return Representatives(texts, reports)
