"""The bell 提醒: the notices that concern a viewer, and how many he has not seen."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hub.accounts.session import Viewer
from hub.accounts.staff import StaffRole
from hub.notifications.notices.notice import Notice
from hub.notifications.notices.queue import NoticeQueue
from hub.runtime.paths import DataPaths
from hub.workbench.services import Services
from streams.town.register import Register

MOST = 200
"""Newest notices that are looked at; of so many, those that concern the viewer."""


class NoticeBell:
    """Reads the notices of the page; none, if `hub feedback` has another data folder."""

    def __init__(self, services: Services) -> None:
        self._path = DataPaths(services.settings.data).notice_queue
        self._register = services.register

    async def count(self, viewer: Viewer) -> int:
        """Return how many of the newest notices concern a viewer and are new to him."""
        if viewer.role is None:
            return 0
        return await asyncio.to_thread(self._count, viewer)

    async def newest(self, viewer: Viewer) -> list[tuple[Notice, bool]]:
        """Return the newest notices that concern a viewer, and whether each is new to him.

        They count as seen from now on.
        """
        return await asyncio.to_thread(self._newest, viewer)

    def _count(self, viewer: Viewer) -> int:
        with self._queue() as queue:
            if queue is None:
                return 0
            concerns = concern_of(viewer, self._register)
            return sum(concerns(notice) for _, notice in queue.shown(queue.seen(viewer.name), MOST))

    def _newest(self, viewer: Viewer) -> list[tuple[Notice, bool]]:
        with self._queue() as queue:
            if queue is None:
                return []
            concerns, seen = concern_of(viewer, self._register), queue.seen(viewer.name)
            shown = queue.shown(0, MOST)
            if shown:
                queue.note_seen(viewer.name, shown[0][0])
            return [(notice, seq > seen) for seq, notice in shown if concerns(notice)]

    @contextmanager
    def _queue(self) -> Iterator[NoticeQueue | None]:
        queue = NoticeQueue(self._path) if self._path.exists() else None
        try:
            yield queue
        finally:
            if queue is not None:
                queue.close()


def concern_of(viewer: Viewer, register: Register) -> Callable[[Notice], bool]:
    """Return whether a notice concerns a viewer: by his unit, or by the area of his township."""
    if viewer.role in (StaffRole.CITY, StaffRole.AUDITOR):
        return lambda _: True
    unit = register.unit(viewer.unit)
    if viewer.role is StaffRole.TOWNSHIP and unit is not None:
        return lambda notice: viewer.unit in notice.units or notice.area.startswith(unit.area)
    return lambda notice: bool(viewer.unit) and viewer.unit in notice.units
