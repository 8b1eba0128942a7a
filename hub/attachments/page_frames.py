"""What the program that draws pages answers 页面图片的传递: pages, or why there are none. Pure.

Each page is written as its length in four bytes, most significant first, and its JPEG.
"""

from collections.abc import Sequence
from enum import IntEnum

MOST_PAGES = 20
LENGTH_BYTES = 4
JPEG = b"\xff\xd8\xff"


class PdfFault(IntEnum):
    """Why a PDF is not drawn; the value is the exit code of the program."""

    DAMAGED = 10
    """不完整、已损坏，或没有页"""
    LOCKED = 11
    """打开要密码"""
    PICTURE = 12
    """有一页的图片读不出来"""
    TOO_MANY_PAGES = 13
    """页数过多"""
    PAGE_SIZE = 14
    """页面尺寸异常"""
    SCRIPT = 15
    """带有脚本"""
    DYNAMIC_FORM = 16
    """动态表单"""
    BLANK = 17
    """各页都是空白"""


class PdfError(ValueError):
    """A PDF cannot be drawn."""

    def __init__(self, fault: PdfFault) -> None:
        super().__init__(fault.name)
        self.fault = fault


def frames(pages: Sequence[bytes]) -> bytes:
    """Return pages as they are written."""
    return b"".join(len(page).to_bytes(LENGTH_BYTES, "big") + page for page in pages)


def read_frames(written: bytes) -> list[bytes]:
    """Return the pages of what was written; raises `PdfError` if it is cut, or none of ours."""
    pages, at = [], 0
    while at < len(written):
        begin = at + LENGTH_BYTES
        at = begin + int.from_bytes(written[at:begin], "big")
        page = written[begin:at]
        if at > len(written) or not page.startswith(JPEG):
            raise PdfError(PdfFault.DAMAGED)
        pages.append(page)
    if not 0 < len(pages) <= MOST_PAGES:
        raise PdfError(PdfFault.DAMAGED)
    return pages
