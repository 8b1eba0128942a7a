"""Holding back the fetches of aiokafka 拉取闸门 until a producer wakes the reader.

aiokafka fetches all the time, whether its consumer reads or not. With the embedded broker a fetch
that follows an empty one waits at the wake-up.
"""

import asyncio
from typing import Any

from hub.broker.connection import WOKEN_MAX_WAIT_MS
from hub.broker.wakeup import LONGEST_PAUSE, WakeUp

WHILE_UNREAD = 0.1
"""Pause in seconds after an empty fetch that left out partitions with records not read yet."""
ROUND_SECONDS = 1.0
"""Pause between two rounds of the fetcher in which nothing happens."""


def hold_fetches(consumer: Any, wakeup: WakeUp) -> None:
    """Make a started `AIOKafkaConsumer` wait at `wakeup` before it fetches after an empty fetch.

    A new assignment is fetched at once. A fetch leaves out partitions whose records are not read
    yet; it must not wait for long, because the next fetch, of all partitions, waits behind it.
    """
    fetcher = consumer._fetcher
    fetch = fetcher._proc_fetch_request
    fetcher._fetch_max_wait_ms = WOKEN_MAX_WAIT_MS
    fetcher._fetcher_timeout = ROUND_SECONDS
    emptied: Any = None

    async def woken_fetch(assignment: Any, node_id: int, request: Any) -> bool:
        nonlocal emptied
        if emptied is assignment:
            try:
                if _partitions_in(request) < len(assignment.tps):
                    await asyncio.sleep(WHILE_UNREAD)
                else:
                    await _until_due(wakeup)
            except asyncio.CancelledError:
                # aiokafka cancels its fetches at the end, and expects them to return.
                return False
        has_records = bool(await fetch(assignment, node_id, request))
        emptied = None if has_records else assignment
        return has_records

    fetcher._proc_fetch_request = woken_fetch


def _partitions_in(request: Any) -> int:
    return sum(len(partitions) for _, partitions in request.topics)


async def _until_due(wakeup: WakeUp) -> None:
    while not await wakeup.wait_in_loop(LONGEST_PAUSE):
        continue
