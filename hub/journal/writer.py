"""Group commit 成组提交 of the journal: one fsync for all messages that wait."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from hub.journal.journal import Journal, JournalFullError
from schemas.reports.raw import RawMessage

GROUP = 500
"""Largest number of messages in one fsync."""

Group = list[tuple[RawMessage, asyncio.Future[bool]]]
"""Messages of one commit, each with the answer to its sender."""


class JournalWriter:
    """Group commit: messages that arrive during one fsync share the next."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self._waiting: Group = []
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._flush: asyncio.Task[None] | None = None

    async def submit(self, raw: RawMessage) -> bool:
        """Return once `raw` is on disk; False if the journal already had it."""
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((raw, future))
        if self._flush is None or self._flush.done():
            self._flush = asyncio.create_task(self._drain())
        return await future

    async def _drain(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:GROUP], self._waiting[GROUP:]
            await self._commit(group)

    async def _commit(self, group: Group) -> None:
        """Write a group and answer each of its senders, also after an error."""
        loop, raws = asyncio.get_running_loop(), [raw for raw, _ in group]
        try:
            fresh = await loop.run_in_executor(self._thread, self.journal.append, raws)
        except Exception as error:  # noqa: BLE001 - every sender waits for an answer
            if len(group) > 1 and not isinstance(error, JournalFullError):
                # One message cannot be written: each gets a commit of its own.
                for single in group:
                    await self._commit([single])
                return
            for _, future in group:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), new in zip(group, fresh, strict=True):
            if not future.done():
                future.set_result(new)

    async def close(self) -> None:
        """Wait for the running commit, and end the thread."""
        if self._flush is not None:
            await self._flush
        self._thread.shutdown()
