"""More partitions than eight: a new hub has them at once, an old cluster moves its cases."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka import KafkaAdminClient

from hub.broker.connection import options
from hub.broker.producer import KafkaSender
from hub.broker.topics import OtherPartitionsError, ensure_topics
from hub.recovery.reroute import reroute
from hub.settings import Settings
from hub.store.client import Store, open_store
from hub.store.migrate import migrate
from hub.worker.restore import restore
from schemas.cloudevent import partition_of
from schemas.topic import (
    CASE_STATE,
    CASES,
    DISPOSITIONS,
    EVENTS,
    PARTITIONS,
    RULES,
    use_partitions,
)
from streams.case.state import PartitionState
from streams.steps.event import step
from tests.builders.stored import keep
from tests.builders.town import REGISTER, event
from tests.integration.parts import broker, free_port
from tests.kafka.brokers import kafka

CITY = next(f"42{n:02}00" for n in range(1, 30) if partition_of(f"42{n:02}00", 64) >= PARTITIONS)


@pytest.fixture(autouse=True)
def _usual_partitions() -> Iterator[None]:
    """Use the usual number of partitions after each test."""
    yield
    use_partitions(PARTITIONS)


def partitions(settings: Settings, topic: str) -> int:
    """Return how many partitions a topic has."""
    admin = KafkaAdminClient(**options(settings))
    rows = {row["name"]: len(row["partitions"]) for row in admin.describe_topics()}
    admin.close()
    return rows[topic]


def test_an_embedded_broker_starts_with_the_partitions_of_the_settings(tmp_path: Path) -> None:
    """Its log is empty at each start, so nothing has to be moved; a city is in one of the 64."""
    port = free_port()
    with broker(port):
        settings = Settings(data=tmp_path, broker_port=port, partitions=64)
        ensure_topics(settings)
        assert (partitions(settings, EVENTS.name), partitions(settings, RULES.name)) == (64, 1)
        record = EVENTS.record(event("a").model_copy(update={"route": CITY}))
        assert record.partition == partition_of(CITY, 64) >= PARTITIONS
        KafkaSender(settings).send_all([record])


@pytest.mark.slow
def test_a_cluster_moves_its_cases_to_more_partitions(tmp_path: Path) -> None:
    """Before the move no process starts; after it a worker of the new partition has the cases."""
    with kafka(tmp_path / "kafka") as cluster:
        store, effects = _with_one_case(tmp_path, cluster.bootstrap)
        more = Settings(data=tmp_path, kafka=cluster.bootstrap, partitions=64)
        with pytest.raises(OtherPartitionsError, match="HUB_PARTITIONS is 64"):
            ensure_topics(more)
        assert reroute(store, more, before=PARTITIONS) == 1
        store.close()
        ensure_topics(more)
        assert partitions(more, EVENTS.name) == 64
        state = asyncio.run(restore(more, partition_of(CITY, 64)))
        assert [case.case_id for case in state.cases.open()] == [effects]
        former = asyncio.run(restore(more, partition_of(CITY, PARTITIONS)))
        assert not list(former.cases.open())
        with pytest.raises(OtherPartitionsError, match="HUB_PARTITIONS is 8"):
            ensure_topics(Settings(data=tmp_path, kafka=cluster.bootstrap))


def _with_one_case(folder: Path, bootstrap: str) -> tuple[Store, object]:
    """Return a store with a case of the city, whose snapshot is also at the brokers; and its id."""
    settings = Settings(data=folder, kafka=bootstrap)
    ensure_topics(settings)
    effects = step(PartitionState(), event("a").model_copy(update={"route": CITY}), REGISTER)
    assert effects.disposition is not None
    case, sender = effects.case_events[-1].case, KafkaSender(settings)
    sender.send_all([CASE_STATE.record(case, route=CITY), DISPOSITIONS.record(effects.disposition)])
    sender.close()
    store = open_store(settings)
    migrate(store)
    keep(store, CASES.name, *effects.case_events)
    keep(store, DISPOSITIONS.name, effects.disposition)
    return store, case.case_id
