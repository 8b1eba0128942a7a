"""The state of one partition 分区状态: its cases, their indexes, the events that it has seen.

Settled cases and seen ids are deleted after a window, so memory grows with open cases only.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from operator import attrgetter
from uuid import UUID

from schemas.base import release_fields_set
from schemas.cases.case import ANSWERED_STATES, SETTLED_STATES, Case, CaseEvent, Move, State
from schemas.cases.command import CommandOutcome
from schemas.cases.feedback import Feedback, FeedbackToMany
from schemas.cases.filed import FiledReport
from schemas.reports.receipt import Disposition, Outcome
from schemas.reports.report import Telling
from schemas.town.rules import MOST_DAYS_AFTER
from streams.case.candidates import CandidateIndex
from streams.case.numbers import CaseNumbers
from streams.case.reports.store import ReportStore
from streams.case.store.case_store import CaseStore
from streams.case.timers import next_timer
from streams.matching.comparable_cases import StoredCases
from streams.matching.retrieval import FEW_WORD_KEYS, WORD_KEYS, Key, keys_of, reporter_key
from streams.report import tellings

KEEP_SETTLED = timedelta(days=MOST_DAYS_AFTER)
KEEP_SEEN = timedelta(days=7)
SPARE_TIMERS = 1000
"""Outdated timers in the heap, beside as many as there are cases, before it is rebuilt."""
MOST_SETTLED = 10
"""Largest number of settled cases that a report is compared with: each is decompressed."""


@dataclass(frozen=True, slots=True)
class Effects:
    """All outputs of one step."""

    route: str
    case_events: tuple[CaseEvent, ...] = ()
    disposition: Disposition | None = None
    outcome: CommandOutcome | None = None
    feedback: tuple[Feedback, ...] = ()
    to_many: tuple[FeedbackToMany, ...] = ()
    """Feedback to the filed reports of large cases."""
    duplicate: bool = False


@dataclass(frozen=True, slots=True)
class Expired:
    """What `PartitionState.expire` deleted: cases, and the events of their filed reports."""

    cases: tuple[UUID, ...] = ()
    reports: tuple[UUID, ...] = ()


@dataclass(slots=True)
class PartitionState:
    """Changed only by `apply`, `put` and `expire`; steps read it and return `Effects`.

    The first timer of each case is in the heap `timers`, so that a tick looks at due timers only.
    """

    cases: CaseStore = field(default_factory=CaseStore)
    filed: ReportStore = field(default_factory=ReportStore)
    """The reports of large cases that no snapshot lists."""
    numbers: CaseNumbers = field(default_factory=CaseNumbers)
    by_native: dict[tuple[str, str], UUID] = field(default_factory=dict)
    index: CandidateIndex = field(default_factory=CandidateIndex)
    """The open cases that a report may be merged into."""
    settled: CandidateIndex = field(default_factory=CandidateIndex)
    """The cases that were settled and neither merged nor withdrawn."""
    seen: dict[UUID, datetime] = field(default_factory=dict)
    orphaned: set[UUID] = field(default_factory=set)
    """Events in `seen` that had no case: they are stepped again once their report has arrived."""
    commands: dict[UUID, CommandOutcome] = field(default_factory=dict)
    loads: Counter[str] = field(default_factory=Counter)
    timers: list[tuple[datetime, UUID]] = field(default_factory=list)
    """A heap; a timer that is not in `set_for` is outdated."""
    set_for: dict[UUID, datetime] = field(default_factory=dict)

    def case_of(self, channel: str, *native_ids: str) -> Case | None:
        """Return the case that a native id of a channel belongs to; merged cases are followed."""
        for native_id in native_ids:
            case_id = self.by_native.get((channel, native_id)) if native_id else None
            case = self.cases.get(case_id) if case_id else None
            while case is not None and case.state is State.MERGED and case.merged_into:
                case = self.cases.get(case.merged_into)
            if case is not None:
                return case
        return None

    def candidates(self, keys: Iterable[Key]) -> StoredCases:
        """Return the open cases that a report with these keys is compared with, each once.

        They are unpacked only where they are read. A case is a candidate for as long as it is open;
        `streams/case/candidates.py` says which are returned where there are too many.
        """
        return self.cases.read_later(self.index.nearest(keys))

    def settled_since(self, keys: Iterable[Key], since: datetime) -> list[Case]:
        """Return the settled cases nearest to a report whose last entry is not before `since`."""
        nearest = (self.cases[case_id] for case_id in self.settled.nearest(keys, MOST_SETTLED))
        return [case for case in nearest if case.updated_at >= since]

    def holds(self, case: Case, event_id: UUID) -> bool:
        """Whether a case has the report of an event."""
        return self.filed.holds(case.case_id, event_id) or any(
            report.event_id == event_id for report in case.reports
        )

    def is_reporter(self, case: Case, key: str) -> bool:
        """Whether a case that is indexed has a report of this reporter."""
        if not key:
            return False
        if any(report.reporter_key == key for report in case.reports):
            return True
        return case.filed > 0 and any(
            index.has(case.case_id, indexed)
            for index in (self.index, self.settled)
            for indexed in reporter_key(key)
        )

    def load(self, unit: str) -> int:
        """Return how many open cases of this partition a unit has."""
        return self.loads[unit]

    def apply(self, effects: Effects) -> None:
        """Apply the effects of a step; of each case the last snapshot counts."""
        last = {entry.case_id: entry.case for entry in effects.case_events}
        for entry in effects.case_events:
            for filed in entry.filed:
                self.file(filed)
        regrouped = {entry.case_id for entry in effects.case_events if _moves_reports(entry)}
        for case_id, case in last.items():
            self.put(case, all_keys=case_id in regrouped)
        if effects.disposition is not None:
            self.remember_disposition(effects.disposition)
        if effects.outcome is not None:
            release_fields_set(effects.outcome)
            self.commands[effects.outcome.command_id] = effects.outcome

    def file(self, filed: FiledReport) -> None:
        """Remember a report that no snapshot lists."""
        report = filed.report
        self.filed.add(filed)
        self.by_native[(report.channel, report.native_id)] = filed.case_id

    def put(self, case: Case, *, all_keys: bool = False) -> None:
        """Replace the snapshot of a case, unless a later one is known; update the indexes.

        Its filed reports must be known before. The cost does not grow with their number, unless the
        case is opened, settled, or changes its texts, or `all_keys` are to be made again.
        """
        known = self.cases.get(case.case_id)
        if known is not None:
            if known.seq > case.seq:
                return
            if known.state not in SETTLED_STATES and known.assignment is not None:
                self.loads[known.assignment.unit] -= 1
        _release(case)
        self.cases[case.case_id] = case
        if known is None:
            self.numbers.add(case)
        if case.state is not State.MERGED:
            # The reports of a merged case belong to the surviving case.
            for report in case.reports:
                self.by_native[(report.channel, report.native_id)] = case.case_id
            if len(self.filed):
                for report in case.reports:
                    self.filed.discard(report.event_id)
        if case.state not in SETTLED_STATES and case.assignment is not None:
            self.loads[case.assignment.unit] += 1
        self._index(case, None if all_keys else known)
        self._set_timer(case)

    def put_packed(self, packed: bytes) -> None:
        """Put a case that the packer of `cases` has packed, as a restore does."""
        case = self.cases.unpack(packed)
        is_new = case.case_id not in self.cases
        self.put(case)
        if is_new:
            self.cases.keep_packed(case.case_id, packed)

    def _index(self, case: Case, known: Case | None) -> None:
        """Put a case into the index of open or of settled cases, and out of the other."""
        is_open = case.state not in SETTLED_STATES
        if not is_open or case.confidential:
            # A case becomes confidential if a confidential one is merged into it.
            self.index.discard(case.case_id)
        if case.state not in ANSWERED_STATES:
            self.settled.discard(case.case_id)
        # A wish is of one household, and a confidential case is for few eyes: neither is merged.
        if case.wish or case.confidential or not (is_open or case.state in ANSWERED_STATES):
            return
        index = self.index if is_open else self.settled
        last = max((report.received_at for report in case.reports), default=case.opened_at)
        if known is not None and case.case_id in index and _has_more_keys_only(known, case):
            index.extend(
                case.case_id, _added_keys(known, case, all_words=is_open), last.timestamp()
            )
            return
        keys = (*_keys(case, all_words=is_open), *self._filed_keys(case))
        index.add(case.case_id, keys, last.timestamp())

    def _filed_keys(self, case: Case) -> Iterator[Key]:
        """Yield the keys of the reporters of the filed reports."""
        for key in self.filed.reporter_keys(case.case_id):
            yield from reporter_key(key)

    def _set_timer(self, case: Case) -> None:
        first = next_timer(case)
        if first is None:
            self.set_for.pop(case.case_id, None)
        elif self.set_for.get(case.case_id) != first[0]:
            self.set_for[case.case_id] = first[0]
            heappush(self.timers, (first[0], case.case_id))
            if len(self.timers) > 2 * len(self.set_for) + SPARE_TIMERS:
                self.timers = [(at, case_id) for case_id, at in self.set_for.items()]
                heapify(self.timers)

    def due(self, now: datetime) -> Case | None:
        """Return the case whose timer fires first, if it is due at `now`."""
        while self.timers and self.timers[0][0] <= now:
            at, case_id = self.timers[0]
            if self.set_for.get(case_id) == at:
                return self.cases[case_id]
            heappop(self.timers)
        return None

    def remember_disposition(self, disposition: Disposition) -> None:
        """Remember that an event has been decided."""
        self.seen[disposition.event_id] = disposition.at
        if disposition.outcome is Outcome.ORPHANED:
            self.orphaned.add(disposition.event_id)
        else:
            self.orphaned.discard(disposition.event_id)

    def expire(self, now: datetime, compared_for: timedelta = KEEP_SETTLED) -> Expired:
        """Delete cases settled and ids seen before the windows; return what was deleted.

        `compared_for` is how long a settled case is compared with new reports.
        """
        for case_id in self.cases.settled_ids_before(now - compared_for):
            self.settled.discard(case_id)
        old_ids = [key for key, at in self.seen.items() if now - at > KEEP_SEEN]
        for key in old_ids:
            del self.seen[key]
        self.orphaned.intersection_update(self.seen)
        self.numbers.forget_before(now, KEEP_SETTLED)
        old_cases = self.cases.settled_before(now - KEEP_SETTLED)
        for case in old_cases:
            self._delete(case)
        stale = [key for key, outcome in self.commands.items() if now - outcome.at > KEEP_SEEN]
        for key in stale:
            del self.commands[key]
        ids = tuple(case.case_id for case in old_cases)
        return Expired(ids, tuple(self.filed.forget(ids)))

    def _delete(self, case: Case) -> None:
        del self.cases[case.case_id]
        self.settled.discard(case.case_id)
        self.set_for.pop(case.case_id, None)
        listed = ((str(report.channel), report.native_id) for report in case.reports)
        for known in (*listed, *self.filed.native_ids(case.case_id)):
            if self.by_native.get(known) == case.case_id:
                del self.by_native[known]

    def drop_unowned_reports(self) -> None:
        """After a restore, drop filed reports of cases that are gone."""
        self.filed.forget([each for each in self.filed.cases() if each not in self.cases])


def _release(case: Case) -> None:
    """Release the memory that pydantic uses for the models of a case."""
    texts = [report.telling for report in case.reports if report.telling is not None]
    release_fields_set(case, case.clock, *case.reports, *texts)
    release_fields_set(*(telling.place for telling in texts))
    if case.assignment is not None:
        release_fields_set(case.assignment)


def _moves_reports(entry: CaseEvent) -> bool:
    """Whether an entry moves filed reports to its case, or reports from it."""
    joins = entry.move is Move.JOIN and "case_id" in entry.data and bool(entry.filed)
    return joins or entry.move is Move.SPLIT


def _keys(case: Case, *, all_words: bool) -> Iterator[Key]:
    """Yield the keys of all reports of a case. Of the settled cases, which are many, fewer."""
    families = case.families or (case.category.partition(".")[0],)
    for _, telling in tellings(case):
        yield from keys_of(telling, families, WORD_KEYS if all_words else FEW_WORD_KEYS)
    for report in case.reports:
        yield from reporter_key(report.reporter_key)


_shown_text: Callable[[Case], tuple[object, ...]] = attrgetter(
    *("families", "category", "title", "content", "object_name"),
    *("place_name", "grid_code", "division_code"),
)
"""Returns the fields of a case that give keys."""


def _texts(case: Case) -> tuple[Telling, ...]:
    return tuple(report.telling for report in case.reports if report.telling is not None)


def _has_more_keys_only(known: Case, case: Case) -> bool:
    """Whether all keys of a former snapshot are keys of this one: most changes only add some."""
    if _shown_text(known) != _shown_text(case):
        return False
    texts = _texts(known)
    if texts != _texts(case)[: len(texts)]:
        return False
    return known.report_count <= case.report_count


def _added_keys(known: Case, case: Case, *, all_words: bool) -> Iterator[Key]:
    """Yield the keys of the texts and reporters that a former snapshot did not have."""
    families = case.families or (case.category.partition(".")[0],)
    for telling in _texts(case)[len(_texts(known)) :]:
        yield from keys_of(telling, families, WORD_KEYS if all_words else FEW_WORD_KEYS)
    former = {report.reporter_key for report in known.reports}
    for report in case.reports:
        if report.reporter_key not in former:
            yield from reporter_key(report.reporter_key)
