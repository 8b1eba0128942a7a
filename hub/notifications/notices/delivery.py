"""Delivery of notices 送达提醒: what waits for a receiver goes out as one message."""

import asyncio
import json
import smtplib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import make_msgid

import aiohttp
import structlog

from hub.notifications.notices.notice import Notice, is_past
from hub.notifications.notices.queue import NoticeQueue
from hub.notifications.notices.robots import fault_in, message_to
from hub.notifications.notices.rules import Receiver
from hub.notifications.notices.text import Text, plain, text_of
from hub.runtime.metrics import METERS, Metric
from hub.runtime.outbox import Waiting
from hub.web.connection_fault import connection_fault
from hub.web.outbound import OutboundSession
from hub.web.smtp import mail_fault, smtp_connection
from schemas.cloudevent import from_record

AT_ONCE = 500
"""Largest number of notices in one message."""
FIRST_PAUSE, LONGEST_PAUSE = 60.0, 900.0
"""Seconds until the next attempt: platforms block a robot that sends too often."""
GIVEN_UP_AFTER = 72.0
"""Hours after which a notice that could not be sent is given up."""
JSON = {"content-type": "application/json"}

log = structlog.get_logger()


class NotSentError(RuntimeError):
    """A receiver did not take a message; the message says why."""


@dataclass(frozen=True, slots=True)
class Transport:
    """What messages go out by: an HTTP session, the mail server, and the From of mails."""

    session: OutboundSession
    smtp_url: str
    sender: str


async def send_text(receiver: Receiver, text: Text, transport: Transport) -> str:
    """Send a text now, and return what the receiver answered; raises `NotSentError`."""
    if receiver.robot:
        return await _to_robot(receiver, text, transport.session)
    return await asyncio.to_thread(_by_mail, receiver, text, transport)


async def _to_robot(receiver: Receiver, text: Text, session: OutboundSession) -> str:
    message = message_to(receiver.robot, receiver.url, receiver.secret, text, time.time())
    try:
        async with session.post(message.url, data=message.body, headers=JSON) as response:
            body = (await response.content.read(4096)).decode("utf-8", "replace")
            status = response.status
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        # The sentence leaves out path and query of the URL, which have the robot's key.
        raise NotSentError(connection_fault(error, message.url, session.seconds)) from error
    try:
        answer = json.loads(body)
    except ValueError:
        answer = {}
    if status != 200 or not isinstance(answer, dict):
        raise NotSentError(f"{receiver.robot} answers HTTP {status}")
    if fault := fault_in(receiver.robot, answer):
        raise NotSentError(fault)
    return f"HTTP {status}"


def _by_mail(receiver: Receiver, text: Text, transport: Transport) -> str:
    if not transport.smtp_url:
        raise NotSentError("HUB_SMTP_URL is not set")
    mail = EmailMessage()
    mail["From"], mail["To"] = transport.sender, ", ".join(receiver.mail)
    mail["Subject"], mail["Message-ID"] = text.title, make_msgid(domain="minqing-hub")
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(plain(text))
    try:
        with smtp_connection(transport.smtp_url) as server:
            refused = server.send_message(mail)
    except (smtplib.SMTPException, OSError) as error:
        raise NotSentError(mail_fault(error, transport.smtp_url)[:200]) from error
    return f"taken, without {', '.join(refused)}" if refused else "taken"


class NoticeDelivery:
    """Sends what waits for one receiver."""

    def __init__(
        self,
        name: str,
        receiver: Receiver,
        queue: NoticeQueue,
        units: Mapping[str, str],
        staff_url: str,
    ) -> None:
        self.name, self._receiver, self._queue = name, receiver, queue
        self._units, self._staff_url = units, staff_url

    async def step(self, transport: Transport) -> int:
        """Send one message if it is time; return how many notices it had."""
        now = datetime.now(UTC)
        due = await asyncio.to_thread(self._queue.due, self.name, now.timestamp(), AT_ONCE)
        notices = [from_record(Notice, waiting.message.body) for waiting in due]
        if not due or not self._receiver.is_time(notices, due[0].message.at, now):
            return 0
        text = text_of(notices, self._units, self._staff_url)
        try:
            answer = await send_text(self._receiver, text, transport)
        except NotSentError as error:
            await asyncio.to_thread(self._postpone, due, notices, str(error), now)
            return 0
        await asyncio.to_thread(self._queue.end, due, reason=answer)
        METERS.count(Metric.NOTICES_SENT, self.name, "delivered", by=len(due))
        return len(due)

    def _postpone(
        self, due: Sequence[Waiting], notices: Sequence[Notice], reason: str, now: datetime
    ) -> None:
        old = [
            waiting
            for waiting, notice in zip(due, notices, strict=True)
            if is_past(notice, now, GIVEN_UP_AFTER)
        ]
        late = [waiting for waiting in due if waiting not in old]
        attempts = max(waiting.attempts for waiting in due) + 1
        pause = min(FIRST_PAUSE * 2.0 ** min(attempts - 1, 10), LONGEST_PAUSE)
        if old:
            self._queue.end(old, dead=True, reason=reason)
            METERS.count(Metric.NOTICES_SENT, self.name, "dead", by=len(old))
        if late:
            self._queue.later(late, now.timestamp() + pause, reason, failed=True)
        METERS.count(Metric.NOTICES_SENT, self.name, "failed")
        log.warning(
            "notices_not_sent",
            receiver=self.name,
            notices=len(late),
            given_up=len(old),
            retry=pause,
            reason=reason,
        )
