"""Restoring a partition's state 状态恢复 from `case-state.v1` and `dispositions.v1`.

Both lie in the partition of the events that they come from, so a worker that is given a partition
reads two partitions from their start to their present end.
"""

import asyncio

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from hub.kafka_access import options
from hub.republish import is_republished
from hub.settings import Settings
from schemas.binding import decode
from schemas.case import Case
from schemas.receipt import Disposition
from schemas.topic import CASE_STATE, DISPOSITIONS
from streams.state import PartitionState

LOOK_EVERY = 0.5

log = structlog.get_logger()


async def restore(settings: Settings, partition: int) -> PartitionState:
    """Return the state of `partition`, as its topics tell it now.

    An embedded broker that has begun anew is waited for until it has what the store knows: a
    state without it would open every case a second time. Raises `KafkaError`.
    """
    while settings.embedded_broker and not await asyncio.to_thread(is_republished, settings):
        log.info("the store has not told yet what it knows", partition=partition)
        await asyncio.sleep(LOOK_EVERY)
    state = PartitionState()
    parts = [TopicPartition(topic.name, partition) for topic in (CASE_STATE, DISPOSITIONS)]
    consumer = AIOKafkaConsumer(
        enable_auto_commit=False, auto_offset_reset="earliest", **options(settings)
    )
    await consumer.start()
    try:
        consumer.assign(parts)
        ends = await consumer.end_offsets(parts)
        await consumer.seek_to_beginning(*parts)
        for part in parts:
            while await consumer.position(part) < ends[part]:
                batches = await consumer.getmany(part, timeout_ms=500, max_records=5000)
                for records in batches.values():
                    for record in records:
                        _take_in(state, part.topic, record.value)
    finally:
        await consumer.stop()
    return state


def _take_in(state: PartitionState, topic: str, value: bytes | None) -> None:
    if value is None:
        return
    if topic == CASE_STATE.name:
        state.put(decode(Case, value))
    else:
        disposition = decode(Disposition, value)
        state.saw(disposition.event_id, disposition.at)
