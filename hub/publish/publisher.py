"""The publisher 发布: reads the journal in order, decodes, normalises, sends, advances its cursor.

While the broker is down, messages wait in the journal. A batch that is sent twice has the same ids,
so it counts once.
"""

import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol
from uuid import UUID

import structlog
from kafka.errors import KafkaError

from connectors.contract import Connector, DecodeContext
from connectors.formats.page_rating import decode_rating
from hub.broker.producer import Sender
from hub.journal.journal import Journal
from hub.publish.normalise import to_unified_event
from hub.publish.rejection import reject
from hub.runtime.metrics import METERS, Meters, Metric
from hub.security.sealing import Sealer, SealError
from schemas.cloudevent import Record
from schemas.reports.event import UnifiedEvent
from schemas.reports.fact import FOLLOWING, OPENING, Decoded, Fact
from schemas.reports.raw import RATED_ON_PAGE, RawMessage, Transport
from schemas.reports.receipt import Receipt
from schemas.reports.rejected import Fault, Reason, Rejected
from schemas.route import UNKNOWN_ROUTE
from schemas.topic import EVENTS, RECEIPTS, REJECTED
from streams.town.register import Register

CURSOR = "published"
BATCH = 500
BATCH_BYTES = 8 * 1024 * 1024
"""Bytes of bodies after which a batch ends: the decoded records take several times as much."""
GATHER = 0.05
"""Seconds to gather single messages into a batch, because each batch costs time."""
IDLE_SECONDS = 1.0
"""Longest wait for the next message; another program may have added one to the journal."""
LONGEST_PAUSE = 10.0

log = structlog.get_logger()

Processed = tuple[Sequence[UnifiedEvent], Sequence[Rejected], Receipt]
"""Events, rejected records and receipt of one message."""


class Routes(Protocol):
    """Routes of known native ids, and follow-ups that wait for their report."""

    def route(self, channel: str, *native_ids: str) -> str | None:
        """Return the route of the first known of a channel's native ids."""

    def keep_routes(self, routes: Iterable[tuple[str, str, str]]) -> None:
        """Store (channel, native id, route); the first route of a native id stays."""

    def keep_early(self, early: Iterable[tuple[str, str, UUID]]) -> None:
        """Store (channel, native id of a report not yet received, receipt of its follow-up)."""

    def early(self, reports: Iterable[tuple[str, str]]) -> list[RawMessage]:
        """Return each message once that followed up on these (channel, native id) too early."""


