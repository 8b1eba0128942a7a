"""The daily digest at its hour 定时研判: written once a day, sent to each address and robot once.

What was sent is kept in a file beside the digest, so neither a restart nor a second round sends it
again. An address that the mail server refuses for good is logged and not tried again. A robot that
does not take it is tried again after ten minutes, until the day ends.
"""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from connectors.contract import CannotTellError, Outgoing
from hub.admin.digest import compose
from hub.digest.document import Document
from hub.digest.forms.pdf import pdf
from hub.digest.forms.write import html, write
from hub.digest.mail import due_day, mail_of, recipients
from hub.digest.queries import Day, Rows
from hub.feedback.transports import Mail
from hub.notifications.notices.delivery import NotSentError
from hub.processes.digest_robots import DigestRobots
from hub.runtime.paths import DataPaths
from hub.settings.outgoing.feedback import DigestSettings

EVERY = 30.0
"""Seconds between two looks at the clock."""
FORMS = ("html", "pdf")
ROBOT_PAUSE = timedelta(minutes=10)
"""Time until the next attempt after a robot did not take the digest."""
ROBOT = "robot "
"""Begins the name of a robot in the file of what was sent."""

log = structlog.get_logger()


class DailyDigest:
    """Writes and sends yesterday's digest; `rows` asks the store."""

    def __init__(
        self, settings: DigestSettings, rows: Rows, robots: DigestRobots | None = None
    ) -> None:
        self._settings, self._rows, self._robots = settings, rows, robots
        self._robots_from = datetime.min.replace(tzinfo=UTC)
        self._folder = DataPaths(settings.data).digests
        self._to = recipients(settings.digest_to)
        if self._to and not (settings.smtp_url.get_secret_value() and settings.digest_from):
            log.warning("digest_unconfigured", missing="HUB_SMTP_URL and HUB_DIGEST_FROM")
            self._to = []

    async def step(self) -> int:
        """Send what is due; return 0, since nothing waits then. Raises if store or server fails.

        Mails that went out before a failure are not sent again.
        """
        now = datetime.now(UTC)
        day = due_day(now, self._settings.digest_at)
        if day is None:
            return 0
        record = self._folder / f"sent-{day}.json"
        sent = await asyncio.to_thread(_read, record)
        robots: list[str] = []
        if self._robots is not None and now >= self._robots_from:
            robots = await asyncio.to_thread(self._robots.names)
        robots = [name for name in robots if f"{ROBOT}{name}" not in (sent or {})]
        if sent is not None and set(self._to) <= sent.keys() and not robots:
            return 0
        document = await asyncio.to_thread(
            compose, self._settings, self._rows, Day(day, now), "", ""
        )
        await asyncio.to_thread(write, document, self._folder, FORMS)
        sent = sent or {}
        _write(record, sent)
        await self._to_robots(robots, document, now, record, sent)
        await self._mail(document, now, record, sent)
        log.info("digest_sent", day=str(day), to=len(sent))
        return 0

    async def _to_robots(
        self,
        robots: list[str],
        document: Document,
        now: datetime,
        record: Path,
        sent: dict[str, str],
    ) -> None:
        """Send to each robot; one that fails holds up neither the others nor the mails."""
        if self._robots is None:
            return
        for name in robots:
            try:
                sent[f"{ROBOT}{name}"] = await self._robots.send(name, document)
            except NotSentError as error:
                log.warning("digest_robot_failed", robot=name, error=str(error))
                self._robots_from = now + ROBOT_PAUSE
            _write(record, sent)

    async def _mail(
        self, document: Document, now: datetime, record: Path, sent: dict[str, str]
    ) -> None:
        """Mail to each address that has not got it; raises if the server is away."""
        waiting = [address for address in self._to if address not in sent]
        if not waiting:
            return
        page, paper = html(document), await asyncio.to_thread(pdf, document)
        mail = Mail(self._settings.smtp_url.get_secret_value(), self._settings.digest_from)
        for address in waiting:
            body = mail_of(document, page, paper, address, now)
            try:
                sent[address] = await mail.deliver(Outgoing(body, to=address), document.name)
            except CannotTellError as error:
                sent[address] = f"refused: {error}"
                log.warning("digest_refused", digest=document.name, error=str(error))
            _write(record, sent)


def _read(record: Path) -> dict[str, str] | None:
    """Return what was sent, by address; None if the digest was not written yet."""
    try:
        return dict(json.loads(record.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def _write(record: Path, sent: dict[str, str]) -> None:
    part = record.with_suffix(".part")
    part.write_text(json.dumps(sent, ensure_ascii=False), encoding="utf-8")
    part.replace(record)
