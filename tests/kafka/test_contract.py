"""The broker contract, tested on the embedded broker, Apache Kafka and `hub.testing`."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.admin import ConfigResource

from hub.broker.connection import options
from hub.broker.producer import KafkaSender
from hub.broker.topics import COMPACTED, ensure_topics
from hub.recovery.replay import Window, values_of_topics
from hub.settings import Settings
from schemas.cases.case import CaseEvent
from schemas.cloudevent import Record
from schemas.reports.event import UnifiedEvent
from schemas.reports.receipt import Disposition
from schemas.topic import (
    CASE_STATE,
    CASES,
    DELIVERIES,
    DISPOSITIONS,
    DUTIES,
    EVENTS,
    RECEIPTS,
    TOPICS,
    Topic,
)
from streams.case.state import PartitionState
from streams.steps.event import step
from streams.worker.publisher import RecordBatch
from tests.builders.town import REGISTER, event
from tests.integration.parts import await_true
from tests.integration.test_worker import just_now
from tests.kafka.places import Place

LARGE = 20 * 1024 * 1024


@pytest.fixture
def sender(settings: Settings) -> Iterator[KafkaSender]:
    """Return a sender."""
    sender = KafkaSender(settings)
    yield sender
    sender.close()


def consumer(settings: Settings, topic: Topic, group: str | None = None) -> KafkaConsumer:
    """Return a consumer of all partitions of a topic."""
    reader = KafkaConsumer(
        group_id=group, enable_auto_commit=False, auto_offset_reset="earliest", **options(settings)
    )
    reader.assign([TopicPartition(topic.name, n) for n in range(topic.partitions)])
    return reader


def test_the_topics_are_those_of_the_catalogue(settings: Settings) -> None:
    """Topics and partitions equal the catalogue; a second start creates none."""
    assert ensure_topics(settings) == []
    admin = KafkaAdminClient(**options(settings))
    partitions = {row["name"]: len(row["partitions"]) for row in admin.describe_topics()}
    admin.close()
    assert partitions.items() >= {topic.name: topic.partitions for topic in TOPICS}.items()


def test_records_come_back_as_they_were_sent(place: Place) -> None:
    """Key, value, headers, partition and order of records are preserved."""
    mark = uuid4().hex.encode()
    sent = [
        Record(RECEIPTS.name, n % 3, mark, f"第{n}件 路灯".encode(), [("ce_id", str(n).encode())])
        for n in range(300)
    ]
    place.send_all(sent[:200])
    place.send_all(sent[200:])
    received = place.records(RECEIPTS, mark, len(sent))
    for partition in range(3):
        ordered = [record for record in received if record.partition == partition]
        assert ordered == [record for record in sent if record.partition == partition]


def test_a_large_record_goes_through(place: Place) -> None:
    """A record of the intake's largest size passes."""
    mark = uuid4().hex.encode()
    place.send_all([Record(RECEIPTS.name, 5, mark, b"x" * LARGE, [])])
    assert [len(record.value) for record in place.records(RECEIPTS, mark, 1)] == [LARGE]


def test_committed_records_are_not_read_again(settings: Settings, sender: KafkaSender) -> None:
    """The group's next consumer reads only uncommitted records."""
    group, part = f"g-{uuid4()}", TopicPartition(DELIVERIES.name, 7)
    start_at = _end(settings, part)
    sender.send_all([Record(DELIVERIES.name, 7, b"k", str(n).encode(), []) for n in range(10)])

    def read(first: int) -> list[int]:
        client = KafkaConsumer(group_id=group, enable_auto_commit=False, **options(settings))
        client.assign([part])
        if first >= 0:
            client.seek(part, first)
        values: list[int] = []

        def all_read() -> bool:
            for records in client.poll(timeout_ms=200).values():
                values.extend(int(record.value) for record in records)
            return 9 in values

        await_true(all_read, "the last of them")
        client.commit({part: OffsetAndMetadata(start_at + 4, "", -1)})
        client.close()
        return values

    assert read(start_at) == list(range(10))
    assert read(-1) == list(range(4, 10))


def _end(settings: Settings, part: TopicPartition) -> int:
    asks = KafkaConsumer(**options(settings))
    end = asks.end_offsets([part])[part]
    asks.close()
    return int(end)


def test_a_partition_is_restored_from_its_topics(place: Place) -> None:
    """Restoring a partition gives its cases and its decided events."""
    state = PartitionState()
    events = [event(f"r{n}-{uuid4()}", confidential=True) for n in range(5)]
    for report in events:
        effects = step(state, report, REGISTER)
        state.apply(effects)
        place.send_all(list(RecordBatch.of([effects])))
    partition = RecordBatch.of([effects]).snapshots[0].partition
    restored = place.restore(partition)
    assert restored.cases.items() >= state.cases.items()
    assert restored.seen.keys() >= {report.event_id for report in events}