@dataclass(slots=True)
class Publisher:
    """Turns raw messages into Kafka records and sends them."""

    routes: Routes
    connectors: Mapping[str, Connector]
    contexts: Mapping[str, DecodeContext]
    register: Register
    sealer: Sealer
    sender: Sender
    meters: Meters = METERS
    _fresh_routes: dict[tuple[str, str], str] = field(default_factory=dict)
    _early: set[tuple[str, str, UUID]] = field(default_factory=set)

    def publish(self, raws: Sequence[RawMessage]) -> None:
        """Publish the events, rejected records and receipts of `raws`; raises `KafkaError`."""
        self._fresh_routes.clear()
        self._early.clear()
        batch = [self._process(raw) for raw in raws]
        if self._early:
            self.routes.keep_early(self._early)
        late = self._reissued_early(batch)
        self.routes.keep_routes(
            (channel, native_id, route)
            for (channel, native_id), route in self._fresh_routes.items()
        )
        records = [record for processed in batch for record in _records(*processed)]
        self.sender.send_all([*records, *map(EVENTS.record, late)])
        self._count(batch)

    def _reissued_early(self, batch: Sequence[Processed]) -> list[UnifiedEvent]:
        """Return follow-ups received before their report, to be published again behind it.

        They follow their report on its route each time that it is published. The worker decides a
        follow-up without a case again; it recognises all others as duplicates.
        """
        reports = {
            (str(event.channel), event.native_id)
            for events, _, _ in batch
            for event in events
            if event.kind in OPENING
        }
        late: list[UnifiedEvent] = []
        for raw in self.routes.early(reports):
            facts = (fact for fact in self._decode(raw).facts if fact.kind in FOLLOWING)
            met = (f for f in facts if any((raw.channel, known) in reports for known in _named(f)))
            late += self._events_of(raw, met)[0]
        return late

    def _count(self, batch: Sequence[Processed]) -> None:
        for events, rejected, receipt in batch:
            self.meters.count(Metric.PUBLISHED, receipt.channel)
            self.meters.count(Metric.FACTS, receipt.channel, by=len(events))
            for event in events:
                if event.danger is not None:
                    self.meters.count(Metric.DANGERS, event.channel, event.danger.kind)
            for rejected_message in rejected:
                self.meters.count(
                    Metric.REJECTED, rejected_message.channel, rejected_message.reason
                )

    def _process(self, raw: RawMessage) -> Processed:
        decoded = self._decode(raw)
        events, unfinished = self._events_of(raw, decoded.facts)
        rejected = reject(raw, [*decoded.faults, *unfinished], self.sealer)
        receipt = Receipt(
            receipt_id=raw.receipt_id,
            channel=raw.channel,
            received_at=raw.received_at,
            size=len(raw.body),
            event_ids=tuple(event.event_id for event in events),
            rejected_ids=tuple(rejected_message.rejected_id for rejected_message in rejected),
            duplicates=decoded.duplicates
            + len(decoded.facts)
            + len(decoded.faults)
            - len(events)
            - len(rejected),
            skipped=decoded.skipped,
            replay_of=raw.replay_of,
        )
        return events, rejected, receipt

    def _events_of(
        self, raw: RawMessage, facts: Iterable[Fact]
    ) -> tuple[list[UnifiedEvent], list[Fault]]:
        """Return the distinct events of facts, and a fault for each fact that has no event."""
        events: dict[str, UnifiedEvent] = {}
        faults: list[Fault] = []
        for fact in facts:
            try:
                event = self._to_unified_event(raw, fact)
            except SealError:
                # The fact is sound: it is published as soon as the key is available again.
                raise
            except ValueError as error:
                faults.append(_unfinished(Reason.BAD_VALUE, fact, error))
                continue
            except Exception as error:  # noqa: BLE001 - the facts behind it must be published
                faults.append(_unfinished(Reason.DECODER_FAULT, fact, error))
                continue
            events.setdefault(str(event.event_id), event)
        return list(events.values()), faults

    def _decode(self, raw: RawMessage) -> Decoded:
        connector = self.connectors.get(raw.channel)
        if connector is None:
            detail = f"no connector is installed for {raw.channel}"
            return Decoded(faults=(Fault(reason=Reason.UNKNOWN_CHANNEL, detail=detail),))
        if raw.transport is Transport.HTTP and RATED_ON_PAGE in raw.headers:
            connector = replace(connector, decode=decode_rating)
        context = self.contexts.get(raw.channel, DecodeContext())
        return connector.decode_batch([raw], context)[0]

    def _to_unified_event(self, raw: RawMessage, fact: Fact) -> UnifiedEvent:
        event = to_unified_event(raw, fact, self.register, self.sealer, self._route)
        named = _named(fact)
        if fact.kind in FOLLOWING and self._route(raw.channel, *named) is None:
            # A follow-up must not decide the route of its report, and may have to follow it later.
            self._early |= {(raw.channel, native_id, raw.receipt_id) for native_id in named}
        elif event.route != UNKNOWN_ROUTE or event.kind in OPENING:
            # The case of a report opens on the route of its event, even if the place is unknown;
            # follow-ups take the same route.
            self._fresh_routes.setdefault((raw.channel, event.native_id), event.route)
        return event

    def _route(self, channel: str, *native_ids: str) -> str | None:
        for native_id in filter(None, native_ids):
            fresh = self._fresh_routes.get((channel, native_id))
            if fresh is not None:
                return fresh
        return self.routes.route(channel, *native_ids)


def _named(fact: Fact) -> tuple[str, ...]:
    """Return the native ids by which a fact may belong to a report."""
    return tuple(filter(None, (fact.parent_id, fact.native_id)))


def _records(
    events: Sequence[UnifiedEvent], rejected: Sequence[Rejected], receipt: Receipt
) -> list[Record]:
    return [
        *map(EVENTS.record, events),
        *map(REJECTED.record, rejected),
        RECEIPTS.record(receipt),
    ]


def _unfinished(reason: Reason, fact: Fact, error: Exception) -> Fault:
    subject = f"{fact.native_id} revision {fact.revision}"
    return Fault(reason=reason, detail=f"{type(error).__name__}: {error}", position=subject)


def publish_batch(publisher: Publisher, journal: Journal) -> int:
    """Publish up to one batch of the journal; return how many entries; raises `KafkaError`."""
    after = int(journal.get(CURSOR) or 0)
    entries = journal.read(after, BATCH, most_bytes=BATCH_BYTES)
    if not entries:
        return 0
    publisher.publish([raw for _, raw in entries])
    journal.set(CURSOR, str(entries[-1][0]))
    return len(entries)


def publish_forever(publisher: Publisher, journal: Journal, stopped: Callable[[], bool]) -> None:
    """Publish until stopped; while the broker is away, wait longer after each attempt."""
    pause = 0.1
    while not stopped():
        try:
            published = publish_batch(publisher, journal)
            if not published:
                journal.wait_for_append(IDLE_SECONDS)
            if published < BATCH:
                time.sleep(GATHER)
            pause = 0.1
        except (KafkaError, sqlite3.Error, SealError) as error:
            log.warning(
                "publish_retry",
                error=str(error),
                retry=pause,
                detail="the journal keeps all messages",
            )
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
