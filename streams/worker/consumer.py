"""How a worker reads its topics 读取: Faust's consumer and assignor, with their faults mended."""

from collections.abc import Mapping
from typing import Any, ClassVar

from faust.assignor.partition_assignor import PartitionAssignor
from faust.transport.drivers import aiokafka
from faust.types import TP
from faust.types.transports import ConsumerT

from schemas.topic import PARTITIONS


# Faust's drivers have no types.
class Consumer(aiokafka.Consumer):  # type: ignore[misc]
    """Reads from the start where nothing is committed, and does not look for what hangs."""

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Seek all partitions; return what is committed of each, None or 0: nothing.

        Faust goes back to what is committed after each rebalance, since what was fetched meanwhile
        was given to nobody. For a partition of which nothing has been committed yet, aiokafka
        leaves the position where the fetching had come to: the records of the first seconds of a
        new city would never be read.
        """
        committed: Mapping[TP, int] = await super().seek_to_committed()
        fresh = [part for part, offset in committed.items() if not offset]
        if fresh:
            # Not aiokafka's own way: Faust fails on a partition whose position is being asked for.
            await self.seek_wait(await self.earliest_offsets(*fresh))
        return committed

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Do nothing: what hangs is told by the hub's own pulse.

        Faust takes a partition that was quiet for five minutes for one that hangs, and says so as
        an error in the moment in which something comes; and it fails where a partition has been
        given to another meanwhile, or its position is not known yet.
        """


class Transport(aiokafka.Transport):  # type: ignore[misc]
    """Faust's transport with that consumer."""

    Consumer: ClassVar[type[ConsumerT]] = Consumer


class Assignor(PartitionAssignor):  # type: ignore[misc]
    """Gives a township's events and its commands to one worker, whatever somebody adds."""

    @classmethod
    def _get_copartitioned_groups(
        cls, topics: set[str], cluster: Any, subscriptions: Any
    ) -> dict[int, list[set[str]]]:
        """Return all topics as one group, with the partitions that the hub writes to.

        Faust gives topics out together where they have as many partitions. Where somebody adds
        some to one of ours, the events of a township would go to one worker and its commands to
        another, which does not know its cases. Nothing of ours is ever in a partition that was
        added: a key keeps its own.
        """
        del cluster, subscriptions
        return {PARTITIONS: [topics]}
