"""The weeks before the demo 此前几周: reports, and what units and citizens did with their cases.

The steps of the worker run over drawn reports and drawn commands at drawn times. So every entry is
one that a hub could have written. Units accept and resolve most cases in time, some late; citizens
rate most answers. Townships whistle for departments, of which most arrive. The same seed and end
give the same history.
"""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from types import MappingProxyType
from uuid import UUID

from connectors.registry import load_connectors
from hub.lab.simulate.native.pack import pack
from hub.lab.simulate.registers import drawn_firms
from hub.lab.simulate.scenario.day import Submission, draw_day
from hub.lab.simulate.scenario.firms import with_firms
from hub.lab.simulate.scenario.lists import reports_about_certificates
from hub.lab.simulate.scenario.rounds import with_rounds
from hub.lab.simulate.scenario.visits import visits_to_people
from hub.publish.publisher import Publisher
from hub.runtime.metrics import Meters
from hub.security.credentials import Credentials
from hub.security.sealing import Sealer
from hub.testing import MemoryJournal
from schemas.base import Frozen, derive_id
from schemas.cases.assignment import Tier
from schemas.cases.case import Case, CaseEvent, Move, State
from schemas.cases.command import Command, Role
from schemas.cloudevent import Record, from_record
from schemas.reports.event import UnifiedEvent
from schemas.reports.fact import Urgency
from schemas.reports.raw import RawMessage
from schemas.reports.receipt import Receipt
from schemas.topic import CASES, DISPOSITIONS, EVENTS, RECEIPTS
from schemas.town.patrol import Patrols
from streams.case.deadline import add_working_hours
from streams.case.offers import assignable
from streams.case.state import Effects, PartitionState
from streams.steps import command as follow
from streams.steps import event as receive
from streams.steps import time as clock
from streams.town.register import OUTSIDE, Register

DAYS = 24
"""Days before the demo's own day, whose reports the history has."""
WORKDAY, WEEKEND = 42, 22
"""Submissions of a day, the first week's a third less: the trend rises."""
LATE, FORGOTTEN, RETURNED, RATED = 0.08, 0.03, 0.03, 0.7
"""Shares of cases: resolved late, not accepted in time, returned; of answers: rated."""
WHISTLED, ARRIVED, DEPARTMENTS = 0.12, 0.9, 6
"""Shares: of accepted cases to which the township calls a department, of calls that are answered;
and the number of departments that are called."""
ANSWERS = (
    "已派人到现场核实并处理完毕，感谢您的反映。",
    "经核实情况属实，已督促责任方整改到位。",
    "已联系您并说明情况，问题已解决。",
    "已完成维修，现场恢复正常。",
)


@dataclass(slots=True)
class _Sent:
    """Keeps what the publisher sends."""

    records: list[Record] = field(default_factory=list)

    def send_all(self, records: Sequence[Record]) -> None:
        self.records += records


