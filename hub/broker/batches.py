"""Sending whole batches 成批发送: records are packed by partition, with one future for each batch.

At ten thousand records a second, a future for each record costs more than processing it.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from schemas.cloudevent import Record

Part = tuple[str, int]
"""Topic and partition."""


async def send_batches(producer: Any, records: Sequence[Record]) -> dict[Part, int]:
    """Send records, in order within each partition; return when the broker has all of them.

    Returns the offset after the last record of each partition. `producer` is an
    `AIOKafkaProducer`; raises `KafkaError`.
    """
    batches: dict[Part, Any] = {}
    sent: list[tuple[Part, int, Any]] = []

    async def send(part: Part) -> None:
        batch = batches.pop(part)
        batch.close()
        topic, partition = part
        future = await producer.send_batch(batch, topic, partition=partition)
        sent.append((part, batch.record_count(), future))

    for record in records:
        part = (record.topic, record.partition)
        if not _pack(producer, batches, part, record):
            await send(part)
            # An empty batch accepts its first record, however large it is.
            _pack(producer, batches, part, record)
    for part in tuple(batches):
        await send(part)
    first_records = await asyncio.gather(*(future for _, _, future in sent))
    return {
        part: first.offset + count
        for (part, count, _), first in zip(sent, first_records, strict=True)
    }


def _pack(producer: Any, batches: dict[Part, Any], part: Part, record: Record) -> bool:
    """Add a record to the open batch of its partition; return False if the batch is full."""
    if part not in batches:
        batches[part] = producer.create_batch()
    packed = batches[part].append(
        timestamp=None, key=record.key, value=record.value, headers=record.headers
    )
    return packed is not None
