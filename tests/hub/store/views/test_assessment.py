"""Assessment: every figure, recomputed in plain Python from the entries of the cases."""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from hub.admin.assess import FIGURES
from hub.store.client import Store
from schemas.base import BEIJING
from schemas.cases.case import MOVES, Case, CaseEvent, Move, State
from schemas.channel import Channel
from schemas.reports.fact import Kind, Urgency
from schemas.reports.receipt import Disposition, Outcome
from schemas.topic import CASES, DISPOSITIONS, EVENTS
from streams.case.state import PartitionState
from streams.steps import command as follow
from streams.steps import event as receive
from streams.steps import time as clock
from tests.builders.commands import command
from tests.builders.stored import keep
from tests.builders.town import NOON, REGISTER, event
from tests.hub.conftest import emptied

ROOT = Path(__file__).parents[4]
MATTERS = (
    ("facility.streetlight", "幸福小区门口的路灯不亮"),
    ("environment.garbage", "幸福小区垃圾堆了一个星期没有人清运"),
    ("market.food", "幸福小区超市卖过期食品"),
)
MOVED = (
    *(Move.ACCEPT, Move.RESOLVE, Move.RESOLVE, Move.FEED_BACK, Move.EVALUATE, Move.RETURN),
    *(Move.EXTEND, Move.WHISTLE, Move.ARRIVE, Move.ASSIGN, Move.SUSPEND, Move.RESUME, Move.REOPEN),
)
ONWARDS = (Move.ASSIGN, Move.ACCEPT, Move.RESOLVE, Move.FEED_BACK, Move.EVALUATE, Move.RESUME)
ENDS = (State.CLOSED, State.MERGED, State.WITHDRAWN)
Line = tuple[str, UUID, datetime, str, str, bool]
"""Figure, case, moment, unit, grid, whether the outcome is good."""


def lives(seed: int) -> list[CaseEvent]:
    """Return the entries of cases that random commands and time have moved for most of a year."""
    draw, state, entries_of_cases, now = (
        random.Random(seed),
        PartitionState(),
        list[CaseEvent](),
        NOON,
    )

    def take(effects: Any) -> None:
        state.apply(effects)
        entries_of_cases.extend(effects.case_events)

    for number in range(2500):
        now += timedelta(minutes=draw.choice((5, 30, 120, 400)))
        for effects in clock.step(state, REGISTER, now):
            entries_of_cases.extend(effects.case_events)
        if number % 20 == 0:
            category, text = draw.choice(MATTERS)
            report = event(
                f"n{number}",
                category=category,
                content=text + str(number),
                name="",
                grid=draw.choice(("G1", "G2", "")),
                confidential=draw.random() < 0.7,
                urgency=draw.choice(list(Urgency)),
                reporter=f"r{draw.randrange(9)}",
            )
            report = report.model_copy(update={"received_at": now, "occurred_at": now})
            take(receive.step(state, report, REGISTER))
            continue
        case = draw.choice(
            [case_open for case_open in state.cases.values() if case_open.state not in ENDS]
        )
        if draw.random() < 0.1:
            urging = event(case.reports[0].native_id, kind=Kind.FOLLOW_UP, revision=f"u{number}")
            urging = urging.model_copy(update={"received_at": now, "occurred_at": now})
            take(receive.step(state, urging, REGISTER))
            continue
        possible = [move for move in MOVED if case.state in MOVES[move]]
        onwards = [move for move in possible if move in ONWARDS]
        if possible:
            move = draw.choice(onwards if onwards and draw.random() < 0.6 else possible)
            called = any(not whistle.arrived for whistle in case.whistles)
            if called and Move.ARRIVE in possible and draw.random() < 0.5:
                move = Move.ARRIVE
            take(follow.step(state, _asked(case, move, draw), REGISTER, now))
    return entries_of_cases


def _asked(case: Case, move: Move, draw: random.Random) -> Any:
    data: dict[str, Any] = {
        Move.EVALUATE: {
            "settled": draw.random() < 0.5,
            "responded": draw.random() < 0.8,
            **draw.choice(({}, {"satisfied": True}, {"satisfied": False})),
        },
        Move.WHISTLE: {"kind": draw.choice(("general", "hard", "urgent")), "units": ["U-C"]},
        Move.ARRIVE: {"unit": "U-C"},
        Move.ASSIGN: {"unit": draw.choice(("U-V", "U-T"))},
        Move.FEED_BACK: {"event_id": str(case.reports[0].event_id)},
    }.get(move, {})
    return command(case, move, reason="如此", data=data)


