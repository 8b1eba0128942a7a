"""Reports, commands and time in any order, repeated, late, with restarts, keep all invariants."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID, uuid5

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from schemas.base import NAMESPACE
from schemas.cases.case import ANSWERED_STATES, MOVES, SETTLED_STATES, Case, CaseEvent, Move, State
from schemas.cases.command import Command, Role
from schemas.cases.evaluation import Evaluation
from schemas.cases.feedback import Feedback
from schemas.cases.filed import FiledReport
from schemas.reports.event import UnifiedEvent
from schemas.reports.fact import Kind, Urgency
from streams.case.authority import ALLOWED
from streams.case.deadline import due_of
from streams.case.entries import is_answered
from streams.case.notices import feedback_of
from streams.case.reports import sample
from streams.case.state import Effects, PartitionState
from streams.steps import command as follow
from streams.steps import event as receive
from streams.steps import time as clock
from tests.builders.town import LAMP, NOON, REGISTER, event

TEXTS = {
    "facility.streetlight": LAMP,
    "environment.garbage": "幸福小区垃圾堆了一个星期没有人清运",
    "market.food": "幸福小区超市卖过期食品",
}
NEXT = {
    State.TRIAGE: Move.ASSIGN,
    State.RECEIVED: Move.ASSIGN,
    State.ASSIGNED: Move.ACCEPT,
    State.ACCEPTED: Move.RESOLVE,
    State.HANDLING: Move.RESOLVE,
    State.SUSPENDED: Move.RESUME,
    State.RESOLVED: Move.FEED_BACK,
    State.FED_BACK: Move.EVALUATE,
    State.EVALUATED: Move.CLOSE,
}
BY_PEOPLE = sorted(set(Move) - follow.AUTOMATIC)


class Life(RuleBasedStateMachine):
    """One township's partition with every record it has published."""

    LISTED = sample.LAST
    """Last reports that a snapshot lists."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(sample, "LAST", self.LISTED)
        self.state = PartitionState()
        self.now: datetime = NOON
        self.number = 0
        self.entries: dict[UUID, dict[int, CaseEvent]] = defaultdict(dict)
        self.feedback: dict[UUID, Feedback] = {}
        self.filed: dict[UUID, FiledReport] = {}
        self.events_of: dict[tuple[UUID, int], set[UUID]] = {}
        """Case and entry → the events of all its reports after that entry."""
        self.reports: list[UnifiedEvent] = []
        self.issued: list[Command] = []

    def take(self, effects: Effects) -> None:
        """Apply the effects of a step, as topics and worker do."""
        for entry in effects.case_events:
            known = self.entries[entry.case_id].setdefault(entry.seq, entry)
            assert known.move == entry.move, "two entries of one number"
            self.filed |= {each.report.event_id: each for each in entry.filed}
        for item in (*effects.feedback, *self.expanded(effects)):
            self.feedback.setdefault(item.feedback_id, item)
        self.state.apply(effects)
        for entry in effects.case_events:
            self.events_of[entry.case_id, entry.seq] = self.members(entry.case)

    def teardown(self) -> None:
        """Restore the size of the list."""
        self.patch.undo()

    def expanded(self, effects: Effects) -> Iterator[Feedback]:
        """Yield the feedback that the feedback process makes of one text to many."""
        for notice in effects.to_many:
            recipients = [
                filed.report
                for filed in self.filed.values()
                if filed.case_id == notice.holder and notice.since <= filed.seq <= notice.through
            ]
            assert len(recipients) >= notice.recipients
            yield from (feedback_of(notice, report) for report in recipients)

    def members(self, case: Case) -> set[UUID]:
        """Return the events of all reports of a case, listed or filed."""
        filed = {each.report.event_id for each in self.state.filed.of(case.case_id)}
        return filed | {report.event_id for report in case.reports}

    def receive(self, report: UnifiedEvent) -> None:
        """Step one event as the worker does: time first."""
        for _ in clock.step(self.state, REGISTER, self.now):
            self.take(_)
        self.take(receive.step(self.state, report, REGISTER))

    def chosen(self, pick: int) -> Case:
        """Return one of the cases."""
        cases = sorted(self.state.cases.values(), key=lambda case: str(case.case_id))
        return cases[pick % len(cases)]

    @rule(
        category=st.sampled_from(sorted(TEXTS)),
        grid=st.sampled_from(["G1", "G2"]),
        urgency=st.sampled_from(list(Urgency)),
        confidential=st.integers(0, 9).map(lambda dice: dice == 0),
        late=st.integers(0, 600),
        kind=st.sampled_from([Kind.REPORT, Kind.REPORT, Kind.WISH]),
    )
    def report(
        self,
        category: str,
        grid: str,
        urgency: Urgency,
        *,
        confidential: bool,
        late: int,
        kind: Kind,
    ) -> None:
        """Send a report, perhaps hours late."""
        self.number += 1
        report = event(
            f"n{self.number}",
            category=category,
            content=TEXTS[category],
            grid=grid,
            urgency=urgency,
            confidential=confidential,
            kind=kind,
        )
        at = self.now - timedelta(minutes=late)
        report = report.model_copy(
            update={"received_at": max(at, NOON), "occurred_at": max(at, NOON)}
        )
        self.reports.append(report)
        self.receive(report)

    @precondition(lambda self: self.reports)
    @rule(
        pick=st.integers(0, 99),
        kind=st.sampled_from([Kind.FOLLOW_UP, Kind.WITHDRAWAL, Kind.EVALUATION]),
        settled=st.sampled_from([None, True, False]),
    )
    def add_to_report(self, pick: int, kind: Kind, settled: bool | None) -> None:
        """Send a reminder, a withdrawal or an evaluation of a citizen."""
        first = self.reports[pick % len(self.reports)]
        self.number += 1
        more = event(f"n{self.number}", kind=kind, parent=first.native_id, content="还没有人来")
        evaluation = None if settled is None else Evaluation(settled=settled)
        more = more.model_copy(
            update={"received_at": self.now, "evaluation": evaluation, "route": first.route}
        )
        self.reports.append(more)
        self.receive(more)

    @precondition(lambda self: self.reports)
    @rule(pick=st.integers(0, 99))
    def deliver_again(self, pick: int) -> None:
        """Deliver an event a second time."""
        self.receive(self.reports[pick % len(self.reports)])

    @precondition(lambda self: self.state.cases)
    @rule(
        pick=st.integers(0, 99),
        other=st.integers(0, 99),
        move=st.sampled_from(BY_PEOPLE),
        role=st.sampled_from(list(Role)),
        reason=st.sampled_from(["", "如此"]),
        settled=st.booleans(),
    )
    def command(
        self, pick: int, other: int, move: Move, role: Role, reason: str, *, settled: bool
    ) -> None:
        """Send a command, allowed or not."""
        case = self.chosen(pick)
        self.number += 1
        lead = case.assignment.unit if case.assignment else "U-T"
        members = sorted(self.members(case))
        event_id = members[other % len(members)]
        request = Command(
            command_id=uuid5(NAMESPACE, str(self.number)),
            case_id=case.case_id,
            move=move,
            actor="某人",
            role=role,
            unit=lead if role is Role.UNIT else "",
            issued_at=self.now,
            township=case.route,
            reason=reason,
            data={
                "unit": "U-T",
                "units": ["U-C"],
                "kind": "general",
                "settled": settled,
                "case": str(self.chosen(other).case_id),
                "events": [str(event_id)],
                "event_id": str(event_id),
                "answer": "已处理",
                "volunteer": f"V-{other % 2}",
            },
        )
        self.issued.append(request)
        self.execute(request)

    @precondition(lambda self: self.state.cases)
    @rule(pick=st.integers(0, 99), which=st.integers(0, 99), settled=st.booleans())
    def do_as_the_rules_say(self, pick: int, which: int, *, settled: bool) -> None:
        """Send a command that the state and the role allow."""
        case = self.chosen(pick)
        moves = [move for move in BY_PEOPLE if case.state in MOVES[move]]
        if moves:
            move = moves[which % len(moves)]
            role = next(role for role in (Role.UNIT, *Role) if move in ALLOWED[role])
            self.command(pick, which, move, role, "如此", settled=settled)

    @precondition(lambda self: self.state.cases)
    @rule(pick=st.integers(0, 99), settled=st.booleans())
    def take_to_its_end(self, pick: int, *, settled: bool) -> None:
        """Do the next ordinary step of a case: unit, delivery or call-back."""
        case = self.chosen(pick)
        move = NEXT.get(case.state)
        if move is not None:
            role = next(role for role in (Role.UNIT, *Role) if move in ALLOWED[role])
            self.command(pick, pick, move, role, "如此", settled=settled)

    def execute(self, request: Command) -> None:
        """Step one command as the worker does: time first."""
        for _ in clock.step(self.state, REGISTER, self.now):
            self.take(_)
        effects = follow.step(self.state, request, REGISTER, self.now)
        outcome = effects.outcome
        assert outcome is not None, "every command is answered"
        assert outcome.accepted == (not outcome.refusal)
        if not outcome.accepted:
            assert not effects.case_events
        elif effects.case_events:
            assert request.move in ALLOWED[request.role]
        self.take(effects)

    @precondition(lambda self: self.issued)
    @rule(pick=st.integers(0, 99))
    def command_again(self, pick: int) -> None:
        """Send a command a second time, perhaps much later."""
        before = {case_id: case.seq for case_id, case in self.state.cases.items()}
        request = self.issued[pick % len(self.issued)]
        known = self.state.commands.get(request.command_id)
        self.execute(request)
        if known is not None and known.accepted:
            moved = [c for c in self.state.cases.values() if before[c.case_id] != c.seq]
            assert all(request.command_id != c.recent[0] for c in moved)

    @rule(hours=st.sampled_from([1, 1, 2, 3, 5, 30, 200]))
    def wait(self, hours: int) -> None:
        """Let time pass, then tick."""
        self.now += timedelta(hours=hours)
        for effects in clock.step(self.state, REGISTER, self.now):
            self.take(effects)
        assert not list(clock.step(self.state, REGISTER, self.now)), "a timer fires twice"

    @rule()
    def restart(self) -> None:
        """Let another worker acquire the partition: it restores snapshots and decided events."""
        fresh = PartitionState(seen=dict(self.state.seen), orphaned=set(self.state.orphaned))
        for filed in self.filed.values():
            fresh.file(filed)
        for case in self.state.cases.values():
            fresh.put(case)
        assert fresh.by_native == self.state.by_native
        self.state = fresh

    @invariant()
    def entries_have_no_gaps_and_each_has_its_reason(self) -> None:
        """Entries count from 1; each is a legal move with a reason; the last has the case."""
        for case_id, entries in self.entries.items():
            assert sorted(entries) == list(range(1, len(entries) + 1))
            before: State | None = None
            for seq in sorted(entries):
                entry = entries[seq]
                assert entry.reason.strip(), entry.move
                if before is not None:
                    assert MOVES[entry.move][before] is entry.state
                before = entry.state
            assert self.state.cases[case_id] == entries[len(entries)].case

    @invariant()
    def an_open_case_has_a_single_deadline(self) -> None:
        """Each open case has one deadline, and an ended case has no supervision."""
        for case in self.state.cases.values():
            assert case.due_at is not None
            assert case.yellow_at is not None
            assert case.yellow_at <= case.due_at
            if case.state in SETTLED_STATES - {State.RESOLVED, State.FED_BACK, State.EVALUATED}:
                assert case.case_id not in self.state.set_for

    @invariant()
    def a_volunteer_has_a_wish_that_is_under_way_or_done(self) -> None:
        """Only a wish under way or fulfilled has a volunteer."""
        for case in self.state.cases.values():
            if case.volunteer:
                assert case.wish
                assert case.accepted_at is not None
                assert case.state not in (State.RECEIVED, State.TRIAGE, State.ASSIGNED)

    @invariant()
    def every_report_is_in_a_single_case(self) -> None:
        """Each report is in exactly one unmerged case."""
        holders: dict[UUID, int] = defaultdict(int)
        for case in self.state.cases.values():
            if case.state is not State.MERGED:
                members = self.members(case)
                assert len(members) == case.report_count
                for event_id in members:
                    holders[event_id] += 1
        assert set(holders.values()) <= {1}
        assert holders.keys() == self.opened_or_joined()

    def opened_or_joined(self) -> set[UUID]:
        """Return the events that opened or joined a case, or followed one with a report."""
        return {
            event_id
            for (case_id, seq), members in self.events_of.items()
            for event_id in members
            if self.entries[case_id][seq].case.state is not State.MERGED
        }

    @invariant()
    def the_listed_reports_decide_as_all_reports_would(self) -> None:
        """Deadline, urgency, 催办 and closing follow from all reports, listed or filed."""
        for case in self.state.cases.values():
            if case.state is State.MERGED:
                continue
            filed = [each.report for each in self.state.filed.of(case.case_id)]
            reports = (*case.reports, *filed)
            assert due_of(reports, case.extensions, case.clock).due == case.due_at
            assert sum(report.follow_ups for report in reports) == case.follow_ups
            assert {report.channel for report in reports} == {r.channel for r in case.reports}
            # An answer at the very moment of the next settlement cannot be told from its own.
            if case.state in ANSWERED_STATES and case.settled_at not in {
                report.answered_at for report in filed
            }:
                assert case.filed_answered == sum(is_answered(report, case) for report in filed)

    @invariant()
    def every_answer_is_delivered(self) -> None:
        """Each reporter of a settled case has feedback on the settlement."""
        for entries in self.entries.values():
            for entry in entries.values():
                if entry.move is Move.RESOLVE:
                    informed = {
                        feedback.event_id
                        for feedback in self.feedback.values()
                        if feedback.case_id == entry.case_id and feedback.seq == entry.seq
                    }
                    assert informed == self.events_of[entry.case_id, entry.seq]


Life.TestCase.settings = settings(
    max_examples=200,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestLife = Life.TestCase


class LifeOfLargeCases(Life):
    """The same with many reports of one matter, and snapshots that list few of them."""

    LISTED = 1

    @rule(number=st.integers(2, 6), late=st.integers(0, 600))
    def crowd(self, number: int, late: int) -> None:
        """Send several reports of one matter."""
        for _ in range(number):
            self.report(
                "facility.streetlight",
                "G1",
                Urgency.ORDINARY,
                confidential=False,
                late=late,
                kind=Kind.REPORT,
            )


LifeOfLargeCases.TestCase.settings = settings(Life.TestCase.settings, max_examples=40)
TestLifeOfLargeCases = LifeOfLargeCases.TestCase
