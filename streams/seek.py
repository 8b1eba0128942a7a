"""Where reading goes on after partitions were given out 重新定位: where nothing is committed yet.

Faust goes back to what is committed after each rebalance, since what was fetched meanwhile was not
given to anybody. For a partition of which nothing has been committed yet, aiokafka leaves the
position where the fetching had come to: records of the first seconds of a new city would never be
read by anyone.
"""

from collections.abc import Mapping
from typing import ClassVar

from faust.transport.drivers import aiokafka
from faust.types import TP
from faust.types.transports import ConsumerT


# Faust's drivers have no types.
class Consumer(aiokafka.Consumer):  # type: ignore[misc]
    """Faust's consumer, which reads from the start where nothing is committed."""

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Seek all partitions; return what is committed of each, None or 0: nothing."""
        committed: Mapping[TP, int] = await super().seek_to_committed()
        fresh = [part for part, offset in committed.items() if not offset]
        if fresh:
            # Not aiokafka's own way: Faust fails on a partition whose position is being asked for.
            await self.seek_wait(await self.earliest_offsets(*fresh))
        return committed


class Transport(aiokafka.Transport):  # type: ignore[misc]
    """Faust's transport with that consumer."""

    Consumer: ClassVar[type[ConsumerT]] = Consumer
