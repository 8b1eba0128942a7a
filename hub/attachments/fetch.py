"""Fetching an attachment 获取附件: limits on address, time, size and redirects."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import (
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
)
from yarl import URL

from hub.attachments.addresses import BAD_LINK, CheckedResolver, checked_url, listed_hosts
from hub.attachments.error import AttachmentError
from hub.settings.attachments import AttachmentSettings

MOST_REDIRECTS = 3
REDIRECTS = frozenset({301, 302, 303, 307, 308})
CONNECT_SECONDS = 5.0
CHUNK = 64 * 1024
TOO_LARGE = "附件过大，不能打开"
AWAY = "附件的来源没有应答，请稍后再试"
# A compressed body could grow beyond every limit when it is unpacked.
HEADERS = {"Accept-Encoding": "identity", "User-Agent": "minqing-hub"}


def _no_file(_: str) -> Path | None:
    return None


class AttachmentSource:
    """Fetches attachments from where their channels keep them."""

    def __init__(
        self, settings: AttachmentSettings, own_file: Callable[[str], Path | None] = _no_file
    ) -> None:
        """`own_file` returns the file of a link to the hub itself, None for any other link."""
        self._own_file = own_file
        self._listed = listed_hosts(settings.attachment_hosts)
        self._seconds, self._most = settings.attachment_seconds, settings.attachment_bytes

    async def read(self, link: str, most: int) -> bytes:
        """Return an attachment of at most `most` bytes; raises `AttachmentError`."""
        body = bytearray()
        async with self.opened(link) as chunks:
            async for chunk in chunks:
                body += chunk
                if len(body) > most:
                    raise AttachmentError(TOO_LARGE)
        return bytes(body)

    @asynccontextmanager
    async def opened(self, link: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """Yield the chunks of an attachment, of at most `HUB_ATTACHMENT_BYTES` in all.

        Raises `AttachmentError` for a forbidden address, a failure, a time-out, or a larger body;
        a body that turns out to be too large raises it while its chunks are read.
        """
        own = await asyncio.to_thread(self._own_file, link)
        if own is not None:
            yield _file_chunks(own)
            return
        connector = TCPConnector(
            resolver=CheckedResolver(self._listed), use_dns_cache=False, force_close=True
        )
        session = ClientSession(
            connector=connector,
            cookie_jar=DummyCookieJar(),
            timeout=ClientTimeout(total=self._seconds, connect=CONNECT_SECONDS),
            headers=HEADERS,
            auto_decompress=False,
            trust_env=False,
        )
        try:
            async with session:
                response = await self._answer(session, link)
                async with response:
                    yield self._chunks(response)
        except (ClientError, TimeoutError, OSError) as error:
            raise AttachmentError(AWAY) from error

    async def _answer(self, session: ClientSession, link: str) -> ClientResponse:
        """Follow redirects, each checked as the first link was; return the answer with a body."""
        url = checked_url(link, self._listed)
        for _ in range(MOST_REDIRECTS + 1):
            response = await session.get(url, allow_redirects=False)
            if response.status not in REDIRECTS:
                self._check(response)
                return response
            response.close()
            url = checked_url(str(_joined(url, response)), self._listed)
        raise AttachmentError("附件的来源跳转次数过多，不能打开")

    def _check(self, response: ClientResponse) -> None:
        if response.status != 200:
            raise AttachmentError("附件的来源没有这个文件，可能已过期")
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise AttachmentError(BAD_LINK)
        if response.content_length is not None and response.content_length > self._most:
            raise AttachmentError(TOO_LARGE)

    async def _chunks(self, response: ClientResponse) -> AsyncIterator[bytes]:
        received = 0
        async for chunk in response.content.iter_chunked(CHUNK):
            received += len(chunk)
            if received > self._most:
                raise AttachmentError(TOO_LARGE)
            yield chunk


def _joined(url: URL, response: ClientResponse) -> URL:
    try:
        return url.join(URL(response.headers.get("Location", "")))
    except ValueError as error:
        raise AttachmentError(BAD_LINK) from error


async def _file_chunks(path: Path) -> AsyncIterator[bytes]:
    try:
        yield await asyncio.to_thread(path.read_bytes)
    except OSError as error:
        raise AttachmentError(AWAY) from error
