"""Restoring a partition's state 状态恢复 from `case-state.v1` and `dispositions.v1`.

Both lie in the partition of the events that they come from, so a worker that is given a partition
reads two partitions from their start to their present end.
"""

from types import MappingProxyType

from aiokafka import AIOKafkaConsumer, TopicPartition

from hub.kafka_access import consumer_options
from hub.settings import Settings
from schemas.binding import decode
from schemas.case import Case
from schemas.receipt import Disposition
from schemas.topic import CASE_STATE, DISPOSITIONS
from streams.outlet import Reach
from streams.state import PartitionState


async def restore(
    settings: Settings, partition: int, reach: Reach = MappingProxyType({})
) -> PartitionState:
    """Return the state of `partition`, as its topics tell it now.

    What was told in transactions that were not ended is not there. It is read up to `reach` at
    least: a broker that does not know yet that it leads no more tells of an end that is past.
    Raises `KafkaError`.
    """
    state = PartitionState()
    parts = [TopicPartition(topic.name, partition) for topic in (CASE_STATE, DISPOSITIONS)]
    consumer = AIOKafkaConsumer(
        enable_auto_commit=False, auto_offset_reset="earliest", **consumer_options(settings)
    )
    await consumer.start()
    try:
        consumer.assign(parts)
        ends = await consumer.end_offsets(parts)
        await consumer.seek_to_beginning(*parts)
        for part in parts:
            end = max(ends[part], reach.get(part.topic, 0))
            while await consumer.position(part) < end:
                batches = await consumer.getmany(part, timeout_ms=500, max_records=5000)
                for records in batches.values():
                    for record in records:
                        take_in(state, part.topic, record.value)
    finally:
        await consumer.stop()
    return state


def take_in(state: PartitionState, topic: str, value: bytes | None) -> None:
    """Take one record of either topic into a state."""
    if value is None:
        return
    if topic == CASE_STATE.name:
        state.put(decode(Case, value))
    else:
        state.saw(decode(Disposition, value))
