"""A city whose officials decide by the truth 模拟城市: events, entries, and what was decided."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hub.lab.simulate.label import Truth
from schemas.base import derive_id
from schemas.cases.assignment import Assignment
from schemas.cases.case import OPEN_STATES, Case, CaseEvent, Move, State
from schemas.cases.command import Command, Role
from schemas.reports.event import UnifiedEvent
from streams.case.assign import assign
from streams.case.state import PartitionState
from streams.steps import command as follow
from streams.steps import event as receive
from streams.town.register import Register

DISPATCHERS = ("派单员甲", "派单员乙", "派单员丙")


@dataclass
class City:
    """One partition, with officials who know the truth about each report."""

    register: Register
    state: PartitionState = field(default_factory=PartitionState)
    events: list[UnifiedEvent] = field(default_factory=list)
    entries: list[CaseEvent] = field(default_factory=list)
    truths: dict[UUID, Truth] = field(default_factory=dict)

    def live(self, reports: Iterable[tuple[UnifiedEvent, Truth]]) -> None:
        """Receive the reports in the order of their times; officials decide after each."""
        for event, truth in sorted(reports, key=lambda pair: pair[0].received_at):
            known = event.model_copy(update={"route": "429999001"})
            self.events.append(known)
            effects = receive.step(self.state, known, self.register)
            self.state.apply(effects)
            self.entries += effects.case_events
            case = self.state.case_of(known.channel, known.native_id)
            if case is None:
                continue
            self.truths.setdefault(case.case_id, truth)
            self._decide(case, known.received_at)

    def _decide(self, case: Case, at: datetime) -> None:
        truth = self.truths[case.case_id]
        for other_id in case.suggested:
            present, other = self.state.cases[case.case_id], self.state.cases.get(other_id)
            if other is None or {present.state, other.state} - set(OPEN_STATES):
                continue
            same = self.truths[other_id].matter == truth.matter
            move = Move.MERGE if same else Move.KEEP_APART
            self.command(other, move, at, data={"case": str(case.case_id)})
        case = self.state.cases[case.case_id]
        if case.state in OPEN_STATES and case.category != truth.leaf:
            self._correct(case, truth.leaf, at)

    def _correct(self, case: Case, leaf: str, at: datetime) -> None:
        decided = assign(case.model_copy(update={"category": leaf}), self.register)
        if isinstance(decided, Assignment):
            move = Move.ASSIGN if case.state is State.TRIAGE else Move.HAND_OVER
            self.command(case, move, at, data={"unit": decided.unit, "category": leaf})

    def handle_all(self) -> None:
        """Let the units accept and resolve all cases that are with one."""
        for case in list(self.state.cases.open()):
            if case.state is State.ASSIGNED and case.assignment:
                at = case.updated_at + timedelta(hours=1)
                for move in (Move.ACCEPT, Move.RESOLVE):
                    self.command(self.state.cases[case.case_id], move, at)

    def command(self, case: Case, move: Move, at: datetime, **more: Any) -> None:
        """Let an official give a command; a refused one changes nothing."""
        number = int(derive_id(str(case.case_id)).hex[:6], 16) % len(DISPATCHERS)
        unit = case.assignment.unit if case.assignment else ""
        is_unit = move in (Move.ACCEPT, Move.RESOLVE, Move.RETURN)
        command = Command(
            command_id=derive_id("command", str(case.case_id), str(case.seq), move),
            case_id=case.case_id,
            move=move,
            actor=unit if is_unit else DISPATCHERS[number],
            role=Role.UNIT if is_unit else Role.DISPATCHER,
            unit=unit if is_unit else "",
            issued_at=at,
            township=case.route,
            reason="按实际情况判定",
            **more,
        )
        effects = follow.step(self.state, command, self.register, at)
        self.state.apply(effects)
        self.entries += effects.case_events