def unit_of(case: Case) -> str:
    """Return the unit that is answerable for a case, if the town has it."""
    assignment = case.assignment
    return assignment.unit if assignment and not assignment.handed_over else ""


def expected(entries: list[CaseEvent]) -> Iterator[Line]:
    """Yield every occasion, by the definition of each figure."""
    by_case: dict[UUID, list[CaseEvent]] = defaultdict(list)
    for entry in entries:
        by_case[entry.case_id].append(entry)
    for case_id, life in by_case.items():
        life.sort(key=lambda entry: entry.seq)
        for before, after in pairwise(life):
            for figure, unit, good in _occasions(before, after):
                yield figure, case_id, after.at, unit, after.case.grid_code, good
        last = life[-1].case
        for whistle in last.whistles:
            for unit in whistle.units:
                arrived = whistle.arrived.get(unit)
                if arrived or unit in whistle.late:
                    at = arrived or whistle.report_by
                    good = at <= whistle.report_by and arrived is not None
                    yield "whistle", case_id, at, unit, last.grid_code, good
        yield from _evaluations(case_id, life)


def _occasions(before: CaseEvent, after: CaseEvent) -> Iterator[tuple[str, str, bool]]:
    had, has = unit_of(before.case), unit_of(after.case)
    if after.move is Move.ACCEPT:
        limit = before.case.accept_by
        yield "acceptance", has, limit is None or after.at <= limit
    elif after.move is Move.TIME_OUT:
        yield "acceptance", had, False
    elif after.move is Move.RESOLVE and has:
        limit = after.case.due_at
        yield "settlement", has, limit is None or after.at <= limit
    elif after.move is Move.SUPERVISE and after.data.get("timer") == "red":
        yield "overdue", has, False
    elif after.move is Move.RETURN:
        yield "return", had, False
    elif after.move is Move.EXTEND:
        yield "extension", has, False
    elif after.move is Move.FOLLOW_UP and has:
        yield "urging", has, False
    elif after.move is Move.REOPEN and had:
        yield "reopening", had, False


def _evaluations(case_id: UUID, life: list[CaseEvent]) -> Iterator[Line]:
    """Yield the three rates: a round's last evaluation counts, for the unit that settled it."""
    rounds = {e.case.reopenings: e for e in life if e.move is Move.EVALUATE and e.case.evaluation}
    for entry in rounds.values():
        evaluation, unit, grid = entry.case.evaluation, unit_of(entry.case), entry.case.grid_code
        assert evaluation is not None
        yield "response", case_id, entry.at, unit, grid, evaluation.responded
        yield "solution", case_id, entry.at, unit, grid, evaluation.settled
        if evaluation.satisfied is not None:
            yield "satisfaction", case_id, entry.at, unit, grid, evaluation.satisfied


@pytest.fixture(scope="module")
def entries() -> list[CaseEvent]:
    """Return the random entries."""
    return lives(6)


