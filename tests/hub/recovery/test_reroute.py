"""Moving the cases of a cluster whose routes were townships."""

from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from hub.admin.messages.reroute import reroute_cases
from hub.recovery import reroute as module
from hub.recovery.reroute import reroute
from hub.runtime.errors import HubError
from hub.settings import Settings
from hub.store.client import Store
from schemas.cases.case import Case
from schemas.cloudevent import Record, from_record, partition_of
from schemas.topic import (
    CASE_REPORTS,
    CASE_STATE,
    CASES,
    DISPOSITIONS,
    PARTITIONS,
    use_partitions,
)
from streams.case.reports.sample import filings_of
from streams.case.state import PartitionState
from streams.steps.event import step
from tests.builders.stored import keep
from tests.builders.town import REGISTER, event

TOWNSHIP, CITY = "421299001", "421200"
CITIES = [f"42{number:02}00" for number in range(1, 30)]
BEFORE = partition_of(TOWNSHIP, CASE_STATE.partitions)
TODAY = partition_of(CITY, CASE_STATE.partitions)


class FakeSender:
    """Keeps what is sent, in order."""

    sent: list[tuple[str, bytes, int, bytes | None]]

    def __init__(self, _: Any) -> None:
        """Ignore the settings."""

    def send_all(self, records: Sequence[Record]) -> None:
        """Keep records."""
        self.sent += [(r.topic, r.key, r.partition, r.value) for r in records]

    def delete_all(self, topic: str, keys: Iterable[tuple[bytes, int]]) -> None:
        """Keep tombstones."""
        self.sent += [(topic, key, partition, None) for key, partition in keys]

    def close(self) -> None:
        """Do nothing."""


def test_a_case_moves_from_the_partition_of_its_township_to_that_of_its_city(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The snapshot comes first, then the tombstone; a case of today stays where it is."""
    assert BEFORE != TODAY
    old, new = (
        event(name).model_copy(update={"route": route})
        for name, route in (("a", TOWNSHIP), ("b", CITY))
    )
    for report in (old, new):
        effects = step(PartitionState(), report, REGISTER)
        keep(store, CASES.name, *effects.case_events)
        assert effects.disposition is not None
        keep(store, DISPOSITIONS.name, effects.disposition)
        case = effects.case_events[-1].case
        keep(store, CASE_REPORTS.name, *filings_of(case.case_id, case.seq, case.reports))
    FakeSender.sent = []
    monkeypatch.setattr(module, "KafkaSender", FakeSender)
    monkeypatch.setattr(module, "ensure_topics", lambda *_, **__: None)
    assert reroute(store, Settings(), CASE_STATE.partitions) == 1
    states = [sent for sent in FakeSender.sent if sent[0] == CASE_STATE.name]
    (moved, deleted) = states
    assert moved[3] is not None
    assert from_record(Case, moved[3]).reports[0].native_id == "a"
    assert (moved[2], deleted) == (TODAY, (CASE_STATE.name, moved[1], BEFORE, None))
    assert {sent[2] for sent in FakeSender.sent if sent[0] == DISPOSITIONS.name} <= {TODAY}
    filed = [sent for sent in FakeSender.sent if sent[0] == CASE_REPORTS.name]
    assert [(key, partition) for _, key, partition, _ in filed] == [
        (str(old.event_id).encode(), TODAY),
        (str(old.event_id).encode(), BEFORE),
    ]
    assert [value is None for _, _, _, value in filed] == [False, True]


def test_more_partitions_move_the_cities_that_have_another_one(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From 8 to 64, a city moves with its cases, unless its partition stays the same."""
    moving, staying = (
        next(city for city in CITIES if (partition_of(city, 64) >= 8) is moves)
        for moves in (True, False)
    )
    for city in (moving, staying):
        effects = step(PartitionState(), event(city).model_copy(update={"route": city}), REGISTER)
        keep(store, CASES.name, *effects.case_events)
    FakeSender.sent = []
    monkeypatch.setattr(module, "KafkaSender", FakeSender)
    monkeypatch.setattr(module, "ensure_topics", lambda *_, **__: None)
    settings = Settings(partitions=64)
    try:
        assert reroute(store, settings, before=8) == 1
    finally:
        use_partitions(PARTITIONS)
    state, deleted = FakeSender.sent
    assert state[2] == partition_of(moving, 64)
    assert deleted == (CASE_STATE.name, state[1], partition_of(moving, 8), None)


def test_partitions_are_never_taken_away() -> None:
    """A smaller number is refused: records of a topic stay in their partitions."""
    with pytest.raises(HubError, match="never taken away"):
        reroute_cases(Settings(kafka="localhost:1"), before=64)
