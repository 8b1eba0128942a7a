"""Delivery 送达: sends one channel's feedback from the outbox and records the proof."""

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

import structlog
from kafka.errors import KafkaError

from connectors.contract import CannotTellError, Connector, Outgoing, Reply, Way
from hub.broker.producer import Sender
from hub.feedback.outbox import Entry, Outbox
from hub.feedback.transports import OutboundTransport, TryLaterError
from hub.runtime.metrics import METERS, Metric
from hub.runtime.outbox import NEVER
from hub.security.masking import mask_text
from hub.security.original import Original
from hub.security.sealing import Sealer, SealError
from hub.store.reader import StoreAwayError
from schemas.base import derive_id
from schemas.cases.case import Move
from schemas.cases.command import Command, Role
from schemas.cases.feedback import DeadFeedback, Delivery, DeliveryOutcome, Feedback
from schemas.cloudevent import Record
from schemas.topic import COMMANDS, DELIVERIES, FEEDBACK_DEAD

ATTEMPTS = 16
"""After this number of failures a feedback is dead: about nine hours at the default first pause."""
LONGEST_PAUSE = 3600.0
UNSTORED_PAUSE = 1.0
"""Pause while an event is not in the store yet; this does not count as a failed attempt."""
UNSTORED_FOR = 3600.0
"""Seconds after which an event that is still not in the store counts as a failed attempt."""
UNADDRESSED_FOR = timedelta(days=30)
"""How long feedback waits for an address of its channel; after that it is dead."""
AT_ONCE = 200
"""Largest number of reports in one round."""
SHOWN = 3
"""Largest number of native ids in one log line."""
ROWS = (
    "SELECT toString(event_id) AS id, reporter_sealed,"
    " if(words = '', title, JSONExtractString(words, 'title')) AS title,"
    " if(words = '', native, JSONExtractString(words, 'native')) AS native"
    " FROM events WHERE event_id IN {ids:Array(UUID)}"
)

log = structlog.get_logger()

Rows = Callable[[str, dict[str, Any]], list[dict[str, Any]]]
_reason = attrgetter("reason")


def pause_after(attempts: int, first: float) -> float:
    """Return the pause in seconds: it doubles with each failed attempt, up to an hour."""
    return float(min(first * 2 ** (attempts - 1), LONGEST_PAUSE))


@dataclass(frozen=True, slots=True)
class DeliveryContext:
    """Shared by all deliveries: `rows` queries the store, `link_of` makes a tracking link."""

    outbox: Outbox
    sender: Sender
    rows: Rows
    sealer: Sealer
    link_of: Callable[[Feedback], str]
    first_pause: float


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """The final outcome of one feedback."""

    entry: Entry
    outcome: DeliveryOutcome
    proof: str = ""
    reason: str = ""


