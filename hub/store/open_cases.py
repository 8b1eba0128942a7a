"""The table of open cases 在办事项表: the rows of cases that are not open any more are deleted.

A settled case leaves a row in `open_cases_kept` that hides its earlier rows. Deleting both together
is safe: the sink reads a partition in order, so an older snapshot of a case never arrives alone.
"""

import asyncio

from hub.runtime.periodic import repeat_forever
from hub.store.client import Store

EVERY = 3600.0
"""Seconds between two rounds. A round merges the open cases and the changes of an hour."""
DELETE_SETTLED = "OPTIMIZE TABLE open_cases_kept FINAL CLEANUP"


def delete_settled(store: Store) -> None:
    """Merge the table and delete the rows of cases that are not open; raises engine errors."""
    store.command(DELETE_SETTLED)


async def delete_settled_forever(store: Store, stop: asyncio.Event) -> None:
    """Delete the rows of settled cases at the start and every hour until stopped."""

    async def work() -> int:
        await asyncio.to_thread(delete_settled, store)
        return 0

    await repeat_forever("open cases", work, EVERY, stop)
