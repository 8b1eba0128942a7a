"""Reading partitions 读取分区 with aiokafka: assigned by hand, without joining a group."""

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, TopicPartition

from hub.broker.batches import Part
from hub.broker.fetch_gate import hold_fetches
from hub.broker.wakeup import WakeUp


class PartitionReader:
    """Reads fixed partitions; an async context manager. Every method may raise `KafkaError`.

    `options` come from `hub.broker.connection`. A `group` only names whose committed offsets are
    asked for. `reset` says where to continue if an offset is gone: `latest` or `earliest`. Whoever
    reads for ever waits at a `wakeup`.
    """

    def __init__(
        self,
        options: Mapping[str, Any],
        parts: Iterable[Part],
        *,
        group: str | None = None,
        reset: str = "latest",
        wakeup: WakeUp | None = None,
    ) -> None:
        self._wakeup = wakeup
        self.parts = tuple(TopicPartition(*part) for part in parts)
        self._consumer = AIOKafkaConsumer(
            **options, group_id=group, enable_auto_commit=False, auto_offset_reset=reset
        )

    async def __aenter__(self) -> Self:
        await self._consumer.start()
        if self._wakeup is not None:
            hold_fetches(self._consumer, self._wakeup)
        # After an assignment by hand it does not join its group.
        self._consumer.assign(list(self.parts))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def seek(self, offset: int) -> None:
        """Continue at an offset in all partitions; at 0 from whatever the topic still has."""
        if not offset:
            await self._consumer.seek_to_beginning(*self.parts)
            return
        for part in self.parts:
            self._consumer.seek(part, offset)

    async def end_offsets(self) -> dict[Part, int]:
        """Return the end offset of each partition."""
        return dict(await self._consumer.end_offsets(self.parts))

    async def committed(self) -> dict[Part, int]:
        """Return the offset that the group has committed in each partition, or 0."""
        return {part: await self._consumer.committed(part) or 0 for part in self.parts}

    async def batches(self, part: Part, end: int) -> AsyncIterator[list[Any]]:
        """Yield the records of one partition up to an end offset, in batches."""
        partition = TopicPartition(*part)
        while await self._consumer.position(partition) < end:
            batches = await self._consumer.getmany(partition, timeout_ms=500, max_records=5000)
            for records in batches.values():
                yield records

    async def records(self) -> AsyncIterator[Any]:
        """Yield records for ever."""
        async for record in self._consumer:
            yield record
