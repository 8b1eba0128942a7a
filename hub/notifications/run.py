"""Runs webhooks and notices 通知 inside `hub feedback`: nothing is open while nobody wants any."""

import asyncio
import contextlib
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial

import structlog

from hub.notifications.entries import EntryReader
from hub.notifications.notices.delivery import NoticeDelivery, Transport
from hub.notifications.notices.entries import NoticeEntries
from hub.notifications.notices.late import LateWatch
from hub.notifications.notices.queue import NoticeQueue
from hub.notifications.notices.rules import NoticeRules, NoticesError, load_rules
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
from hub.settings.outgoing.notifications import NotificationSettings
from hub.store.case_entries import Rows
from hub.web.outbound import Destinations, OutboundSession

CHECK_EVERY = 5.0
"""Seconds between two looks at the files of subscriptions and rules, and at reminders."""
IDLE_SECONDS = 1.0
TIDY_EVERY = 3600.0
KEEP_DELIVERED = 7 * 86400.0
"""Seconds for which delivered messages stay, so that they can be replayed."""
KEEP_POSITIONS = 400 * 86400.0
"""Seconds after the last entry of a case after which its position is forgotten."""

log = structlog.get_logger()


class Notifications:
    """The queues, their reader, and a task for each subscription; `units` are names by code."""

    def __init__(
        self, settings: NotificationSettings, rows: Rows, units: Mapping[str, str]
    ) -> None:
        """Prepare; raises `NetworksError`."""
        self._settings, self._rows, self._units = settings, rows, units
        self._destinations = Destinations(settings.outbound_networks)
        self._subscriptions: dict[str, Subscription] = {}
        self._rules = NoticeRules()
        self._tasks: dict[Subscription, asyncio.Task[None]] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Run until stopped; wait for a subscription or a rule before anything is opened."""
        while not stop.is_set() and not self._read():
            await _pause(stop, CHECK_EVERY)
        if stop.is_set():
            return
        paths, ends = DataPaths(self._settings.data), threading.Event()
        webhooks, notices = WebhookQueue(paths.webhook_queue), NoticeQueue(paths.notice_queue)
        taken = NoticeEntries(notices, lambda: self._rules)
        late = LateWatch(notices, lambda: self._rules, self._rows)
        takers = (
            WebhookEntries(webhooks, lambda: list(self._subscriptions.values())),
            taken,
        )
        reader = EntryReader(self._settings, takers, self._rows)
        try:
            async with (
                OutboundSession(self._destinations, SECONDS) as session,
                asyncio.TaskGroup() as tasks,
            ):
                tasks.create_task(in_thread(stop, partial(reader.run, ends)))
                tasks.create_task(_tidy(webhooks, notices, stop))
                tasks.create_task(self._notify(taken, late, notices, session, stop))
                await self._follow(webhooks, session, tasks, stop)
                ends.set()
        finally:
            ends.set()
            webhooks.close()
            notices.close()

    def _read(self) -> bool:
        """Read both files; return whether they want anything. An invalid one changes nothing."""
        try:
            self._subscriptions = load_subscriptions(self._settings)
        except SubscriptionError as error:
            log.warning("subscriptions_invalid", error=str(error))
        try:
            self._rules = load_rules(self._settings)
        except NoticesError as error:
            log.warning("notice_rules_invalid", error=str(error), advice="run hub notices check")
        return bool(self._subscriptions or self._rules.rules)

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
            waiting = await asyncio.to_thread(queue.waiting)
            for name in self._subscriptions:
                METERS.set(Metric.WEBHOOKS_WAITING, waiting.get(name, 0), name)
            await _pause(stop, CHECK_EVERY)

    async def _notify(
        self,
        taken: NoticeEntries,
        late: LateWatch,
        queue: NoticeQueue,
        session: OutboundSession,
        stop: asyncio.Event,
    ) -> None:
        """Queue reminders and what is late, and send to each receiver, until stopped."""
        smtp_url = self._settings.smtp_url.get_secret_value()
        while not stop.is_set():
            await asyncio.to_thread(taken.remind)
            await asyncio.to_thread(late.look, datetime.now(UTC))
            transport = Transport(session, smtp_url, self._rules.sender)
            deliveries = [
                NoticeDelivery(name, receiver, queue, self._units, self._settings.overview_url)
                for name, receiver in self._rules.receivers.items()
            ]
            await asyncio.gather(*(delivery.step(transport) for delivery in deliveries))
            await _pause(stop, CHECK_EVERY)


async def _deliver(delivery: WebhookDelivery, stop: asyncio.Event) -> None:
    while not stop.is_set():
        if not await delivery.step():
            await _pause(stop, IDLE_SECONDS)


async def _tidy(webhooks: WebhookQueue, notices: NoticeQueue, stop: asyncio.Event) -> None:
    while not stop.is_set():
        await asyncio.to_thread(webhooks.forget_old, KEEP_DELIVERED, KEEP_POSITIONS)
        await asyncio.to_thread(notices.forget_old, KEEP_DELIVERED)
        await _pause(stop, TIDY_EVERY)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
