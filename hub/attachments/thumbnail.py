"""Thumbnails 缩略图: drawn by another process within limits, kept in memory for a while."""

import asyncio
from collections import OrderedDict

from hub.attachments.apart import run_apart
from hub.attachments.draw import TOO_MANY_PIXELS
from hub.attachments.error import AttachmentError, TooManyPixelsError
from hub.attachments.fetch import AttachmentSource

LARGEST = 20 * 1024 * 1024
"""Bytes of an image that is drawn; a larger one can be downloaded only."""
SECONDS = 15.0
AT_ONCE = 2
KEPT = 256
"""Thumbnails in memory, some 30 kB each. They are on no disk: pictures show people."""
NOT_DRAWN = "此附件不能预览，请下载后查看"


class Thumbnails:
    """Draws and keeps thumbnails by the link of their attachment."""

    def __init__(self, source: AttachmentSource) -> None:
        self._source = source
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def of(self, link: str) -> bytes:
        """Return the thumbnail of an attachment as JPEG; raises `AttachmentError`."""
        known = self._kept.get(link)
        if known is not None:
            self._kept.move_to_end(link)
            return known
        async with self._slots:
            drawn = await draw_apart(await self._source.read(link, LARGEST))
        self._kept[link] = drawn
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return drawn


async def draw_apart(data: bytes, drawing: str = "thumbnail") -> bytes:
    """Return the thumbnail of an image, or another of `DRAWINGS`, drawn by a process of its own.

    Raises `AttachmentError` if it is no image of a known format, or takes too much memory or time.
    """
    code, drawn = await run_apart("hub.attachments.draw", data, drawing, seconds=SECONDS)
    if code == TOO_MANY_PIXELS:
        raise TooManyPixelsError("图片像素过多，不能预览，请下载后查看")
    if code != 0 or not drawn:
        raise AttachmentError(NOT_DRAWN)
    return drawn