@pytest.fixture(scope="module")
def filled(engine: Store, entries: list[CaseEvent]) -> Store:
    """Return the store with all entries, in another order, a third of them twice.

    The tests of this module only read them.
    """
    store = emptied(engine)
    draw = random.Random(1)
    report = [*entries, *draw.sample(entries, len(entries) // 3)]
    draw.shuffle(report)
    for half in (report[: len(report) // 2], report[len(report) // 2 :]):
        keep(store, CASES.name, *half)
    return store


def milli(at: datetime) -> datetime:
    """Return a moment as the store keeps it."""
    return at.astimezone(BEIJING).replace(microsecond=at.microsecond // 1000 * 1000)


def test_the_list_follows_from_the_entries(filled: Store, entries: list[CaseEvent]) -> None:
    """Row by row, for each figure; each figure has occasions of both outcomes."""
    wanted = Counter((f, c, milli(at), u, g, good) for f, c, at, u, g, good in expected(entries))
    rows = filled.rows("SELECT figure, case_id, at, unit, grid_code, good FROM assessed")
    entries_of_cases = Counter(
        (f, c, at.astimezone(BEIJING), u, g, bool(good)) for f, c, at, u, g, good in rows
    )
    assert entries_of_cases == wanted
    seen = {(line[0], line[5]) for line in entries_of_cases}
    for figure in ("settlement", "response", "solution", "satisfaction", "acceptance", "whistle"):
        assert {(figure, True), (figure, False)} <= seen, figure
    assert {"overdue", "return", "extension", "urging", "reopening"} <= {name for name, _ in seen}


@pytest.mark.parametrize(
    ("view", "column", "index"),
    [("assessment_by_unit", "unit", 3), ("assessment_by_grid", "grid_code", 4)],
)
def test_each_figure_counts_its_list(
    filled: Store, entries: list[CaseEvent], view: str, column: str, index: int
) -> None:
    """It counts by month in Beijing time; the same filter on `assessed` gives its cases."""
    wanted: dict[tuple[str, str, str], list[bool]] = defaultdict(list)
    for line in expected(entries):
        if line[index] or column == "unit":
            month = line[2].astimezone(BEIJING).strftime("%Y-%m-01")
            wanted[line[0], month, str(line[index])].append(line[5])
    rows = filled.rows(
        f"SELECT figure, toString(month), {column}, occasions, well, rate FROM {view}"
    )
    assert {(f, m, k): (n, well) for f, m, k, n, well, _ in rows} == {
        key: (len(goods), sum(goods)) for key, goods in wanted.items()
    }
    assert all(rate == well / n for *_, n, well, rate in rows)
    assert len({m for _, m, *_ in rows}) > 1


def test_the_year_of_a_unit_is_a_single_row(filled: Store, entries: list[CaseEvent]) -> None:
    """Counts and rates are in one row; without an occasion there is no rate."""
    lines = [line for line in expected(entries) if line[3] == "U-T"]
    (year,) = filled.named("SELECT * FROM assessment_by_unit_year WHERE unit = 'U-T'")
    in_time = [line[5] for line in lines if line[0] == "settlement"]
    assert year["settlements"] == len(in_time)
    assert year["settled_in_time"] == pytest.approx(sum(in_time) / len(in_time))
    assert year["returns"] == sum(line[0] == "return" for line in lines)
    assert (year["whistles"], year["reported_in_time"]) == (0, None)


def test_631_drifts_from_month_to_month(filled: Store, entries: list[CaseEvent]) -> None:
    """It has the shares of settled cases, and the change of the village's share by month."""
    last = {e.case_id: e.case for e in sorted(entries, key=lambda entry: entry.seq)}
    tiers: dict[tuple[str, str], list[str]] = defaultdict(list)
    for case in last.values():
        if case.settled_at:
            month = case.settled_at.astimezone(BEIJING).strftime("%Y-%m-01")
            tiers[case.division_code[:9], month].append(str(case.settled_tier))
    wanted, before = [], dict[str, float]()
    for (township, month), settled in sorted(tiers.items()):
        share = sum(tier in ("grid", "village") for tier in settled) / len(settled)
        drift = share - before[township] if township in before else None
        before[township] = share
        wanted.append((township, month, len(settled), share, drift))
    rows = filled.rows(
        "SELECT township, toString(month), settled, village_share, village_drift"
        " FROM share_631_drift ORDER BY township, month"
    )
    assert rows == wanted
    assert any(drift is not None for *_, drift in wanted)


def test_a_worker_has_their_own_reports(filled: Store, entries: list[CaseEvent]) -> None:
    """Reports and wishes count, checks do not; a report is settled when its case is."""
    cases = {entry.case_id: entry.case for entry in sorted(entries, key=lambda e: e.seq)}
    settled = next(case for case in cases.values() if case.settled_at)
    unsettled = next(case for case in cases.values() if not case.settled_at)
    for number, (kind, case) in enumerate(
        ((Kind.REPORT, settled), (Kind.WISH, unsettled), (Kind.PATROL_CHECK, None))
    ):
        report = event(f"p{number}", channel=Channel.GRID_PATROL, kind=kind)
        report = report.model_copy(update={"native": {"workerId": "W-1"}})
        keep(filled, EVENTS.name, report)
        if case is not None:
            disposition = Disposition(
                event_id=report.event_id,
                receipt_id=report.receipt_id,
                channel=report.channel,
                route=report.route,
                outcome=Outcome.OPENED,
                case_id=case.case_id,
                at=report.received_at,
            )
            keep(filled, DISPOSITIONS.name, disposition)
    rows = filled.rows("SELECT worker, found, settled_of_them FROM assessment_by_worker")
    assert rows == [("W-1", 2, 1)]


def test_every_view_and_figure_is_documented() -> None:
    """Each view and figure has a description."""
    text = (ROOT / "docs/assessment.md").read_text(encoding="utf-8")
    disposition = (ROOT / "hub/store/migrations/0010_assessment.sql").read_text(encoding="utf-8")
    views = re.findall(r"CREATE OR REPLACE VIEW (\w+)", disposition)
    assert views
    assert [name for name in (*views, *FIGURES) if f"`{name}`" not in text] == []
    assert set(re.findall(r"SELECT '(\w+)'", disposition)) == set(FIGURES)
    assert [name for name in FIGURES.values() if name not in text] == []
