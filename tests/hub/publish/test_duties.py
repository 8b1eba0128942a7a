"""Patrols and visits: due and done duties, recomputed in plain Python, and their publication."""

import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner

from hub.cli.community.patrols import patrols
from hub.publish.duties import DutyPublisher
from hub.settings import Settings
from hub.store.client import Store
from hub.store.registers import store_registers
from schemas.base import BEIJING
from schemas.cases.case import Move, State
from schemas.cloudevent import Record, from_record
from schemas.reports.fact import Kind, Urgency
from schemas.topic import CASES, DUTIES, EVENTS
from schemas.town.patrol import (
    Does,
    Duty,
    DutyOutcome,
    Every,
    Patrols,
    Plan,
)
from streams.case.state import PartitionState
from streams.steps import command as follow
from streams.steps import event as receive
from tests.builders.commands import command
from tests.builders.stored import keep
from tests.builders.town import REGISTER, TOWN, event
from tests.hub.publish.expected_duties import (
    HOMES,
    PATROLS,
    PLANS,
    ROOT,
    WORKERS,
    Line,
    expected,
    midnight,
    period,
    rounds,
    seen,
)


def lines(store: Store, where: str = "case_id IS NULL") -> list[Line]:
    """Return the rows of the view."""
    rows = store.rows(
        "SELECT plan, subject, worker, begins, ends, done_at, done_by, outcome FROM duties"
        f" WHERE {where}"
    )
    return [
        (plan, subject, worker, begins, ends, done and done.astimezone(BEIJING), by, outcome)
        for plan, subject, worker, begins, ends, done, by, outcome in rows
    ]


@pytest.fixture
def town(store: Store) -> Store:
    """Return the store with registers and plans."""
    store_registers(store, TOWN, PATROLS, datetime.now(UTC))
    return store


@pytest.mark.parametrize("seed", [1, 2])
def test_due_duties_follow_the_plans(town: Store, seed: int) -> None:
    """Each row has period, worker and outcome, also with late and repeated uploads."""
    reports = rounds(random.Random(seed))
    keep(town, EVENTS.name, *reports)
    again = [
        item.model_copy(update={"received_at": item.received_at + timedelta(3)}) for item in reports
    ]
    keep(town, EVENTS.name, *again[::2])
    wanted = Counter(expected(reports))
    assert Counter(lines(town)) == wanted
    by_plan: dict[str, set[str]] = defaultdict(set)
    for line in wanted:
        by_plan[line[0]].add(line[7])
    assert all(outcomes == {"done", "missed"} for outcomes in by_plan.values()), by_plan
    assert {line[2] for line in wanted} == {"W-1", "W-2", "W-3", ""}


def test_coverage_counts_the_same_list(town: Store) -> None:
    """Counts by grid, worker and township equal `duties` with the same filter."""
    reports = rounds(random.Random(3))
    keep(town, EVENTS.name, *reports)
    wanted = list(expected(reports))
    homes = {home.code: home.grid_code for home in HOMES}
    for view, column, key in (
        ("grid", "grid_code", lambda line: homes.get(line[1], line[1])),
        ("worker", "worker", lambda line: line[2]),
        ("township", "township", lambda _: "421299001"),
    ):
        due = Counter((line[0], key(line), line[3].date()) for line in wanted)
        missed = Counter(
            (line[0], key(line), line[3].date()) for line in wanted if line[7] == "missed"
        )
        rows = town.rows(
            f"SELECT plan, {column}, day, due, done, missed, open, rate FROM coverage_by_{view}"
        )
        assert {row[:3]: row[3] for row in rows} == due
        assert {row[:3]: row[5] for row in rows if row[5]} == missed
        assert all(
            done + missed_ == due_ and not open_ and rate == done / due_
            for *_, due_, done, missed_, open_, rate in rows
        )


def opened(number: int, at: datetime, state: PartitionState, **more: Any) -> tuple[Any, UUID]:
    """Return the entries of a case that a report opens."""
    reports = event(f"m{number}", minutes=0, name="", **more)
    reports = reports.model_copy(update={"received_at": at, "occurred_at": at})
    effects = receive.step(state, reports, REGISTER)
    state.apply(effects)
    return list(effects.case_events), effects.case_events[0].case_id


