"""Paged APIs 分页接口 of other systems, polled with a durable cursor."""

from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256

import aiohttp
import structlog

from hub.intake.collectors.api_page import Page, find_cursor, looks_like_json, read_page
from hub.intake.collectors.source import Source
from hub.intake.collectors.stuck import Stuck
from hub.runtime.periodic import BusySourceError
from schemas.channel import Channel
from schemas.reports.raw import Transport

PAGE = 100
TIMEOUT = aiohttp.ClientTimeout(total=30)
REMEMBERED = 10_000
"""Pages whose content is compared, to notice a system that repeats its answers."""
BUSY = (429, 503)
GONE = 410
"""The system no longer knows the cursor (RFC 9110, 15.5.11)."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class PagedApi:
    """One paged API: the records of a page are in `records`, the next cursor in `next`.

    `cursor` is the name of the cursor in the journal.
    """

    channel: Channel
    name: str
    cursor: str
    records: str


class PagedCollector:
    """Reads `GET {url}/{records}?after=…&limit=…`; the cursor moves once a page is durable."""

    def __init__(self, source: Source, api: PagedApi, url: str) -> None:
        self._source, self._api, self._url = source, api, url
        self._stuck = Stuck()
        self._limit = PAGE
        self._seen: deque[str] = deque(maxlen=REMEMBERED)
        self._repeats = False

    async def collect(self) -> int:
        """Take one page; return the number of its records, 0 if the next page must wait for a poll.

        Raises `OSError` if the system does not answer, or not with a page.
        """
        after = self._source.journal.get(self._api.cursor) or ""
        body, content_type = await self._get(after)
        try:
            page = read_page(body, content_type, self._api.records)
        except ValueError as error:
            return await self._past_damage(after, body, content_type, error)
        self._stuck.clear(after)
        limit = self._source.settings.max_body
        if len(body) > limit:
            if self._asks_for_fewer():
                return 1
            self._set_aside(after, page.digest, f"{len(body)} bytes, at most {limit}")
        elif page.records:
            await self._take(body, content_type, page.digest, after)
        self._limit = min(PAGE, 2 * self._limit)
        return self._go_on(after, page)

    def _go_on(self, after: str, page: Page) -> int:
        """Move the cursor; return 0 if the next page must wait for a poll."""
        if page.following in ("", after):
            return 0
        self._source.journal.set(self._api.cursor, page.following)
        if not page.records:
            # A new system may name a cursor on an empty page.
            return 0
        repeated = page.digest in self._seen
        if repeated and not self._repeats:
            detail = "same records again: read at poll pace"
            log.warning("source_repeats", source=self._api.name, after=after, detail=detail)
        if not repeated:
            self._seen.append(page.digest)
        self._repeats = repeated
        return 0 if repeated else page.records

    async def _take(self, body: bytes, content_type: str, digest: str, after: str) -> None:
        await self._source.receiver.take(
            self._api.channel,
            Transport.POLL,
            body,
            # The last page may grow under one cursor, and a system may return the same under
            # many cursors: the content identifies a delivery.
            delivery=f"poll:{digest}",
            source=_place(after),
            content_type=content_type,
        )

    def _asks_for_fewer(self) -> bool:
        """Halve the number of records that the next round asks for; False at one record."""
        can_halve = self._limit > 1
        self._limit = max(1, self._limit // 2)
        return can_halve

    async def _past_damage(
        self, after: str, body: bytes, content_type: str, error: ValueError
    ) -> int:
        """Get past a page that is not JSON: ask for fewer records, then keep its bytes and go on.

        For an error page it raises `OSError`, and the cursor stays.
        """
        if not looks_like_json(body, self._api.records):
            raise OSError(f"{self._api.name}: {error}; is it an error page or a login?") from error
        if self._asks_for_fewer():
            return 1
        following = find_cursor(body)
        if not self._stuck.failed(after) or following in ("", after):
            raise OSError(f"{self._api.name}: {_place(after)}: {error}") from error
        # Its bytes become a rejected message, with the position of the fault.
        digest = sha256(body).hexdigest()
        await self._take(body, content_type, digest, after)
        self._set_aside(after, digest, f"no JSON: {error}")
        self._source.journal.set(self._api.cursor, following)
        return 1

    def _set_aside(self, after: str, digest: str, state: str) -> None:
        identity = f"{self._api.cursor}:{after}:{digest}"
        self._source.set_aside(self._api.name, _place(after), state, identity=identity)

    async def _get(self, after: str) -> tuple[bytes, str]:
        """Return body and content type of a page; raises `OSError`."""
        url = f"{self._url.rstrip('/')}/{self._api.records}"
        params = {"after": after, "limit": str(self._limit)}
        try:
            async with (
                aiohttp.ClientSession(timeout=TIMEOUT) as session,
                session.get(url, params=params) as answer,
            ):
                if answer.status in BUSY:
                    wait = _seconds(answer.headers.get("Retry-After", ""), datetime.now(UTC))
                    raise BusySourceError(f"{self._api.name}: it answered {answer.status}", wait)
                if answer.status == GONE and after:
                    detail = "read from the start"
                    log.warning("cursor_gone", source=self._api.name, after=after, detail=detail)
                    self._source.journal.set(self._api.cursor, "")
                answer.raise_for_status()
                content_type = answer.headers.get("Content-Type", "")
                return await answer.read(), content_type.encode("utf-8", "replace").decode()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise OSError(f"{self._api.name}: {error or 'no answer in time'}") from error


def _place(after: str) -> str:
    return f"after {after or 'the beginning'}"


def _seconds(header: str, now: datetime) -> float:
    """Return the seconds of a `Retry-After` (RFC 9110, 10.2.3); 0 if there is none."""
    if header.strip().isdecimal():
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return 0.0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
