"""Thumbnails of the pictures and files that people send."""

import asyncio
import io
import zlib

import pytest
from PIL import Image

from hub.attachments.draw import DRAWINGS
from hub.attachments.error import AttachmentError
from hub.attachments.thumbnail import draw_apart


def picture(form: str, size: tuple[int, int] = (1600, 900), mode: str = "RGB") -> bytes:
    """Return a picture in a format."""
    out = io.BytesIO()
    Image.new(mode, size, "green").save(out, form)
    return out.getvalue()


def bomb() -> bytes:
    """Return a PNG of a few kilobytes that says it has 40,000 × 40,000 pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4)

    head = (40_000).to_bytes(4) + (40_000).to_bytes(4) + bytes((8, 2, 0, 0, 0))
    rows = zlib.compress(bytes(1_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def rotated() -> bytes:
    """Return a JPEG that a telephone took upright: the sensor's picture, and its orientation."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "13800001234"
    out = io.BytesIO()
    Image.new("RGB", (1600, 900), "green").save(out, "JPEG", exif=exif)
    return out.getvalue()


@pytest.mark.parametrize(
    "data", [picture("JPEG"), picture("PNG", mode="RGBA"), picture("WEBP"), picture("GIF")]
)
def test_a_picture_becomes_a_small_jpeg(data: bytes) -> None:
    """The formats that telephones and systems send."""
    with Image.open(io.BytesIO(asyncio.run(draw_apart(data)))) as drawn:
        assert (drawn.format, max(drawn.size)) == ("JPEG", DRAWINGS["thumbnail"].side)


def test_a_thumbnail_is_upright_and_has_no_metadata() -> None:
    """The orientation is applied; place and remarks of the picture are left out."""
    drawn = asyncio.run(draw_apart(rotated()))
    assert b"13800001234" not in drawn
    with Image.open(io.BytesIO(drawn)) as image:
        assert image.width < image.height
        assert not image.getexif()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<html><script>alert(1)</script></html>",
        b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic",
        b"%PDF-1.7",
        picture("JPEG")[:200],
        picture("TIFF"),
        bomb(),
    ],
    ids=["empty", "svg", "html", "heic", "pdf", "cut", "tiff", "bomb"],
)
def test_what_is_no_safe_picture_has_no_thumbnail(data: bytes) -> None:
    """It can be downloaded, but nothing of it is shown."""
    with pytest.raises(AttachmentError, match="不能预览"):
        asyncio.run(draw_apart(data))