def test_a_matter_is_attended_in_time_or_not(town: Store) -> None:
    """Only a check in time that names the case counts, not a visit or a check of another case."""
    state, at = PartitionState(), midnight(date(2026, 3, 5)) + timedelta(hours=9)
    dispute = {"category": "dispute.neighbour", "confidential": False}
    reports, case, results = [], {}, []
    for number, more in enumerate(
        (
            {**dispute, "content": "楼上漏水两家吵起来了"},
            {**dispute, "content": "宅基地边界争执不下", "grid": "G2"},
            {**dispute, "content": "夫妻打架", "confidential": True},
            {"category": "facility.gas", "content": "煤气味很大", "urgency": Urgency.URGENT},
            {"category": "facility.road", "content": "路面坑洼"},
            {**dispute, "content": "邻居噪音", "grid": ""},
            {**dispute, "content": "兄弟为赡养老人争吵"},
        )
    ):
        entries, case[number] = opened(number, at, state, **more)
        results += entries
    withdrawn = follow.step(
        state, command(state.cases[case[6]], Move.WITHDRAW, reason="已和解"), REGISTER, at
    )
    results += withdrawn.case_events
    assert results[-1].state is State.WITHDRAWN
    hour = timedelta(hours=1)
    for number, attended, kind, after in (
        (1, 0, Kind.VISIT, hour),
        (2, 0, Kind.PATROL_CHECK, 25 * hour),
        (3, 1, Kind.PATROL_CHECK, 3 * hour),
        (4, 1, Kind.PATROL_CHECK, 2 * hour),
        (5, 3, Kind.PATROL_CHECK, 2 * hour),
        (6, 4, Kind.PATROL_CHECK, hour),
    ):
        check = seen(number, kind, at + after, hour, grid="G1", worker=f"W-{number}")
        reports.append(check.model_copy(update={"attends": case[attended]}))
    keep(town, CASES.name, *results)
    keep(town, EVENTS.name, *reports)
    day = {"begins": at, "ends": at + 24 * hour}
    assert Counter(lines(town, "case_id IS NOT NULL")) == Counter(
        [
            ("disputes", str(case[0]), "W-3", *day.values(), None, "", "missed"),
            ("disputes", str(case[1]), "", *day.values(), at + 2 * hour, "W-4", "done"),
            ("urgent", str(case[3]), "W-3", at, at + 1.5 * hour, None, "", "missed"),
        ]
    )


class Sent:
    """A broker that keeps all records."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def send_all(self, records: Sequence[Record]) -> None:
        """Keep all records."""
        self.records.extend(records)

    def duties(self) -> list[Duty]:
        """Return the published duties, and forget them."""
        reports, self.records = self.records, []
        return [from_record(Duty, record.value) for record in reports]


def test_each_past_duty_is_published_once_and_corrected_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until they are stored, duties are repeated with equal ids; a late upload corrects one."""
    monkeypatch.setattr("hub.publish.duties.PAGE", 4)
    now = datetime.now(UTC)
    today = now.astimezone(BEIJING).date()
    plan = Plan(
        id="daily",
        name="每日巡查",
        does=Does.CHECK,
        every=Every.DAY,
        since=today - timedelta(days=5),
        until=today - timedelta(days=1),
    )
    store_registers(store, TOWN, Patrols(WORKERS, (), (plan,), ()), now)
    noon = midnight(today - timedelta(days=3)) + timedelta(hours=12)
    keep(store, EVENTS.name, seen(1, Kind.PATROL_CHECK, noon, timedelta(), grid="G1", worker="W-3"))
    sent = Sent()
    publisher = DutyPublisher(store, sent)
    assert publisher.publish() == 10
    ids = {dict(record.headers)["ce_id"] for record in sent.records}
    reports = sent.duties()
    assert Counter((item.grid_code, item.outcome) for item in reports) == {
        ("G1", DutyOutcome.DONE): 1,
        ("G1", DutyOutcome.MISSED): 4,
        ("G2", DutyOutcome.MISSED): 5,
    }
    assert {item.worker for item in reports if item.grid_code == "G1"} == {"W-3"}
    publisher.publish()
    assert {dict(record.headers)["ce_id"] for record in sent.records} == ids
    assert len(ids) == len(sent.duties()) == 10
    keep(store, DUTIES.name, *reports)
    assert publisher.publish() == 0
    keep(store, EVENTS.name, seen(2, Kind.PATROL_CHECK, noon, timedelta(2), grid="G2"))
    assert publisher.publish() == 1
    (mended,) = sent.duties()
    (before,) = [item for item in reports if item.duty_id == mended.duty_id]
    assert (before.outcome, mended.outcome) == (DutyOutcome.MISSED, DutyOutcome.DONE)
    keep(store, DUTIES.name, mended)
    assert publisher.publish() == 0