class ChannelDelivery:
    """Delivers due feedback to one channel.

    If the address is incomplete, `transport` is a text that names the missing settings.
    """

    def __init__(
        self, connector: Connector, transport: OutboundTransport | str, context: DeliveryContext
    ) -> None:
        self.channel, self.form = str(connector.channel), connector.reply
        self.transport, self.context = transport, context

    async def step(self) -> int:
        """Deliver due feedback; return how many feedbacks have ended, in whichever outcome."""
        due = await asyncio.to_thread(self.context.outbox.due, self.channel, time.time(), AT_ONCE)
        wanted = [entry for entry in due if entry.feedback.move in self.form.moves]
        ends = [
            DeliveryResult(entry, DeliveryOutcome.NOT_WANTED)
            for entry in due
            if entry.feedback.move not in self.form.moves
        ]
        if wanted:
            ends += await self._attempt(wanted)
        return await self._publish(ends) if ends else 0

    async def _attempt(self, wanted: Sequence[Entry]) -> list[DeliveryResult]:
        transport = self.transport
        if isinstance(transport, str):
            # An operator has to add an address and restart this process.
            since, reason = datetime.now(UTC) - UNADDRESSED_FOR, f"no address: {transport}"
            old = [entry for entry in wanted if entry.feedback.at < since]
            waits = [entry for entry in wanted if entry.feedback.at >= since]
            await asyncio.to_thread(self.context.outbox.later, waits, NEVER, reason)
            return [DeliveryResult(entry, DeliveryOutcome.DEAD, reason=reason) for entry in old]
        try:
            replies = await asyncio.to_thread(self._replies, wanted)
        except StoreAwayError as error:
            self._later(wanted, UNSTORED_PAUSE, str(error), failed=False)
            return []
        ready = [
            (entry, replies[str(entry.feedback.event_id)])
            for entry in wanted
            if str(entry.feedback.event_id) in replies
        ]
        if self.form.way is Way.FILE:
            return await self._deliver_file(transport, ready)
        all_ends = await asyncio.gather(*(self._deliver(transport, [item]) for item in ready))
        return [end for ends in all_ends for end in ends]

    def _replies(self, entries: Sequence[Entry]) -> Mapping[str, Reply]:
        """Return a reply for each event id. Entries whose event is not yet stored are postponed.

        The outbox yields only the oldest feedback of a report, so an event has one entry.
        """
        ids = sorted({str(entry.feedback.event_id) for entry in entries})
        rows = {row["id"]: row for row in self.context.rows(ROWS, {"ids": ids})}
        replies: dict[str, Reply] = {}
        for entry in entries:
            event_id = str(entry.feedback.event_id)
            row = rows.get(event_id)
            if row is None:
                waited = time.time() - entry.feedback.at.timestamp()
                failed = waited > UNSTORED_FOR
                self._later([entry], UNSTORED_PAUSE, "its event is not in the store", failed=failed)
                continue
            replies[event_id] = Reply(
                feedback=entry.feedback,
                title=row["title"],
                contact=self._contact(event_id, row["reporter_sealed"]),
                native=json.loads(row["native"]),
                link=self.context.link_of(entry.feedback),
            )
        return replies

    def _contact(self, event_id: str, sealed: str) -> Original:
        if not sealed:
            return Original()
        try:
            return Original.model_validate_json(self.context.sealer.open(event_id, sealed))
        except SealError as error:
            log.warning("contact_open_failed", event_id=event_id, error=str(error))
            return Original()

    async def _deliver_file(
        self, transport: OutboundTransport, ready: Sequence[tuple[Entry, Reply]]
    ) -> list[DeliveryResult]:
        """Write one return file. A reply that cannot be encoded does not stop the others."""
        sound: list[tuple[Entry, Reply]] = []
        ends: list[DeliveryResult] = []
        for entry, reply in ready:
            try:
                self._encoded([reply])
            except CannotTellError as error:
                ends.append(DeliveryResult(entry, DeliveryOutcome.DEAD, reason=str(error)))
            else:
                sound.append((entry, reply))
        return ends + (await self._deliver(transport, sound) if sound else [])

    async def _deliver(
        self, transport: OutboundTransport, ready: Sequence[tuple[Entry, Reply]]
    ) -> list[DeliveryResult]:
        entries = [entry for entry, _ in ready]
        try:
            message = self._encoded([reply for _, reply in ready])
            proof = await transport.deliver(message, _key(entries))
        except CannotTellError as error:
            return [
                DeliveryResult(entry, DeliveryOutcome.DEAD, reason=str(error)) for entry in entries
            ]
        except TryLaterError as error:
            return self._failed(entries, error)
        return [DeliveryResult(entry, DeliveryOutcome.DELIVERED, proof) for entry in entries]

    def _encoded(self, replies: Sequence[Reply]) -> Outgoing:
        try:
            return self.form.encode(replies)
        except CannotTellError:
            raise
        except Exception as error:
            log.exception("feedback_encoding_failed", channel=self.channel)
            raise CannotTellError(f"encoder: {type(error).__name__}: {error}") from error

    def _failed(self, entries: Sequence[Entry], error: TryLaterError) -> list[DeliveryResult]:
        dead = []
        for entry in entries:
            attempts = entry.attempts + 1
            if attempts >= ATTEMPTS:
                dead.append(DeliveryResult(entry, DeliveryOutcome.DEAD, reason=str(error)))
                continue
            pause = max(error.after, pause_after(attempts, self.context.first_pause))
            self._later([entry], pause, str(error), failed=True)
        return dead

    def _later(self, entries: Sequence[Entry], pause: float, reason: str, *, failed: bool) -> None:
        self.context.outbox.later(entries, time.time() + pause, reason, failed=failed)
        for entry in entries if failed else ():
            log.warning(
                "delivery_retry",
                channel=self.channel,
                native_id=entry.feedback.native_id,
                attempts=entry.attempts + 1,
                retry=round(pause, 1),
                reason=reason,
            )

    async def _publish(self, ends: Sequence[DeliveryResult]) -> int:
        """Publish each result, then mark it. After a crash in between, it is delivered again."""
        now = datetime.now(UTC)
        records = [record for end in ends for record in self._records(end, now)]
        records += _fed_back(ends, now)
        try:
            await asyncio.to_thread(self.context.sender.send_all, records)
        except KafkaError as error:
            entries = [end.entry for end in ends]
            self._later(entries, UNSTORED_PAUSE, f"broker: {error!r}", failed=False)
            return 0
        abandoned = [end for end in ends if end.outcome is DeliveryOutcome.DEAD]
        others = [end for end in ends if end.outcome is not DeliveryOutcome.DEAD]
        for some, dead in ((others, False), (abandoned, True)):
            if some:
                entries = [end.entry for end in some]
                await asyncio.to_thread(self.context.outbox.end, entries, dead=dead)
        for end in ends:
            METERS.count(Metric.DELIVERED, self.channel, end.outcome)
        # One line for each reason; every dead feedback is on `feedback-dead.v1` anyway.
        for reason, alike in groupby(sorted(abandoned, key=_reason), key=_reason):
            numbers = [end.entry.feedback.native_id for end in alike]
            log.error(
                "feedback_dead",
                channel=self.channel,
                reason=reason,
                feedbacks=len(numbers),
                native_ids=numbers[:SHOWN],
            )
        return len(ends)

    def _records(self, end: DeliveryResult, now: datetime) -> list[Record]:
        feedback, outcome = end.entry.feedback, end.outcome
        delivery = Delivery(
            feedback_id=feedback.feedback_id,
            case_id=feedback.case_id,
            event_id=feedback.event_id,
            channel=feedback.channel,
            native_id=feedback.native_id,
            move=feedback.move,
            outcome=outcome,
            way=self.form.way,
            attempts=end.entry.attempts + (outcome is not DeliveryOutcome.NOT_WANTED),
            at=now,
            proof=end.proof,
            reason=mask_text(end.reason),
        )
        records = [DELIVERIES.record(delivery)]
        if outcome is DeliveryOutcome.DEAD:
            dead = DeadFeedback(
                feedback=feedback, attempts=delivery.attempts, reason=delivery.reason, at=now
            )
            records.append(FEEDBACK_DEAD.record(dead))
        return records


