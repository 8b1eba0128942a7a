"""What the hub asks of a broker, held against the embedded one and against Apache Kafka."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, OffsetAndMetadata, TopicPartition

from hub.kafka_access import options
from hub.republish import mark_republished
from hub.restore import restore
from hub.sending import KafkaSender
from hub.settings import Settings
from hub.topics import ensure_topics
from schemas.binding import Record, decode, encode
from schemas.case import CaseEvent
from schemas.receipt import Disposition
from schemas.topic import CASES, DISPOSITIONS, DUTIES, EVENTS, RECEIPTS, TOPICS, Topic
from streams.outlet import records_of
from streams.receive import step
from streams.state import PartitionState
from tests.integration.parts import await_true, kill, start
from tests.integration.test_worker import Reader, just_now, publish
from tests.streams.town import REGISTER, event

LARGE = 20 * 1024 * 1024


@pytest.fixture(scope="module", autouse=True)
def topics(settings: Settings) -> None:
    """Make the topics."""
    ensure_topics(settings)
    if settings.embedded_broker:
        mark_republished(settings)


@pytest.fixture
def sender(settings: Settings) -> Iterator[KafkaSender]:
    """Return what sends."""
    found = KafkaSender(settings)
    yield found
    found.close()


def consumer(settings: Settings, topic: Topic, group: str | None = None) -> KafkaConsumer:
    """Return a consumer of all partitions of a topic."""
    made = KafkaConsumer(
        group_id=group, enable_auto_commit=False, auto_offset_reset="earliest", **options(settings)
    )
    made.assign([TopicPartition(topic.name, n) for n in range(topic.partitions)])
    return made


def test_the_topics_are_those_of_the_catalogue(settings: Settings) -> None:
    """With their partitions; a second start makes none."""
    assert ensure_topics(settings) == []
    admin = KafkaAdminClient(**options(settings))
    told = {one["name"]: len(one["partitions"]) for one in admin.describe_topics()}
    admin.close()
    assert told.items() >= {topic.name: topic.partitions for topic in TOPICS}.items()


def test_records_come_back_as_they_were_sent(settings: Settings, sender: KafkaSender) -> None:
    """Key, value, headers and partition; in the order in which they were sent."""
    mark = str(uuid4())
    sent = [
        Record(
            RECEIPTS.name, n % 3, mark.encode(), f"第{n}件 路灯".encode(),
            [("ce_id", str(n).encode())],
        )
        for n in range(300)
    ]  # fmt: skip
    sender.send_all(sent[:200])
    sender.send_all(sent[200:])
    reader, found = consumer(settings, RECEIPTS), list[Record]()

    def read() -> bool:
        for records in reader.poll(timeout_ms=200).values():
            found.extend(
                Record(one.topic, one.partition, one.key, one.value, list(one.headers))
                for one in records if one.key == mark.encode()
            )  # fmt: skip
        return len(found) >= len(sent)

    await_true(read, "all are back")
    reader.close()
    for partition in range(3):
        ordered = [one for one in found if one.partition == partition]
        assert ordered == [one for one in sent if one.partition == partition]


def test_a_large_record_goes_through(settings: Settings, sender: KafkaSender) -> None:
    """As large as the intake takes, once it is JSON."""
    body = b"x" * LARGE
    sender.send_all([Record(RECEIPTS.name, 5, b"large", body, [])])
    reader = consumer(settings, RECEIPTS)
    sizes: list[int] = []

    def read() -> bool:
        for records in reader.poll(timeout_ms=200).values():
            sizes.extend(len(one.value) for one in records if one.key == b"large")
        return bool(sizes)

    await_true(read, "it is back")
    reader.close()
    assert sizes == [LARGE]


def test_what_was_committed_does_not_come_again(settings: Settings, sender: KafkaSender) -> None:
    """And what was not comes again, to the next of the group."""
    group, part = f"g-{uuid4()}", TopicPartition(EVENTS.name, 7)
    start_at = _end(settings, part)
    sender.send_all([Record(EVENTS.name, 7, b"k", str(n).encode(), []) for n in range(10)])

    def read(first: int) -> list[int]:
        one = KafkaConsumer(group_id=group, enable_auto_commit=False, **options(settings))
        one.assign([part])
        if first >= 0:
            one.seek(part, first)
        values: list[int] = []

        def all_read() -> bool:
            for records in one.poll(timeout_ms=200).values():
                values.extend(int(record.value) for record in records)
            return 9 in values

        await_true(all_read, "the last of them")
        one.commit({part: OffsetAndMetadata(start_at + 4, "", -1)})
        one.close()
        return values

    assert read(start_at) == list(range(10))
    assert read(-1) == list(range(4, 10))


def _end(settings: Settings, part: TopicPartition) -> int:
    asks = KafkaConsumer(**options(settings))
    end = asks.end_offsets([part])[part]
    asks.close()
    return int(end)


def test_a_partition_is_restored_from_its_topics(settings: Settings, sender: KafkaSender) -> None:
    """Cases as they stand, and what has been decided."""
    state = PartitionState()
    told = [event(f"r{n}-{uuid4()}", confidential=True) for n in range(5)]
    for one in told:
        effects = step(state, one, REGISTER)
        state.apply(effects)
        for kind in records_of(effects):
            sender.send_all(kind)
    partition = records_of(effects)[1][0].partition
    found = asyncio.run(restore(settings, partition))
    assert found.cases.items() >= state.cases.items()
    assert found.seen.keys() >= {one.event_id for one in told}


def test_the_worker_decides_what_is_sent(settings: Settings) -> None:
    """Each event once, entries of a case in order; events that come twice once."""
    mark = uuid4().hex[:8]
    told = [just_now(event(f"{mark}-{n}", confidential=True)) for n in range(30)]
    dispositions = Reader(options(settings), DISPOSITIONS)
    cases = Reader(options(settings), CASES)
    ids = {one.event_id for one in told}
    access = {"kafka": settings.kafka} if settings.kafka else {"broker_port": settings.broker_port}
    worker = start("hub.work", settings.data, **access)
    try:
        publish(options(settings), [*told, *told[:10]])

        def decided() -> dict[object, Disposition]:
            found = [decode(Disposition, value) for value in dispositions.read()]
            return {one.event_id: one for one in found if one.event_id in ids}

        await_true(lambda: len(decided()) == len(told), "all are decided")
        case_ids = {one.case_id for one in decided().values()}

        def entries() -> list[CaseEvent]:
            found = [decode(CaseEvent, value) for value in cases.read()]
            return [one for one in found if one.case_id in case_ids]

        await_true(lambda: len(entries()) >= 2 * len(told), "each is assigned")
    finally:
        kill(worker)
    by_case: dict[object, list[int]] = {}
    for one in entries():
        by_case.setdefault(one.case_id, []).append(one.seq)
    assert len(by_case) == len(told)
    assert all(seqs == [1, 2] for seqs in by_case.values()), by_case
    dispositions.close()
    cases.close()


def test_times_are_kept_to_the_microsecond(settings: Settings, sender: KafkaSender) -> None:
    """What is sent is what is decoded."""
    one = event(f"t-{uuid4()}").model_copy(update={"occurred_at": datetime.now(UTC)})
    record = encode(EVENTS, one, event_id=str(one.event_id), time=one.occurred_at, key=one.route)
    sender.send_all([record])
    reader = Reader(options(settings), EVENTS)
    await_true(lambda: record.value in reader.read(), "it is back")
    reader.close()


def test_a_topic_that_a_client_was_quicker_to_make_is_put_right(settings: Settings) -> None:
    """A subscriber asks for it before the hub does: the broker makes it with too few partitions."""
    access, topic = options(settings), DUTIES
    admin = KafkaAdminClient(**access)
    admin.delete_topics([topic.name])

    def gone() -> bool:
        return topic.name not in admin.list_topics()

    await_true(gone, "the topic is gone")
    admin.create_topics({topic.name: {"num_partitions": 1, "replication_factor": 1}})
    await_true(lambda: not gone(), "it is there again")
    ensure_topics(settings)
    (told,) = [one for one in admin.describe_topics() if one["name"] == topic.name]
    admin.close()
    assert len(told["partitions"]) == topic.partitions
