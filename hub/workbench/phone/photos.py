"""Photos of grid workers 巡查照片: checked, made small, and kept in the data folder.

An event carries the address of a photo, as events of other channels carry those of their
attachments: a record on a topic stays small, and a photo is read by staff who are logged in. Each
photo is decoded and written anew, without position or other data of the camera, so that nothing
else can be in the file.
"""

import re
from datetime import date
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from hub.runtime.private_file import write_private_bytes
from hub.web.problem import Problem, ProblemError
from hub.workbench.phone.record import PHOTO

LARGEST = 900_000
"""Bytes of a photo; the page sends about 300,000."""
MOST_PIXELS = 4096 * 4096
LONGEST_EDGE, QUALITY = 1600, 82
NAME = re.compile(PHOTO)
PHOTO_PATH = "/patrol/photos/"


def check_name(name: str) -> str:
    """Return the name of a photo; raises `ProblemError` not_found if it is none."""
    if not NAME.fullmatch(name):
        raise ProblemError(Problem.NOT_FOUND, "没有这张照片")
    return name


def keep_photo(folder: Path, name: str, content: bytes, day: date) -> None:
    """Keep a photo under the hash of what was sent; a repetition changes nothing.

    Blocks: call it in a thread. Raises `ProblemError` bad_request if the content is no such photo.
    """
    if f"{sha256(content).hexdigest()}.jpg" != check_name(name):
        raise ProblemError(Problem.BAD_REQUEST, "照片传输有误，请重试")
    if find_photo(folder, name) is None:
        path = folder / str(day) / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private_bytes(path, _plain_jpeg(content))


def find_photo(folder: Path, name: str) -> Path | None:
    """Return the file of a photo, or None."""
    return next(iter(folder.glob(f"*/{check_name(name)}")), None)


def _plain_jpeg(content: bytes) -> bytes:
    """Return a JPEG of the pixels alone; raises `ProblemError` bad_request."""
    try:
        with Image.open(BytesIO(content), formats=("JPEG",)) as image:
            if image.width * image.height > MOST_PIXELS:
                raise ProblemError(Problem.BAD_REQUEST, "照片太大")
            pixels = image.convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise ProblemError(Problem.BAD_REQUEST, "不是照片文件") from error
    pixels.thumbnail((LONGEST_EDGE, LONGEST_EDGE))
    plain = BytesIO()
    pixels.save(plain, "JPEG", quality=QUALITY)
    return plain.getvalue()


def photo_of_link(link: str, site: str, folder: Path) -> Path | None:
    """Return the file of the photo that the link of an attachment names; None for other links.

    `site` is the address of the workbench (`HUB_OVERVIEW_URL`), below which the link may be.
    """
    path = link.removeprefix(site.rstrip("/"))
    name = path.removeprefix(PHOTO_PATH)
    return find_photo(folder, name) if path != name and NAME.fullmatch(name) else None