def _fed_back(ends: Iterable[DeliveryResult], now: datetime) -> list[Record]:
    """Return the commands that mark cases as fed back: their channels have the answer.

    There is one command for each case, which names all its reports that were answered.
    """
    by_case: dict[UUID, list[Feedback]] = {}
    for end in ends:
        feedback = end.entry.feedback
        if end.outcome is not DeliveryOutcome.DEAD and feedback.move is Move.RESOLVE:
            by_case.setdefault(feedback.case_id, []).append(feedback)
    return [COMMANDS.record(_fed_back_command(answers, now)) for answers in by_case.values()]


def _fed_back_command(answers: Sequence[Feedback], now: datetime) -> Command:
    first = answers[0]
    data: dict[str, Any] = {
        "event_id": str(first.event_id),
        "feedback_id": str(first.feedback_id),
    }
    if len(answers) > 1:
        data = {"event_ids": [str(answer.event_id) for answer in answers]}
    return Command(
        command_id=derive_id("fed-back", *(str(answer.feedback_id) for answer in answers)),
        case_id=first.case_id,
        move=Move.FEED_BACK,
        actor="hub",
        role=Role.HUB,
        issued_at=now,
        township=first.route,
        reason="答复已送达来件渠道",
        data=data,
    )


def _key(entries: Sequence[Entry]) -> str:
    """Return a key that depends only on these feedbacks, so that each attempt has the same."""
    ids = [str(entry.feedback.feedback_id) for entry in entries]
    return ids[0] if len(ids) == 1 else sha256("".join(ids).encode()).hexdigest()[:32]
