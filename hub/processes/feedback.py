"""`hub feedback` 反馈: reads feedback from its topic and delivers it to every channel.

Only one such process runs: each report's feedback keeps the order of the topic, and the outbox on
this disk knows what has been delivered.
"""

import asyncio
import threading
from collections.abc import Iterator
from functools import partial

import aiohttp
import structlog

from connectors.contract import Way
from connectors.registry import load_connectors
from hub.broker.topics import ensure_topics
from hub.feedback.addresses import Address, load_addresses
from hub.feedback.delivery import ChannelDelivery, DeliveryContext
from hub.feedback.loops import (
    IDLE_SECONDS,
    FeedbackConsumer,
    LockedClients,
    announce_due,
    count_waiting,
    deliver_forever,
    recover,
    tidy,
)
from hub.feedback.outbox import Outbox
from hub.feedback.to_many import ToMany
from hub.feedback.transports import TIMEOUT, transport_for
from hub.journal.keys import sealer_of
from hub.notifications.run import Notifications
from hub.processes.daily_digest import EVERY, DailyDigest
from hub.processes.digest_robots import DigestRobots
from hub.runtime.health import beat_until, watched
from hub.runtime.lock import acquire_lock
from hub.runtime.log import set_up_logging
from hub.runtime.paths import DataPaths
from hub.runtime.periodic import repeat_forever
from hub.runtime.process import in_thread, stop_on_signal
from hub.security.credentials import load_or_create_credentials
from hub.security.sealing import SealError
from hub.settings import Settings
from hub.settings.outgoing.feedback import FeedbackSettings
from hub.town.registers import load_town
from hub.tracking.code import link_of

PER_RECEIVER = 8
"""Parallel connections to one receiver: they are systems of offices, not data centres."""

log = structlog.get_logger()


def deliveries(
    settings: FeedbackSettings, session: aiohttp.ClientSession, context: DeliveryContext
) -> Iterator[tuple[ChannelDelivery, float]]:
    """Yield the delivery of each channel, and the pause between two of its rounds in seconds.

    Raises `AddressError` if the file of addresses cannot be used.
    """
    addresses = load_addresses(settings)
    credentials = load_or_create_credentials(settings)
    for name, connector in load_connectors().items():
        transport = transport_for(
            connector.reply.way,
            addresses.get(name, Address()),
            session,
            credentials.of(name),
            settings.smtp_url.get_secret_value(),
            DataPaths(settings.data).return_files / name,
        )
        if isinstance(transport, str):
            log.warning("channel_unconfigured", channel=name, missing=transport)
        batched = connector.reply.way is Way.FILE
        pause = settings.feedback_every if batched else IDLE_SECONDS
        yield ChannelDelivery(connector, transport, context), pause


async def run(settings: Settings) -> None:
    """Run until a signal; if a task fails, raise its error, so that the supervisor restarts it."""
    set_up_logging(settings, "feedback")
    lock = acquire_lock(settings.data, "feedback")
    stop, ends = asyncio.Event(), threading.Event()
    stop_on_signal(stop)
    try:
        sealer = sealer_of(settings)
    except SealError as error:
        raise SystemExit(f"hub feedback: {error}") from error
    await asyncio.to_thread(ensure_topics, settings)
    outbox, clients = Outbox(DataPaths(settings.data).outbox), LockedClients(settings)
    outbox.wake()
    units = {unit.code: unit.name for unit in load_town(settings.town).units}
    context = DeliveryContext(
        outbox=outbox,
        sender=clients,
        rows=clients.rows,
        sealer=sealer,
        link_of=partial(link_of, settings.public_url),
        first_pause=settings.feedback_retry,
    )
    # No total timeout: time spent waiting for one of the few connections does not count.
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=TIMEOUT, sock_read=TIMEOUT)
    pool = aiohttp.TCPConnector(limit=0, limit_per_host=PER_RECEIVER)
    with watched(settings) as pulse:
        async with (
            aiohttp.ClientSession(connector=pool, timeout=timeout) as session,
            asyncio.TaskGroup() as tasks,
        ):
            tasks.create_task(
                in_thread(stop, partial(FeedbackConsumer(settings, outbox).run, ends))
            )
            tasks.create_task(
                in_thread(stop, partial(ToMany(settings, clients, clients.rows).run, ends))
            )
            tasks.create_task(recover(outbox, clients, stop))
            tasks.create_task(count_waiting(outbox, stop))
            tasks.create_task(tidy(outbox, stop))
            tasks.create_task(Notifications(settings, clients.rows, units).run(stop))
            if settings.digest_at:
                digest = DailyDigest(settings, clients.rows, DigestRobots(settings))
                tasks.create_task(repeat_forever("digest", digest.step, EVERY, stop))
            channels = list(deliveries(settings, session, context))
            due = {delivery.channel: asyncio.Event() for delivery, _ in channels}
            tasks.create_task(announce_due(outbox, due, stop))
            for delivery, pause in channels:
                tasks.create_task(deliver_forever(delivery, due[delivery.channel], stop, pause))
            try:
                await beat_until(pulse, stop)
            finally:
                ends.set()
    clients.close()
    outbox.close()
    if lock:
        lock.close()


if __name__ == "__main__":
    asyncio.run(run(Settings()))