def test_an_open_period_is_not_missed(store: Store) -> None:
    """A duty is missed only after its period; done counts at once; plans begin when first seen."""
    now = datetime.now(UTC)
    today = now.astimezone(BEIJING).date()
    quarter = Plan(id="q", name="每季", does=Does.VISIT, every=Every.QUARTER)
    ahead = Plan(id="a", name="将来", does=Does.VISIT, every=Every.DAY, since=today + timedelta(9))
    for later in (timedelta(), timedelta(days=1)):
        # The second start does not change the beginning of the plan.
        store_registers(store, TOWN, Patrols((), (), (quarter, ahead), ()), now + later)
    assert store.rows("SELECT since FROM plans WHERE id = 'q'") == [(today,)]
    first, after = period(Every.QUARTER, today)
    keep(store, EVENTS.name, seen(1, Kind.VISIT, midnight(first), timedelta(), grid="G1"))
    rows = store.rows("SELECT plan, subject, begins, ends, outcome FROM duties ORDER BY subject")
    assert [row for row in rows if row[2] == midnight(first)] == [
        ("q", "G1", midnight(first), midnight(after), "done"),
        ("q", "G2", midnight(first), midnight(after), "open"),
    ]
    assert {row[0] for row in rows} == {"q"}


def test_removed_register_entries_are_deleted(store: Store) -> None:
    """A household that has moved away is no longer due."""
    now = datetime.now(UTC)
    store_registers(store, TOWN, PATROLS, now)
    store_registers(store, TOWN, Patrols(WORKERS, HOMES[:1], PLANS[:1], ()), now)
    assert store.rows("SELECT code FROM households") == [("H1",)]
    assert store.rows("SELECT id FROM plans") == [("daily",)]
    assert store.rows("SELECT count() FROM grids") == [(2,)]


def test_the_command_line_lists_missed_duties(town: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """It filters by plan, worker and days, in Chinese, or as JSON with the store's own words."""

    def ask(_: Settings, sql: str, value: dict[str, Any]) -> list[dict[str, Any]]:
        return town.named(sql, value)

    monkeypatch.setattr("hub.admin.community.patrols.ask_store", ask)
    keep(town, EVENTS.name, *rounds(random.Random(1)))
    days = ["--plan", "daily", "--since", "2026-03-01", "--until", "2026-03-03"]
    shown = CliRunner().invoke(
        patrols, ["ls", *days, "--outcome", "missed", "--worker", "W-2", "--json"]
    )
    lost = [json.loads(line) for line in shown.output.splitlines()]
    assert {(item["worker"], item["outcome"]) for item in lost} <= {("W-2", "missed")}
    counted = CliRunner().invoke(patrols, ["coverage", *days, "--by", "worker", "--json"])
    lines = [json.loads(line) for line in counted.output.splitlines()]
    mine = [line for line in lines if line["worker"] == "W-2"]
    assert [line["day"] for line in mine] == ["2026-03-01", "2026-03-02", "2026-03-03"]
    assert sum(line["missed"] for line in mine) == len(lost) > 0
    table = CliRunner().invoke(patrols, ["ls", *days])
    assert "应走未走" in table.output
    assert table.exit_code == 0


def test_every_view_and_column_is_documented() -> None:
    """Each view and column has a description."""
    text = (ROOT / "docs/patrols.md").read_text(encoding="utf-8")
    check = [
        (ROOT / "hub/store/migrations" / name).read_text(encoding="utf-8")
        for name in ("0013_duties.sql", "0018_duties_since.sql")
    ]
    views = set(re.findall(r"CREATE OR REPLACE VIEW (\w+)", "".join(check)))
    views -= set(re.findall(r"DROP VIEW IF EXISTS (\w+)", check[1]))
    assert views
    assert [name for name in (*views, *Every, *Plan.model_fields) if f"`{name}`" not in text] == []
