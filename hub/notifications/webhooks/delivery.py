"""Delivery to one receiver 投递: attempts with growing pauses, until the receiver is disabled.

A message that fails delays only its own case. While nothing at all succeeds, only a few messages
are tried, at growing distances: a receiver that is down is not flooded, and the first success makes
everything due at once.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp
import structlog

from hub.notifications.webhooks.message import signed_headers
from hub.notifications.webhooks.queue import Receiver, WebhookQueue
from hub.notifications.webhooks.subscriptions import Subscription
from hub.runtime.metrics import METERS, Metric
from hub.runtime.outbox import Waiting
from hub.web.connection_fault import connection_fault
from hub.web.outbound import OutboundSession

SCHEDULE = (5.0, 300.0, 1800.0, 7200.0, 18000.0, 36000.0, 50400.0, 72000.0, 86400.0)
"""Seconds from each failed attempt to the next one: the schedule that Standard Webhooks names."""
ATTEMPTS = len(SCHEDULE) + 1
"""After so many failures, in about three days, a message is given up; it can be replayed."""
DISABLED_AFTER = 5 * 86400.0
"""Seconds without any success after which a receiver is disabled."""
AT_ONCE = 8
"""Messages in one round, each of another case."""
PROBES = 2
"""The same while the receiver fails."""
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0
"""Seconds between two rounds while the receiver fails; the pause doubles."""
LONGEST_RETRY_AFTER = 86400.0
SECONDS = 15.0
"""Seconds in which a receiver must answer: Standard Webhooks names 15 to 30."""
SHOWN = 200
"""Characters of a response that are kept."""
GONE = 410

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver answered; `status` is 0 if it did not answer."""

    status: int
    text: str
    retry_after: float = 0.0

    @property
    def accepted(self) -> bool:
        """Whether the receiver has the message."""
        return 200 <= self.status < 300


async def post(
    session: OutboundSession, subscription: Subscription, message_id: str, body: bytes
) -> Answer:
    """Send one message, signed now; return the answer, also if there is none."""
    headers = signed_headers(message_id, int(time.time()), body, subscription.secrets)
    try:
        async with session.post(subscription.url, data=body, headers=headers) as response:
            text = (await response.content.read(4096)).decode("utf-8", "replace")
            return Answer(
                response.status,
                f"HTTP {response.status} {text[:SHOWN]}".strip(),
                _retry_after(response.headers.get("Retry-After", "")),
            )
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return Answer(0, connection_fault(error, subscription.url, SECONDS)[:SHOWN])


def _retry_after(header: str) -> float:
    """Return the seconds of a Retry-After; 0 if it is a date or missing."""
    return min(float(header), LONGEST_RETRY_AFTER) if header.isdecimal() else 0.0


class WebhookDelivery:
    """Delivers the messages of one subscription."""

    def __init__(
        self, subscription: Subscription, queue: WebhookQueue, session: OutboundSession
    ) -> None:
        self.subscription, self._queue, self._session = subscription, queue, session
        self._next_round = 0.0

    @property
    def lane(self) -> str:
        """The name of the subscription."""
        return self.subscription.name

    async def step(self) -> int:
        """Attempt what is due; return how many attempts there were."""
        now = time.time()
        receiver = (await asyncio.to_thread(self._queue.receivers)).get(self.lane, Receiver())
        if receiver.disabled_at or now < self._next_round:
            return 0
        limit = PROBES if receiver.failures else AT_ONCE
        due = await asyncio.to_thread(self._queue.due, self.lane, now, limit)
        if not due:
            return 0
        answers = await asyncio.gather(*(self._attempt(waiting) for waiting in due))
        await asyncio.to_thread(self._record, due, answers)
        return len(due)

    async def _attempt(self, waiting: Waiting) -> Answer:
        message = waiting.message
        return await post(self._session, self.subscription, str(message.message_id), message.body)

    def _record(self, due: Sequence[Waiting], answers: Sequence[Answer]) -> None:
        for waiting, answer in zip(due, answers, strict=True):
            if answer.accepted:
                self._queue.end([waiting], reason=answer.text)
                METERS.count(Metric.WEBHOOKS_SENT, self.lane, "delivered")
            else:
                self._postpone(waiting, answer)
        gone = next((answer for answer in answers if answer.status == GONE), None)
        if gone is not None:
            self._disable(f"the receiver wants no more: {gone.text}")
        elif any(answer.accepted for answer in answers):
            self._next_round = 0.0
            self._queue.succeeded(self.lane)
        else:
            self._note_failure(answers[-1].text)

    def _postpone(self, waiting: Waiting, answer: Answer) -> None:
        attempts = waiting.attempts + 1
        METERS.count(Metric.WEBHOOKS_SENT, self.lane, "failed")
        if attempts >= ATTEMPTS:
            self._queue.end([waiting], dead=True, reason=answer.text)
            METERS.count(Metric.WEBHOOKS_SENT, self.lane, "dead")
            log.error(
                "webhook_dead",
                subscription=self.lane,
                message=str(waiting.message.message_id),
                reason=answer.text,
                advice="hub webhooks replay sends it again",
            )
            return
        pause = max(SCHEDULE[attempts - 1], answer.retry_after)
        self._queue.later([waiting], time.time() + pause, answer.text, failed=True)

    def _note_failure(self, reason: str) -> None:
        receiver = self._queue.failed(self.lane, reason)
        pause = min(FIRST_PAUSE * 2.0 ** min(receiver.failures - 1, 10), LONGEST_PAUSE)
        self._next_round = time.time() + pause
        log.warning(
            "webhook_failed",
            subscription=self.lane,
            failures=receiver.failures,
            retry=pause,
            reason=reason,
        )
        if time.time() - receiver.failing_since > DISABLED_AFTER:
            self._disable(f"no success for {DISABLED_AFTER / 86400:.0f} days: {reason}")

    def _disable(self, reason: str) -> None:
        self._queue.disable(self.lane, reason)
        METERS.count(Metric.WEBHOOKS_SENT, self.lane, "disabled")
        log.error(
            "webhook_disabled",
            subscription=self.lane,
            reason=reason,
            advice="mend the receiver, then hub webhooks enable",
        )
