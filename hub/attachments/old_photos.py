"""Deletion of old photos 照片到期删除: a photo is kept as long as the events and cases are."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import date, datetime, timedelta

import structlog
from aiohttp import web

from hub.attachments.photos import PhotoFolder
from hub.runtime.periodic import repeat_forever
from schemas.base import BEIJING

EVERY = 6 * 3600.0
"""Seconds between two rounds."""

log = structlog.get_logger()


def _today() -> date:
    return datetime.now(BEIJING).date()


class OldPhotos:
    """Deletes photos that arrived more than `days` ago, at the start and a few times a day."""

    def __init__(self, folder: PhotoFolder, days: int, today: Callable[[], date] = _today) -> None:
        self._folder, self._days, self._today = folder, days, today

    def add_to(self, app: web.Application) -> None:
        """Add the background task; with 0 days photos are kept for ever, as rows are."""
        if self._days:
            app.cleanup_ctx.append(self._background_task)

    async def delete(self) -> int:
        """Delete what is too old; return 0, because nothing more is due until the next round."""
        oldest = self._today() - timedelta(days=self._days)
        deleted = await asyncio.to_thread(self._folder.delete_before, oldest)
        if deleted:
            log.info("photos_deleted", days=deleted, before=str(oldest))
        return 0

    async def _background_task(self, _: web.Application) -> AsyncIterator[None]:
        stop = asyncio.Event()
        task = asyncio.create_task(repeat_forever("old photos", self.delete, EVERY, stop))
        yield
        stop.set()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
