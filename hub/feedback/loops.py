"""The loops of `hub feedback`: they read feedback from its topic and deliver it to every channel.

There is one such process. It keeps the order of the topic within each report. Its outbox on the
local disk records what was delivered.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from clickhouse_connect.driver.exceptions import ClickHouseError
from kafka.errors import KafkaError
from pydantic import ValidationError

from connectors.registry import load_connectors
from hub.broker.connection import batching_options
from hub.broker.consumer import PartitionConsumer, offsets_after, partitions_of
from hub.broker.producer import KafkaSender
from hub.broker.wakeup import TopicReader, wakeup_of
from hub.feedback.delivery import UNADDRESSED_FOR, ChannelDelivery
from hub.feedback.outbox import Outbox
from hub.runtime.metrics import METERS, Metric
from hub.settings.outgoing.feedback import FeedbackSettings
from hub.store.reader import Reader, StoreAwayError
from schemas.cases.feedback import Feedback
from schemas.cloudevent import Record, from_record
from schemas.topic import FEEDBACK

GROUP = "minqing-hub-feedback"
COUNT_EVERY = 5.0
IDLE_SECONDS = 0.5
POLL_MS = 1000
MOST = 5000
"""Feedback that one commit of the outbox stores at most."""
RETRY_SECONDS = 1.0
KEEP_DELIVERED = 30 * 86400.0
TIDY_EVERY = 3600.0
LOST = (
    "SELECT body FROM feedback WHERE body != '' AND at > now() - INTERVAL 30 DAY"
    " AND feedback_id NOT IN (SELECT feedback_id FROM deliveries) ORDER BY at, seq"
)
"""Feedback in the store that has no delivery: the embedded broker may have lost its record."""

log = structlog.get_logger()


class FeedbackConsumer:
    """Copies feedback from the topic into the outbox; commits offsets once it is on disk."""

    def __init__(self, settings: FeedbackSettings, outbox: Outbox) -> None:
        self.settings, self.outbox = settings, outbox
        self._wakeup = wakeup_of(settings, TopicReader.FEEDBACK)

    def run(self, stopped: threading.Event) -> None:
        """Read until stopped; wait while the broker is unavailable."""
        while not stopped.is_set():
            try:
                self._run(stopped)
            except KafkaError as error:
                log.warning("waiting_for_broker", error=repr(error))
                stopped.wait(RETRY_SECONDS)

    def _run(self, stopped: threading.Event) -> None:
        options, parts = batching_options(self.settings), partitions_of([FEEDBACK])
        with PartitionConsumer(options, parts, group=GROUP, wakeup=self._wakeup) as consumer:
            while not stopped.is_set():
                self.step(consumer)

    def step(self, consumer: PartitionConsumer) -> None:
        """Store a batch of all partitions at once, because each commit costs an fsync."""
        batch = consumer.gather(POLL_MS, linger=IDLE_SECONDS, most=MOST)
        if batch:
            self.take([record.value for record in batch])
            consumer.commit(offsets_after(batch))

    def take(self, values: list[bytes]) -> None:
        """Store records. Skip invalid ones: the sink keeps them as faults."""
        feedback: list[Feedback] = []
        for value in values:
            try:
                feedback.append(from_record(Feedback, value))
            except ValidationError:
                log.exception("feedback_invalid")
        self.outbox.put(feedback)


async def recover(outbox: Outbox, store: "LockedClients", stop: asyncio.Event) -> None:
    """Once the store answers, add all its feedback that has no delivery; then return."""
    while not stop.is_set():
        try:
            rows = await asyncio.to_thread(store.rows, LOST)
        except StoreAwayError as error:
            log.warning("waiting_for_store", error=str(error))
            await asyncio.sleep(RETRY_SECONDS)
            continue
        recovered = await asyncio.to_thread(
            outbox.put, [from_record(Feedback, str(row["body"]).encode()) for row in rows]
        )
        if recovered:
            log.info("feedback_recovered", count=recovered)
        return


Due = Mapping[str, asyncio.Event]
"""By channel: set when its feedback is due, and when the process stops."""


async def announce_due(outbox: Outbox, due: Due, stop: asyncio.Event) -> None:
    """Look for due feedback until stopped: once for all channels, because most have none."""
    while not stop.is_set():
        for channel in await asyncio.to_thread(outbox.channels_due, due, time.time()):
            due[channel].set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), IDLE_SECONDS)
    for event in due.values():
        event.set()


async def deliver_forever(
    delivery: ChannelDelivery, due: asyncio.Event, stop: asyncio.Event, pause: float
) -> None:
    """Deliver to one channel until stopped, whenever feedback is due.

    A channel that receives files has a longer `pause` in seconds, so that a file has many replies.
    """
    while not stop.is_set():
        await due.wait()
        due.clear()
        while await delivery.step() and pause <= IDLE_SECONDS and not stop.is_set():
            continue
        if pause > IDLE_SECONDS:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)


async def count_waiting(outbox: Outbox, stop: asyncio.Event) -> None:
    """Update the gauge of waiting feedback, until stopped."""
    channels = tuple(load_connectors())
    while not stop.is_set():
        waiting = await asyncio.to_thread(outbox.waiting)
        for channel in channels:
            METERS.set(Metric.OUTBOX_WAITING, waiting.get(channel, 0), channel)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), COUNT_EVERY)


async def tidy(outbox: Outbox, stop: asyncio.Event) -> None:
    """Delete old deliveries; make feedback due that waited too long for an address, so it ends."""
    while not stop.is_set():
        now = time.time()
        await asyncio.to_thread(outbox.forget, now - KEEP_DELIVERED)
        await asyncio.to_thread(outbox.wake, now - UNADDRESSED_FOR.total_seconds())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), TIDY_EVERY)


class LockedClients:
    """One producer and one connection to the store for all channels, used one at a time."""

    def __init__(self, settings: FeedbackSettings) -> None:
        self._sender, self._reader = KafkaSender(settings), Reader(settings)
        self._sending, self._reading = threading.Lock(), threading.Lock()

    def send_all(self, records: Sequence[Record]) -> None:
        """Send; raises `KafkaError` if the broker did not take every record."""
        with self._sending:
            self._sender.send_all(records)

    def rows(self, sql: str, parameters: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """Return the rows of a query; raises `StoreAwayError`, also before the first migration."""
        with self._reading:
            try:
                return self._reader.rows(sql, parameters)
            except ClickHouseError as error:
                raise StoreAwayError(f"the store is not ready: {error}") from error

    def close(self) -> None:
        """Close both."""
        self._sender.close()
        self._reader.close()
