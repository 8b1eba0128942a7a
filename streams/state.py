"""What one partition remembers 分区状态: its cases, their indexes, what it has seen.

Bounded: settled cases and seen ids leave after a window, so memory follows what is open.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from schemas.case import SETTLED_STATES, Case, CaseEvent, State
from schemas.command import CommandOutcome, Feedback
from schemas.receipt import Disposition

KEEP_SETTLED = timedelta(days=30)
KEEP_SEEN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Effects:
    """All outputs of one step, in the order in which they are sent."""

    route: str
    case_events: tuple[CaseEvent, ...] = ()
    disposition: Disposition | None = None
    outcome: CommandOutcome | None = None
    feedback: tuple[Feedback, ...] = ()
    duplicate: bool = False


@dataclass(slots=True)
class PartitionState:
    """Mutable only through `apply` and `expire`; steps read it and return `Effects`."""

    cases: dict[UUID, Case] = field(default_factory=dict)
    by_native: dict[tuple[str, str], UUID] = field(default_factory=dict)
    blocks: dict[tuple[str, str], dict[UUID, None]] = field(default_factory=dict)
    seen: dict[UUID, datetime] = field(default_factory=dict)
    commands: dict[UUID, CommandOutcome] = field(default_factory=dict)

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

    def candidates(self, division: str, category: str) -> Iterator[Case]:
        """Return the open cases of one village and category family."""
        for case_id in self.blocks.get(_block(division, category), {}):
            yield self.cases[case_id]

    def apply(self, effects: Effects) -> None:
        """Take in what a step decided."""
        for entry in effects.case_events:
            self.put(entry.case)
        if effects.disposition is not None:
            self.saw(effects.disposition.event_id, effects.disposition.at)
        if effects.outcome is not None:
            self.commands[effects.outcome.command_id] = effects.outcome

    def put(self, case: Case) -> None:
        """Replace a case's snapshot, unless a later one is known; indexes follow."""
        known = self.cases.get(case.case_id)
        if known is not None:
            if known.seq > case.seq:
                return
            self.blocks.get(_block(known.division_code, known.category), {}).pop(known.case_id, "")
        self.cases[case.case_id] = case
        for report in case.reports:
            self.by_native[(report.channel, report.native_id)] = case.case_id
        if case.state not in SETTLED_STATES:
            self.blocks.setdefault(_block(case.division_code, case.category), {})[case.case_id] = (
                None
            )

    def saw(self, event_id: UUID, at: datetime) -> None:
        """Remember that an event has been decided."""
        self.seen[event_id] = at

    def expire(self, now: datetime) -> int:
        """Let go of what is settled or seen longer ago than the windows; return how much."""
        old_ids = [key for key, at in self.seen.items() if now - at > KEEP_SEEN]
        for key in old_ids:
            del self.seen[key]
        old_cases = [
            case
            for case in self.cases.values()
            if case.state in SETTLED_STATES and now - case.updated_at > KEEP_SETTLED
        ]
        for case in old_cases:
            del self.cases[case.case_id]
            for report in case.reports:
                self.by_native.pop((report.channel, report.native_id), None)
        stale = [key for key, outcome in self.commands.items() if now - outcome.at > KEEP_SEEN]
        for key in stale:
            del self.commands[key]
        return len(old_ids) + len(old_cases) + len(stale)


def _block(division: str, category: str) -> tuple[str, str]:
    return division, category.partition(".")[0]
