"""Photos that the hub keeps itself 照片: of grid workers, and of units in their answers.

A record carries the address of a photo, as events of other channels carry those of their
attachments: a record on a topic stays small, and a photo is read by staff who are logged in. Each
photo is decoded by another process and written anew, upright, without position or other data of
the camera, so that nothing else can be in the file.
"""

import asyncio
import re
import shutil
from collections import Counter
from datetime import date
from hashlib import sha256
from pathlib import Path

from hub.attachments.error import AttachmentError, TooManyPixelsError
from hub.attachments.pdf import is_pdf, page_pictures
from hub.attachments.thumbnail import draw_apart
from hub.runtime.private_file import write_private_bytes
from hub.web.problem import Problem, ProblemError

PHOTO = r"^[0-9a-f]{64}\.jpg$"
"""Name of a photo: the SHA-256 of its bytes as they were sent, of a page also of its number."""
NAME = re.compile(PHOTO)
GRID_PATH = "/patrol/photos/"
"""Where photos of grid workers are served."""
MOST_A_DAY = 300
"""Photos that one person may send in a day: a broken phone must not fill the disk."""
AT_ONCE = 2
"""Photos that are decoded at the same time."""
UNUSABLE = "不是能打开的照片，请用相机原图或截图；高效格式的照片请先转换"
TOO_MANY_PIXELS = "照片像素过多，请缩小后再传"


def photo_name(content: bytes) -> str:
    """Return the name of a photo by its bytes as they were sent."""
    return f"{sha256(content).hexdigest()}.jpg"


def check_name(name: str) -> str:
    """Return the name of a photo; raises `ProblemError` not_found if it is none."""
    if not NAME.fullmatch(name):
        raise ProblemError(Problem.NOT_FOUND, "没有这张照片")
    return name


class PhotoFolder:
    """The photos in the data folder, in a sub-folder a day."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sent: Counter[tuple[str, date]] = Counter()
        self._slots = asyncio.Semaphore(AT_ONCE)

    def find(self, name: str) -> Path | None:
        """Return the file of a photo, or None. Blocks: call it in a thread."""
        return next(iter(self._folder.glob(f"*/{check_name(name)}")), None)

    async def keep(self, content: bytes, sender: str, day: date) -> str:
        """Keep a photo and return its name; a repetition changes nothing.

        Raises `ProblemError`: bad_request if the content is no JPEG or PNG, or has too many pixels;
        too_often if the sender has sent `MOST_A_DAY` photos today.
        """
        if self._sent[sender, day] >= MOST_A_DAY:
            raise ProblemError(Problem.TOO_OFTEN, "今天的照片已达上限")
        name = photo_name(content)
        if await asyncio.to_thread(self.find, name) is None:
            async with self._slots:
                plain = await _plain_jpeg(content)
            await asyncio.to_thread(_write, self._folder / str(day) / name, plain)
        self._count(sender, day, 1)
        return name

    async def keep_paper(self, content: bytes, sender: str, day: date) -> tuple[str, ...]:
        """Keep a photo, or the pages of a PDF as photos; return their names in order.

        Of a PDF that is refused, and beyond the sender's limit, no page is kept. Raises
        `ProblemError` as `keep`, with a sentence for each fault of a PDF.
        """
        if not is_pdf(content):
            return (await self.keep(content, sender, day),)
        async with self._slots:
            pages = await page_pictures(content)
        if self._sent[sender, day] + len(pages) > MOST_A_DAY:
            raise ProblemError(Problem.TOO_OFTEN, "今天的照片已达上限")
        # The whole content once, not once for each page.
        digest = sha256(content).digest()
        names = [photo_name(digest + number.to_bytes(2, "big")) for number in range(len(pages))]
        for name, page in zip(names, pages, strict=True):
            if await asyncio.to_thread(self.find, name) is None:
                await asyncio.to_thread(_write, self._folder / str(day) / name, page)
        self._count(sender, day, len(pages))
        return tuple(names)

    def _count(self, sender: str, day: date, photos: int) -> None:
        self._sent = Counter({key: n for key, n in self._sent.items() if key[1] == day})
        self._sent[sender, day] += photos

    def delete_before(self, day: date) -> int:
        """Delete the photos that arrived before a day; return the number of their days. Blocks."""
        old = [folder for folder in self._folder.glob("????-??-??") if folder.name < str(day)]
        for folder in old:
            shutil.rmtree(folder)
        return len(old)

    def of_link(self, link: str, site: str) -> Path | None:
        """Return the file that the link of a grid worker's photo names; None for other links.

        `site` is the address of the workbench (`HUB_OVERVIEW_URL`), below which the link may be.
        """
        path = link.removeprefix(site.rstrip("/"))
        name = path.removeprefix(GRID_PATH)
        return self.find(name) if path != name and NAME.fullmatch(name) else None


async def _plain_jpeg(content: bytes) -> bytes:
    """Return a JPEG of the pixels alone; raises `ProblemError` bad_request."""
    try:
        return await draw_apart(content, "photo")
    except TooManyPixelsError as error:
        raise ProblemError(Problem.BAD_REQUEST, TOO_MANY_PIXELS) from error
    except AttachmentError as error:
        raise ProblemError(Problem.BAD_REQUEST, UNUSABLE) from error


def _write(path: Path, plain: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_private_bytes(path, plain)
