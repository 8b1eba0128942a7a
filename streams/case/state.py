"""The state of one partition 分区状态: its cases, their indexes, the events that it has seen.

Settled cases and seen ids are deleted after a window, so memory grows with open cases only.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from uuid import UUID

from schemas.base import release_fields_set
from schemas.cases.case import SETTLED_STATES, Case, CaseEvent, State
from schemas.cases.command import CommandOutcome
from schemas.cases.feedback import Feedback
from schemas.reports.event import Place
from schemas.reports.receipt import Disposition, Outcome
from streams.case.case_store import CaseStore
from streams.case.timers import next_timer

KEEP_SETTLED = timedelta(days=30)
KEEP_SEEN = timedelta(days=7)
SPARE_TIMERS = 1000
"""Outdated timers in the heap, beside as many as there are cases, before it is rebuilt."""
KEEP_MATCHED = timedelta(days=30)
"""Open cases whose last report is older are not candidates. Longer than the window of matching,
because reports may be uploaded late."""


Block = tuple[str, str]
"""Blocking key: a grid, a place name, or a village with a category family."""


@dataclass(frozen=True, slots=True)
class Effects:
    """All outputs of one step."""

    route: str
    case_events: tuple[CaseEvent, ...] = ()
    disposition: Disposition | None = None
    outcome: CommandOutcome | None = None
    feedback: tuple[Feedback, ...] = ()
    duplicate: bool = False


@dataclass(slots=True)
class PartitionState:
    """Changed only by `apply`, `put` and `expire`; steps read it and return `Effects`.

    The first timer of each case is in the heap `timers`, so that a tick looks at due timers only.
    """

    cases: CaseStore = field(default_factory=CaseStore)
    by_native: dict[tuple[str, str], UUID] = field(default_factory=dict)
    blocks: dict[Block, dict[UUID, Case]] = field(default_factory=dict)
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

    def candidates(self, place: Place, families: Iterable[str]) -> Collection[Case]:
        """Return the open cases that a report is compared with, each once.

        They have its grid, its place name, or its village and one category family.
        """
        candidates: dict[UUID, Case] = {}
        for key in keys_of(place, families):
            candidates.update(self.blocks.get(key, ()))
        return candidates.values()

    def load(self, unit: str) -> int:
        """Return how many open cases of this partition a unit has."""
        return self.loads[unit]

    def apply(self, effects: Effects) -> None:
        """Apply the effects of a step."""
        for entry in effects.case_events:
            self.put(entry.case)
        if effects.disposition is not None:
            self.remember_disposition(effects.disposition)
        if effects.outcome is not None:
            release_fields_set(effects.outcome)
            self.commands[effects.outcome.command_id] = effects.outcome

    def put(self, case: Case) -> None:
        """Replace the snapshot of a case, unless a later one is known; update the indexes."""
        known = self.cases.get(case.case_id)
        if known is not None:
            if known.seq > case.seq:
                return
            self._remove_from_indexes(known)
        tellings = [report.telling for report in case.reports if report.telling is not None]
        release_fields_set(case, case.clock, *case.reports, *tellings)
        release_fields_set(*(telling.place for telling in tellings))
        if case.assignment is not None:
            release_fields_set(case.assignment)
        self.cases[case.case_id] = case
        if case.state is not State.MERGED:
            # The reports of a merged case belong to the surviving case.
            for report in case.reports:
                self.by_native[(report.channel, report.native_id)] = case.case_id
        if case.state not in SETTLED_STATES:
            # A wish is of one household: it is never merged.
            for block in () if case.wish else _blocks(case):
                self.blocks.setdefault(block, {})[case.case_id] = case
            if case.assignment is not None:
                self.loads[case.assignment.unit] += 1

        self._set_timer(case)

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

    def _remove_from_indexes(self, case: Case) -> None:
        """Remove a snapshot from the indexes of open cases."""
        self._unblock(case)
        if case.state not in SETTLED_STATES and case.assignment is not None:
            self.loads[case.assignment.unit] -= 1

    def _unblock(self, case: Case) -> None:
        """Remove a case from the candidates."""
        for block in _blocks(case):
            members = self.blocks.get(block, {})
            members.pop(case.case_id, None)
            if not members:
                self.blocks.pop(block, None)

    def remember_disposition(self, disposition: Disposition) -> None:
        """Remember that an event has been decided."""
        self.seen[disposition.event_id] = disposition.at
        if disposition.outcome is Outcome.ORPHANED:
            self.orphaned.add(disposition.event_id)
        else:
            self.orphaned.discard(disposition.event_id)

    def expire(self, now: datetime) -> list[UUID]:
        """Delete cases settled and ids seen before the windows; return the deleted cases."""
        old_ids = [key for key, at in self.seen.items() if now - at > KEEP_SEEN]
        for key in old_ids:
            del self.seen[key]
        self.orphaned.intersection_update(self.seen)
        old_cases = self.cases.settled_before(now - KEEP_SETTLED)
        for case in old_cases:
            del self.cases[case.case_id]
            self.set_for.pop(case.case_id, None)
            for report in case.reports:
                known = (report.channel, report.native_id)
                if self.by_native.get(known) == case.case_id:
                    del self.by_native[known]
        for case in self.cases.open():
            if case.reports and now - case.reports[-1].received_at > KEEP_MATCHED:
                # Still open, but too old to be compared.
                self._unblock(case)
        stale = [key for key, outcome in self.commands.items() if now - outcome.at > KEEP_SEEN]
        for key in stale:
            del self.commands[key]
        return [case.case_id for case in old_cases]


def _blocks(case: Case) -> set[Block]:
    """Return the blocks of all reports that have a text; the case shows that of the first."""
    families = case.families or (case.category.partition(".")[0],)
    blocks = set(_keys(case.grid_code, case.place_name, case.division_code, families))
    for report in case.reports[1:]:
        if report.telling is not None:
            blocks.update(keys_of(report.telling.place, families))
    return blocks


def keys_of(place: Place, families: Iterable[str]) -> Iterator[Block]:
    """Yield the blocks of a report: its grid, its place name, its village with each family."""
    return _keys(place.grid_code, place.name, place.division_code, families)


def _keys(grid: str, name: str, division: str, families: Iterable[str]) -> Iterator[Block]:
    if grid:
        yield "grid", grid
    if name:
        yield "name", name
    for family in families:
        yield division, family
