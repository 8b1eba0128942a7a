"""Collecting 收集: what people decided, and nothing that a machine decided."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.learning.collect import collect
from hub.learning.decisions import (
    CategoryDecision,
    Decision,
    How,
    PairDecision,
    UnitDecision,
    decisions_path,
    read_decisions,
)
from hub.settings import Settings
from hub.store.client import Store
from schemas.cases.case import Case, CaseEvent, Move
from schemas.reports.event import UnifiedEvent
from schemas.topic import CASES, EVENTS
from streams.case.state import PartitionState
from streams.steps import event as receive
from tests.builders.commands import ask
from tests.builders.stored import keep
from tests.builders.town import NOON, REGISTER, event

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
GARBAGE = "幸福小区门口的垃圾桶满了三天没有人清，苍蝇很多"


class Asked:
    """The store as `collect` asks it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def rows(self, sql: str, parameters: dict[str, Any] | None = None) -> Sequence[dict[str, Any]]:
        """Return the rows of a query."""
        return self._store.named(sql, parameters)


class Town:
    """A small town with its store; people decide through commands."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store, self.settings = store, Settings(data=folder)
        self.state = PartitionState()
        self._reports: list[UnifiedEvent] = []
        self._entries: list[CaseEvent] = []

    def report(self, native_id: str, **more: Any) -> Case:
        """Receive one report; return its case."""
        report: UnifiedEvent = event(native_id, **more)
        effects = receive.step(self.state, report, REGISTER)
        self.state.apply(effects)
        self._reports.append(report)
        self._entries += effects.case_events
        case = self.state.case_of(report.channel, native_id)
        assert case is not None
        return case

    def decide(self, case: Case, move: Move, **more: Any) -> Case:
        """Give a command; return the case after it."""
        present = self.state.cases[case.case_id]
        at = more.pop("now", present.updated_at + timedelta(minutes=1))
        effects = ask(self.state, present, move, at, **{"reason": "按实际情况判定", **more})
        assert effects.outcome is not None
        assert effects.outcome.accepted, effects.outcome.refusal
        self._entries += effects.case_events
        return self.state.cases[case.case_id]

    def store_all(self) -> None:
        """Store what is not stored yet, in one insert for each table."""
        if self._reports:
            keep(self.store, EVENTS.name, *self._reports)
        if self._entries:
            keep(self.store, CASES.name, *self._entries)
        self._reports, self._entries = [], []

    def collected(self, **more: Any) -> list[Decision]:
        """Return what is collected."""
        self.store_all()
        settings = self.settings.model_copy(update=more)
        collect(settings, Asked(self.store), LONG_AGO)
        return list(read_decisions(decisions_path(settings)))


@pytest.fixture
def town(store: Store, tmp_path: Path) -> Town:
    """Return an empty town."""
    return Town(store, tmp_path)


def test_a_machine_decides_nothing(town: Town) -> None:
    """A case that the rules assigned and nobody touched teaches nothing."""
    town.report("n1")
    town.report("n2", content=GARBAGE, category="environment.garbage")
    assert town.collected() == []


def test_the_category_that_a_person_sets_is_collected(town: Town) -> None:
    """With the unit, the way there, and the masked text."""
    case = town.report("n1", content=GARBAGE, category="facility.streetlight")
    data = {"unit": "U-V", "category": "environment.garbage"}
    town.decide(case, Move.HAND_OVER, data=data)
    category, unit = town.collected()
    assert isinstance(category, CategoryDecision)
    assert (category.leaf, category.how, category.by) == ("environment.garbage", How.SET, "值班员")
    assert category.telling.content == GARBAGE
    assert isinstance(unit, UnitDecision)
    assert (unit.first, unit.unit, unit.hand_overs) == ("U-T", "U-V", 1)
    assert unit.rule.startswith("lowest-tier")


def test_a_unit_that_handles_a_case_confirms_its_category(town: Town) -> None:
    """Accepted and resolved by people of the unit; accepted alone is not enough."""
    first = town.decide(town.report("n1"), Move.ACCEPT)
    assert [d.kind for d in town.collected()] == ["unit"]
    town.decide(first, Move.RESOLVE, data={"answer": "已修好"})
    category, unit = town.collected()
    assert isinstance(category, CategoryDecision)
    assert (category.how, category.leaf) == (How.HANDLED, "facility.streetlight")
    assert isinstance(unit, UnitDecision)
    assert unit.unit == unit.first == "U-T"


def test_a_returned_category_is_disputed(town: Town) -> None:
    """After a return 退单 nothing counts until somebody decides again."""
    case = town.report("n1", content=GARBAGE, category="facility.streetlight")
    town.decide(case, Move.RETURN)
    assert town.collected() == []


def test_answers_to_suggestions_are_collected(town: Town) -> None:
    """A merge says one matter; kept apart says two; each pair is written once."""
    first, second, third = (
        town.report(f"n{n}", grid=grid) for n, grid in enumerate(("G1", "G2", ""))
    )
    town.decide(first, Move.MERGE, data={"case": str(second.case_id)})
    town.decide(first, Move.KEEP_APART, data={"case": str(third.case_id)})
    pairs = [decision for decision in town.collected() if isinstance(decision, PairDecision)]
    answers = {decision.case: decision.same for decision in pairs}
    assert answers == {
        "/".join(sorted((str(first.case_id), str(second.case_id)))): True,
        "/".join(sorted((str(first.case_id), str(third.case_id)))): False,
    }


def test_a_merge_that_is_split_again_says_two_matters(town: Town) -> None:
    """The last decision counts."""
    first, second = town.report("n1", grid="G1"), town.report("n2", grid="G2")
    merged = town.decide(first, Move.MERGE, data={"case": str(second.case_id)})
    events = [str(report.event_id) for report in second.reports]
    town.decide(merged, Move.SPLIT, data={"events": events})
    pairs = [decision for decision in town.collected() if isinstance(decision, PairDecision)]
    assert [pair.same for pair in pairs] == [False]


def test_reporters_stay_in_the_store(town: Town) -> None:
    """Only whether one person sent both reports is written, not by which key he is known."""
    first = town.report("n1", grid="G1", reporter="key-of-a-person")
    second = town.report("n2", grid="G2", reporter="key-of-a-person")
    town.decide(first, Move.MERGE, data={"case": str(second.case_id)})
    (pair,) = town.collected()
    assert isinstance(pair, PairDecision)
    assert pair.same_reporter
    path = decisions_path(town.settings)
    assert "key-of-a-person" not in path.read_text(encoding="utf-8")
    assert path.stat().st_mode & 0o777 == 0o600


def test_confidential_cases_are_left_out(town: Town) -> None:
    """保密: not even their number is written."""
    case = town.report("n1", confidential=True)
    town.decide(case, Move.HAND_OVER, data={"unit": "U-V", "category": "environment.garbage"})
    assert town.collected() == []


def test_programs_are_no_persons(town: Town) -> None:
    """Nothing is learnt from the actors in HUB_LEARN_PROGRAMS."""
    case = town.report("n1", content=GARBAGE, category="facility.streetlight")
    data = {"unit": "U-V", "category": "environment.garbage"}
    town.decide(case, Move.HAND_OVER, actor="自动派单", data=data)
    assert len(town.collected()) == 2
    assert town.collected(learn_programs="别的, 自动派单") == []


def test_the_same_store_gives_the_same_file(town: Town) -> None:
    """The order is that of the cases' ids, over pages too."""
    for number in range(30):
        case = town.report(f"n{number}", content=f"{number + 1}栋{GARBAGE}", minutes=number * 30000)
        town.decide(case, Move.ACCEPT)
    town.collected()
    first = decisions_path(town.settings).read_bytes()
    town.collected()
    assert decisions_path(town.settings).read_bytes() == first
    assert first.count(b"\n") == 30


def test_pages_leave_nothing_out(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of one case gives the same decisions as a page of all."""
    cases = [
        town.report(f"n{number}", content=f"{number + 1}栋路灯不亮", minutes=number * 30000)
        for number in range(5)
    ]
    for case in cases:
        town.decide(case, Move.ACCEPT)
    town.decide(cases[0], Move.KEEP_APART, data={"case": str(cases[4].case_id)})
    whole = town.collected()
    monkeypatch.setattr("hub.learning.collect.PAGE", 1)
    assert town.collected() == whole
    assert len(whole) == 6
    assert min(decision.at for decision in whole) >= NOON
