"""The daily digest at its hour 定时研判: written once a day, and mailed to each address once.

What was sent is kept in a file beside the digest, so neither a restart nor a second round sends it
again. An address that the mail server refuses for good is logged and not tried again.
"""

import asyncio
import json
from datetime import UTC, date, datetime
from pathlib import Path

import structlog

from connectors.contract import CannotTellError, Outgoing
from hub.admin.digest import compose
from hub.digest.forms.pdf import pdf
from hub.digest.forms.write import html, write
from hub.digest.mail import due_day, mail_of, recipients
from hub.digest.queries import Day, Rows
from hub.feedback.transports import Mail
from hub.runtime.paths import DataPaths
from hub.settings.feedback import DigestSettings

EVERY = 30.0
"""Seconds between two looks at the clock."""
FORMS = ("html", "pdf")

log = structlog.get_logger()


class DailyDigest:
    """Writes and mails yesterday's digest; `rows` asks the store."""

    def __init__(self, settings: DigestSettings, rows: Rows) -> None:
        self._settings, self._rows = settings, rows
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
        if sent is not None and set(self._to) <= sent.keys():
            return 0
        return await self._send(day, now, record, sent or {})

    async def _send(self, day: date, now: datetime, record: Path, sent: dict[str, str]) -> int:
        document = await asyncio.to_thread(
            compose, self._settings, self._rows, Day(day, now), "", ""
        )
        await asyncio.to_thread(write, document, self._folder, FORMS)
        page, paper = html(document), await asyncio.to_thread(pdf, document)
        mail = Mail(self._settings.smtp_url.get_secret_value(), self._settings.digest_from)
        _write(record, sent)
        count = 0
        for address in self._to:
            if address in sent:
                continue
            body = mail_of(document, page, paper, address, now)
            try:
                sent[address] = await mail.deliver(Outgoing(body, to=address), document.name)
                count += 1
            except CannotTellError as error:
                sent[address] = f"refused: {error}"
                log.warning("digest_refused", day=str(day), error=str(error))
            _write(record, sent)
        log.info("digest_sent", day=str(day), mails=count)
        return 0


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