@dataclass(slots=True)
class Past:
    """The history so far, and who does what next."""

    register: Register
    draw: random.Random
    calls: random.Random
    """Draws of whistles, apart from the others, so that they do not change what else happens."""
    state: PartitionState = field(default_factory=PartitionState)
    bodies: dict[str, list[Frozen]] = field(default_factory=dict)
    """The bodies of the records by topic, in order."""
    plans: list[tuple[datetime, int, Move, UUID]] = field(default_factory=list)
    """A heap: when a person does what to which case."""

    def receive(self, event: UnifiedEvent) -> None:
        """Process an event, after everything that people and timers did before it."""
        self.act_until(event.received_at)
        self._apply(receive.step(self.state, event, self.register), event.received_at)

    def act_until(self, end: datetime) -> None:
        """Do what people have planned, and what timers do, up to a time."""
        while self.plans and self.plans[0][0] <= end:
            at, _, move, case_id = heappop(self.plans)
            self._time(at)
            case = self.state.cases.get(case_id)
            if case is not None:
                self._do(case, move, at)
        self._time(end)

    def _time(self, at: datetime) -> None:
        for effects in clock.step(self.state, self.register, at):
            self._keep(effects)
            self._plan_next(effects.case_events, at)

    def _apply(self, effects: Effects, at: datetime) -> None:
        self.state.apply(effects)
        self._keep(effects)
        self._plan_next(effects.case_events, at)

    def _keep(self, effects: Effects) -> None:
        self.bodies.setdefault(CASES.name, []).extend(effects.case_events)
        if effects.disposition is not None:
            self.bodies.setdefault(DISPOSITIONS.name, []).append(effects.disposition)

    def _do(self, case: Case, move: Move, at: datetime) -> None:
        """Issue a command; one that the case refuses meanwhile has no effect."""
        fields = self._command_fields(case, move)
        if fields is None:
            return
        number = len(self.bodies.get(CASES.name, ()))
        command = Command.model_validate(
            {
                "command_id": derive_id("past", str(case.case_id), move, str(number)),
                "case_id": case.case_id,
                "move": move,
                "issued_at": at,
                "township": case.route,
                **fields,
            }
        )
        self._apply(follow.step(self.state, command, self.register, at), at)

    def _command_fields(self, case: Case, move: Move) -> dict[str, object] | None:
        if move is Move.ASSIGN:
            units = assignable(case, self.register)
            if not units:
                return None
            reason, data = "人工派单", {"unit": units[0].code}
            return {"role": Role.DISPATCHER, "actor": "派单员", "reason": reason, "data": data}
        if move is Move.FEED_BACK:
            unanswered = [r for r in case.reports if r.answered_at is None]
            if not unanswered:
                return None
            data = {"event_id": str(unanswered[0].event_id)}
            return {"role": Role.HUB, "actor": "hub", "data": data}
        if move is Move.EVALUATE:
            good = self.draw.random() < 0.87
            opinion = {"responded": True, "settled": good, "satisfied": good}
            reason = "问题已解决" if good else "问题还在"
            return {"role": Role.CALLBACK, "actor": "回访员", "reason": reason, "data": opinion}
        if move is Move.WHISTLE:
            return self._whistle(case)
        if move is Move.ARRIVE:
            return _arrival(case)
        unit = case.assignment.unit if case.assignment else ""
        if not unit:
            return None
        reason = "不属本单位职责" if move is Move.RETURN else self.draw.choice(ANSWERS)
        return {"role": Role.UNIT, "actor": unit, "unit": unit, "reason": reason}

    def _whistle(self, case: Case) -> dict[str, object] | None:
        """Return the whistle of the township of a case for a department; None without one."""
        units, area = self.register.units, case.division_code[:9]
        township = next((u for u in units if u.tier is Tier.TOWNSHIP and u.area == area), None)
        known = [u.code for u in units if u.tier is Tier.COUNTY and u.unit_type != OUTSIDE]
        if township is None or not known:
            return None
        data = {"kind": "general", "units": [self.calls.choice(known[:DEPARTMENTS])]}
        sender = {"role": Role.DISPATCHER, "actor": township.name, "unit": township.code}
        return {**sender, "reason": "请部门到现场会商", "data": data}

    def _plan_next(self, entries: Iterable[CaseEvent], at: datetime) -> None:
        for entry in entries:
            for move, when in (*self._next(entry, at), *self._calls(entry, at)):
                heappush(self.plans, (when, len(self.plans), move, entry.case_id))

    def _next(self, entry: CaseEvent, at: datetime) -> Iterator[tuple[Move, datetime]]:
        """Yield what a person does next about a case, and when."""
        draw, case = self.draw, entry.case
        if entry.move in (Move.ASSIGN, Move.HAND_OVER):
            if draw.random() >= FORGOTTEN:
                move = Move.RETURN if draw.random() < RETURNED else Move.ACCEPT
                yield move, _soon(case, at, draw.uniform(0.2, 3.5))
        elif entry.move in (Move.TIME_OUT, Move.RETURN, Move.TRIAGE):
            yield Move.ASSIGN, _soon(case, at, draw.uniform(0.3, 6))
        elif entry.move is Move.ACCEPT:
            yield Move.RESOLVE, self._resolved_at(case, at)
        elif entry.move is Move.RESOLVE:
            for _ in case.reports:
                yield Move.FEED_BACK, at + timedelta(minutes=draw.uniform(1, 9))
            if draw.random() < RATED:
                yield Move.EVALUATE, at + timedelta(hours=draw.uniform(4, 40))
        elif entry.move is Move.REOPEN and case.state is State.RECEIVED:
            yield Move.ASSIGN, add_working_hours(at, draw.uniform(0.3, 4))

    def _calls(self, entry: CaseEvent, at: datetime) -> Iterator[tuple[Move, datetime]]:
        """Yield the whistle that follows an acceptance, and the arrival that follows a whistle."""
        if entry.move is Move.ACCEPT and self.calls.random() < WHISTLED:
            yield Move.WHISTLE, _soon(entry.case, at, self.calls.uniform(0.1, 1))
        elif entry.move is Move.WHISTLE and self.calls.random() < ARRIVED:
            yield Move.ARRIVE, _soon(entry.case, at, self.calls.uniform(0.5, 9))

    def _resolved_at(self, case: Case, at: datetime) -> datetime:
        due = case.due_at or at + timedelta(days=3)
        left = max(due - at, timedelta(hours=1))
        if self.draw.random() < LATE:
            return due + timedelta(hours=self.draw.uniform(3, 50))
        return at + left * self.draw.triangular(0.02, 0.97, 0.3)