def test_the_worker_decides_each_event_once(place: Place) -> None:
    """The worker decides each event once and writes entries in order, also for duplicates."""
    mark = uuid4().hex[:8]
    events = [just_now(event(f"{mark}-{n}", confidential=True)) for n in range(30)]
    ids = {report.event_id for report in events}
    dispositions: dict[object, Disposition] = {}
    entries: dict[object, list[int]] = {}

    def decided() -> bool:
        dispositions.update(
            (body.event_id, body)
            for body in place.read(DISPOSITIONS, Disposition)
            if body.event_id in ids
        )
        return len(dispositions) == len(events)

    def assigned() -> bool:
        cases = {body.case_id for body in dispositions.values()}
        entries.clear()
        for body in place.read(CASES, CaseEvent):
            if body.case_id in cases:
                entries.setdefault(body.case_id, []).append(body.seq)
        return sum(map(len, entries.values())) >= 2 * len(events)

    with place.working():
        place.publish([*events, *events[:10]])
        await_true(decided, "all are decided")
        await_true(assigned, "each is assigned")
    assert len(entries) == len(events)
    assert all(seqs == [1, 2] for seqs in entries.values()), entries


def test_times_are_kept_to_the_microsecond(place: Place) -> None:
    """Times keep their microseconds."""
    report = event(f"t-{uuid4()}").model_copy(update={"occurred_at": datetime.now(UTC)})
    place.publish([report])
    await_true(lambda: report in place.read(EVENTS, UnifiedEvent), "it is back")


def test_an_auto_created_topic_gets_all_partitions(settings: Settings) -> None:
    """A topic that the broker auto-created with too few partitions is extended."""
    access, topic = options(settings), DUTIES
    admin = KafkaAdminClient(**access)
    admin.delete_topics([topic.name])

    def is_deleted() -> bool:
        return topic.name not in admin.list_topics()

    await_true(is_deleted, "the topic is deleted")
    admin.create_topics({topic.name: {"num_partitions": 1, "replication_factor": 1}})
    await_true(lambda: not is_deleted(), "the topic exists again")
    ensure_topics(settings)
    (description,) = [row for row in admin.describe_topics() if row["name"] == topic.name]
    admin.close()
    assert len(description["partitions"]) == topic.partitions


def config(admin: KafkaAdminClient, topic: Topic) -> dict[str, str]:
    """Return the values of the topic options that the hub sets."""
    resources = [ConfigResource("topic", topic.name, list(COMPACTED))]
    values = admin.describe_configs(resources, config_filter="all")["topic"][topic.name]
    return {key: value["value"] for key, value in values.items()}


@pytest.mark.slow
@pytest.mark.parametrize("settings", ["apache"], indirect=True)
def test_missing_topic_options_are_set(settings: Settings) -> None:
    """Missing topic options are set, so that states are kept; an operator's options stay."""
    admin = KafkaAdminClient(**options(settings))
    assert config(admin, CASE_STATE) == COMPACTED
    admin.reset_configs([ConfigResource("topic", CASE_STATE.name, list(COMPACTED))])
    own = {"max.message.bytes": "2000000"}
    admin.alter_configs([ConfigResource("topic", DUTIES.name, own)])
    assert config(admin, CASE_STATE)["cleanup.policy"] == "delete"
    ensure_topics(settings)
    assert config(admin, CASE_STATE) == COMPACTED
    assert config(admin, DUTIES) == {"cleanup.policy": "delete"} | own
    admin.close()


@pytest.mark.slow
@pytest.mark.parametrize("settings", ["apache"], indirect=True)
def test_a_window_of_time_is_read_from_a_topic(settings: Settings, sender: KafkaSender) -> None:
    """A time window excludes earlier and later records; an empty window ends at once."""
    mark = uuid4().hex
    moments: list[datetime] = []
    for word in ("before", "within", "after"):
        moments.append(datetime.now(UTC) + timedelta(milliseconds=1))
        await_true(lambda: datetime.now(UTC) > moments[-1], "the clock is past it")
        sender.send_all(
            [
                Record(DELIVERIES.name, n % 8, b"k", f"{mark} {word} {n}".encode(), [])
                for n in range(20)
            ]
        )

    def texts_within(window: Window) -> set[str]:
        values = values_of_topics(settings, window, {DELIVERIES.name}, lambda _: None)
        texts = [value.decode() for _, value in values]
        return {text.partition(" ")[2] for text in texts if text.startswith(mark)}

    assert texts_within(Window(moments[1], moments[2])) == {f"within {n}" for n in range(20)}
    later = datetime.now(UTC) + timedelta(days=1)
    assert texts_within(Window(later, later + timedelta(days=1))) == set()
