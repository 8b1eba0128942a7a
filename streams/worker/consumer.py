"""Faust's consumer and assignor 消费者, with three faults mended."""

from collections.abc import Mapping
from typing import Any, ClassVar

from faust.assignor.partition_assignor import PartitionAssignor
from faust.transport.drivers import aiokafka
from faust.types import TP
from faust.types.transports import ConsumerT

from schemas.topic import PARTITIONS


# Faust's drivers have no types.
class Consumer(aiokafka.Consumer):  # type: ignore[misc]
    """Seeks to the start of a partition without a committed offset; does not watch for stalls."""

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Seek all partitions; return the committed offset of each (None or 0: none).

        After each rebalance Faust seeks to the committed offsets, because it drops the records
        that were fetched meanwhile. For a partition without a committed offset, aiokafka leaves
        the position behind the dropped records: the records of the first seconds of a new city
        would never be read. Such a partition is therefore read from its start.
        """
        committed: Mapping[TP, int] = await super().seek_to_committed()
        fresh = [part for part, offset in committed.items() if not offset]
        if fresh:
            # aiokafka's own `seek_to_beginning` makes Faust fail while it asks for a position.
            await self.seek_wait(await self.earliest_offsets(*fresh))
        return committed

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Do nothing: `hub.runtime.health` detects a worker that hangs.

        Faust reports a partition that was quiet for five minutes as stalled as soon as a record
        arrives. It also fails where a partition was revoked, or its position is unknown.
        """


class Transport(aiokafka.Transport):  # type: ignore[misc]
    """Faust's transport with this consumer."""

    Consumer: ClassVar[type[ConsumerT]] = Consumer


class Assignor(PartitionAssignor):  # type: ignore[misc]
    """Assigns the same partition of all topics to the same worker."""

    @classmethod
    def _get_copartitioned_groups(
        cls, topics: set[str], cluster: Any, subscriptions: Any
    ) -> dict[int, list[set[str]]]:
        """Return all topics as one group, with the partitions that the hub writes to.

        Faust groups topics by their number of partitions. If somebody adds partitions to one
        topic, the events of a township would go to one worker and its commands to another, which
        does not know its cases. The hub never writes to added partitions: a key keeps its own.
        """
        del cluster, subscriptions
        return {PARTITIONS: [topics]}
