"""Runs webhooks and notices 通知 inside `hub feedback`: nothing is open while nobody subscribes."""

import asyncio
import contextlib
import threading
from functools import partial

import structlog

from hub.notifications.entries import EntryReader
from hub.notifications.webhooks.delivery import SECONDS, WebhookDelivery
from hub.notifications.webhooks.entries import WebhookEntries
from hub.notifications.webhooks.queue import WebhookQueue
from hub.notifications.webhooks.subscriptions import (
    Subscription,
    SubscriptionError,
    load_subscriptions,
)
from hub.runtime.metrics import METERS, Metric
from hub.runtime.paths import DataPaths
from hub.runtime.process import in_thread
from hub.settings.notifications import NotificationSettings
from hub.store.case_entries import Rows
from hub.web.outbound import Destinations, OutboundSession

CHECK_EVERY = 5.0
"""Seconds between two looks at the file of subscriptions."""
IDLE_SECONDS = 1.0
TIDY_EVERY = 3600.0
KEEP_DELIVERED = 7 * 86400.0
"""Seconds for which delivered messages stay, so that they can be replayed."""
KEEP_POSITIONS = 400 * 86400.0
"""Seconds after the last entry of a case after which its position is forgotten."""

log = structlog.get_logger()


class Webhooks:
    """The queue, its reader, and a task for each subscription."""

    def __init__(self, settings: NotificationSettings, rows: Rows) -> None:
        """Prepare; raises `NetworksError`."""
        self._settings, self._rows = settings, rows
        self._destinations = Destinations(settings.outbound_networks)
        self._subscriptions: dict[str, Subscription] = {}
        self._tasks: dict[Subscription, asyncio.Task[None]] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Run until stopped; wait for the first subscription before anything is opened."""
        while not stop.is_set() and not self._read():
            await _pause(stop, CHECK_EVERY)
        if stop.is_set():
            return
        queue, ends = WebhookQueue(DataPaths(self._settings.data).webhook_queue), threading.Event()
        reader = EntryReader(
            self._settings,
            [WebhookEntries(queue, lambda: list(self._subscriptions.values()))],
            self._rows,
        )
        try:
            async with (
                OutboundSession(self._destinations, SECONDS) as session,
                asyncio.TaskGroup() as tasks,
            ):
                tasks.create_task(in_thread(stop, partial(reader.run, ends)))
                tasks.create_task(_tidy(queue, stop))
                await self._follow(queue, session, tasks, stop)
                ends.set()
        finally:
            ends.set()
            queue.close()

    def _read(self) -> bool:
        """Read the file of subscriptions; return whether there are any. An invalid one is kept."""
        try:
            self._subscriptions = load_subscriptions(self._settings)
        except SubscriptionError as error:
            log.warning("subscriptions_invalid", error=str(error))
        return bool(self._subscriptions)

    async def _follow(
        self,
        queue: WebhookQueue,
        session: OutboundSession,
        tasks: asyncio.TaskGroup,
        stop: asyncio.Event,
    ) -> None:
        """Start and end the deliveries as the file says, until stopped."""
        while not stop.is_set():
            await asyncio.to_thread(self._read)
            present = set(self._subscriptions.values())
            for subscription in self._tasks.keys() - present:
                self._tasks.pop(subscription).cancel()
            for subscription in present - self._tasks.keys():
                delivery = WebhookDelivery(subscription, queue, session)
                self._tasks[subscription] = tasks.create_task(_deliver(delivery, stop))
            counts = await asyncio.to_thread(queue.counts)
            for name in self._subscriptions:
                waiting = counts[name].waiting if name in counts else 0
                METERS.set(Metric.WEBHOOKS_WAITING, waiting, name)
            await _pause(stop, CHECK_EVERY)


async def _deliver(delivery: WebhookDelivery, stop: asyncio.Event) -> None:
    while not stop.is_set():
        if not await delivery.step():
            await _pause(stop, IDLE_SECONDS)


async def _tidy(queue: WebhookQueue, stop: asyncio.Event) -> None:
    while not stop.is_set():
        await asyncio.to_thread(queue.forget_old, KEEP_DELIVERED, KEEP_POSITIONS)
        await _pause(stop, TIDY_EVERY)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