def _arrival(case: Case) -> dict[str, object] | None:
    """Return the arrival of the first department that has not arrived; None if all have."""
    waiting = [unit for w in case.whistles for unit in w.units if unit not in w.arrived]
    if not waiting:
        return None
    return {"role": Role.UNIT, "actor": waiting[0], "unit": waiting[0], "reason": "已到现场"}


def _soon(case: Case, at: datetime, hours: float) -> datetime:
    """Return a time after some office hours; for an urgent case after minutes, day and night."""
    if case.urgency is Urgency.URGENT:
        return at + timedelta(minutes=10 * hours)
    return add_working_hours(at, hours)


def make_past(
    register: Register,
    patrols: Patrols,
    sealer: Sealer,
    credentials: Credentials,
    end: datetime,
    seed: int,
    people: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, list[Frozen]]:
    """Return the bodies of the records of the weeks before `end`, by topic.

    `people` are the grids of the people who are visited, by their codes in the register.
    """
    past = Past(register, random.Random(f"{seed}/past"), random.Random(f"{seed}/calls"))
    places = [place for place in register.town.places if place.lon is not None]
    firms = drawn_firms(register.town)
    publisher, sent = _publisher(register, sealer, credentials)
    for day in range(DAYS, 0, -1):
        evening = end - timedelta(days=day)
        count = WORKDAY if evening.weekday() < 5 else WEEKEND
        count = count * 2 // 3 if day > DAYS * 2 // 3 else count
        reports = with_firms(draw_day(places, seed + day, count, evening), firms, seed + day)
        drawn = with_rounds(list(reports), patrols, seed + day)
        drawn += reports_about_certificates(places, day, evening, seed)
        drawn += visits_to_people(people, places, patrols, day, evening, seed)
        drawn.sort(key=lambda submission: submission.at)
        for event in _events(publisher, sent, drawn, past):
            past.receive(event)
    past.act_until(end)
    return past.bodies


def _publisher(
    register: Register, sealer: Sealer, credentials: Credentials
) -> tuple[Publisher, _Sent]:
    sent = _Sent()
    publisher = Publisher(
        routes=MemoryJournal(),
        connectors=load_connectors(),
        contexts=credentials.contexts(),
        register=register,
        sealer=sealer,
        sender=sent,
        meters=Meters(),
    )
    return publisher, sent


def _events(
    publisher: Publisher, sent: _Sent, drawn: Sequence[Submission], past: Past
) -> Iterator[UnifiedEvent]:
    """Yield the events of submissions, each received when it was sent; keep their receipts."""
    for submission in drawn:
        if submission.rubbish:
            continue
        (message, *_) = pack([submission])
        raw = RawMessage(
            receipt_id=derive_id("past", submission.channel, submission.number),
            channel=message.channel,
            transport=message.transport,
            received_at=submission.at + timedelta(seconds=5),
            content_type=message.content_type,
            headers=dict(message.headers),
            body=message.body,
        )
        sent.records.clear()
        publisher.publish([raw])
        of: dict[str, type[Frozen]] = {EVENTS.name: UnifiedEvent, RECEIPTS.name: Receipt}
        if any(record.topic not in of for record in sent.records):
            # The bytes of this channel are enciphered only while they are sent.
            continue
        for record in sent.records:
            body: Frozen = from_record(of[record.topic], record.value)
            past.bodies.setdefault(record.topic, []).append(body)
            if isinstance(body, UnifiedEvent):
                yield body
