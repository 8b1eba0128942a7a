"""The cases to compare a report with: their comparable reports, cached, and their prefilter rows.

A case is compared far more often than it changes. Its reports are read once for each change, and
the cache is bounded. The memory of a worker depends on its open cases, not on its past.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter, is_
from typing import NamedTuple
from uuid import UUID
from weakref import ReferenceType, ref

import numpy as np

from schemas.cases.case import SETTLED_STATES, Case
from schemas.reports.report import Report, Telling
from streams.matching.compare import ComparableReport, Reader
from streams.matching.prefilter import Prefilter, feature_row
from streams.report import tellings

ComparableReports = tuple[tuple[ComparableReport, UUID], ...]
"""The comparable form of each report of a case, and the id of its event."""
NO_REPORTS: tuple[tuple[object, ...], ComparableReports] = ((), ())
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
    "reports",
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
"""Returns the fields of a case from which its comparable reports are made."""


class PrefilteredCase(NamedTuple):
    """A case in the prefilter. It does not keep the snapshot alive: a case changes often."""

    snapshot: "ReferenceType[Case]"
    key: int
    """The `id()` of that snapshot."""
    text_fields: tuple[object, ...]
    rows: tuple[int, ...]
    """The row numbers of its reports."""


@dataclass(frozen=True, slots=True, eq=False)
class ComparableCases:
    """Caches the comparable reports of cases, and keeps the open cases in a prefilter."""

    reader: Reader
    prefilter: Prefilter
    _reports: dict[UUID, tuple[tuple[object, ...], ComparableReports]] = field(default_factory=dict)
    """Case → its text fields, and the reports made from them."""
    _by_snapshot: dict[int, "PrefilteredCase"] = field(default_factory=dict)
    """By the `id()` of the snapshot, which is a faster key than the id of the case."""
    _by_case: dict[UUID, "PrefilteredCase"] = field(default_factory=dict)

    def prefiltered(self, report: ComparableReport, cases: Sequence[Case]) -> Sequence[Case]:
        """Return the cases that may be suggested, the `MOST_COMPARED` that may be most alike."""
        rows, sizes = list[int](), list[int]()
        for case in cases:
            entry = self._by_snapshot.get(id(case))
            if entry is None or entry.snapshot() is not case:
                # Python reuses an `id()`: the entry may be of a snapshot that is gone.
                entry = self._add(case)
            rows += entry.rows
            sizes.append(len(entry.rows))
        if not rows:
            return ()
        most, grid_permits = self.prefilter.filter(feature_row(report), np.asarray(rows))
        while len(self._by_case) > PREFILTERED_CASES:
            # Not before the filter has run: a row that is released is used again at once.
            self._drop(self._by_case.pop(next(iter(self._by_case))))
        highest = dict[int, float]()
        owners = np.repeat(np.arange(len(sizes)), sizes)
        similar = most >= 0
        for at, odds in zip(owners[similar].tolist(), most[similar].tolist(), strict=True):
            highest[at] = max(highest.get(at, 0.0), odds)
        # The first report that a rule forbids bars the case. It need not be the similar one.
        permitted = dict.fromkeys(owners[grid_permits].tolist()) if highest else ()
        passed = [at for at in permitted if at in highest]
        if len(passed) > MOST_COMPARED:
            passed.sort(key=lambda at: (-round(highest[at], 3), _age(cases[at])))
        return [cases[at] for at in passed[:MOST_COMPARED]]

    def follow(self, case: Case) -> None:
        """Add an open case, or its new snapshot, to the prefilter; forget a settled one.

        The texts of a case that was just opened are still cached. Later they would be read again.
        """
        if case.state in SETTLED_STATES:
            self.forget(case)
        elif not case.confidential and not case.wish:
            self._add(case)

    def forget(self, case: Case) -> None:
        """Remove all that is cached of a case."""
        self._reports.pop(case.case_id, None)
        entry = self._by_case.pop(case.case_id, None)
        if entry is not None:
            self._drop(entry)

    def _add(self, case: Case) -> "PrefilteredCase":
        """Put a case into the prefilter, in place of its former snapshot."""
        former, text_fields = self._by_case.pop(case.case_id, None), _text_fields(case)
        if former is not None and _are_same_objects(former.text_fields, text_fields):
            self._unlink(former)
            rows = former.rows
        else:
            if former is not None:
                self._drop(former)
            rows = tuple(
                self.prefilter.add(feature_row(report)) for report, _ in self.reports_of(case)
            )
        entry = PrefilteredCase(ref(case), id(case), text_fields, rows)
        self._by_snapshot[id(case)] = self._by_case[case.case_id] = entry
        return entry

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
        (known, reports), text_fields = (
            self._reports.get(case.case_id, NO_REPORTS),
            _text_fields(case),
        )
        if _are_same_objects(known, text_fields):
            return reports
        reports = tuple(
            (self.reader.report(telling, report), report.event_id)
            for report, telling in _representatives(case)
        )
        while len(self._reports) >= CACHED_CASES:
            del self._reports[next(iter(self._reports))]
        self._reports[case.case_id] = text_fields, reports
        return reports


def _age(case: Case) -> tuple[datetime, UUID]:
    return case.opened_at, case.case_id


def _representatives(case: Case) -> Sequence[tuple[Report, Telling]]:
    """Return at most `REPRESENTATIVES` reports of a case: the first, the last, some between.

    A case of many reports costs no more to compare than one of a few.
    """
    texts = tuple(tellings(case))
    if len(texts) <= REPRESENTATIVES:
        return texts
    step = (len(texts) - 1) / (REPRESENTATIVES - 1)
    return [texts[round(number * step)] for number in range(REPRESENTATIVES)]


def _are_same_objects(known: tuple[object, ...], fields: tuple[object, ...]) -> bool:
    """Whether the fields of two snapshots of a case are the same objects.

    A change of a case copies references only, so that unchanged fields stay the same objects.
    """
    return bool(known) and all(map(is_, known, fields))
