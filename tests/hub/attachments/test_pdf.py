"""Papers as PDF: what offices scan and print is drawn page by page, the rest is refused."""

import asyncio
import io
from datetime import date
from pathlib import Path

import pytest
from PIL import Image

from hub.attachments import pdf
from hub.attachments.apart import KILLED
from hub.attachments.draw_pages import SIDE
from hub.attachments.page_frames import MOST_PAGES, PdfError, frames, read_frames
from hub.attachments.pdf import SENTENCES, TOO_SLOW, is_pdf, page_pictures
from hub.attachments.photos import MOST_A_DAY, NAME, PhotoFolder
from hub.web.problem import ProblemError
from tests.hub.attachments import scans
from tests.hub.attachments.test_thumbnail import picture

DAY = date(2026, 11, 29)
RED = (200, 60, 60)


def drawn(content: bytes) -> list[Image.Image]:
    """Return the pages of a PDF."""
    return [Image.open(io.BytesIO(page)) for page in asyncio.run(page_pictures(content))]


def refusal(content: bytes) -> str:
    """Return the sentence with which a PDF is refused."""
    with pytest.raises(ProblemError) as refused:
        asyncio.run(page_pictures(content))
    return refused.value.detail


@pytest.mark.parametrize(
    ("content", "pages"),
    [
        (scans.printed(3), 3),
        (scans.scanned(2), 2),
        (scans.scanned(1, form="PNG"), 1),
        (scans.scanned(MOST_PAGES), MOST_PAGES),
        (scans.locked(""), 1),
        (scans.printed(size=(2384, 3370)), 1),
        (b"\r\n--part\r\n\r\n" + scans.printed(), 1),
    ],
    ids=["printed", "scanned", "bitonal", "twenty", "owner's password", "A0", "junk before"],
)
def test_pages_become_pictures(content: bytes, pages: int) -> None:
    """The longer side has the same pixels, whatever the page measures, and none is blank."""
    images = drawn(content)
    assert len(images) == pages
    for image in images:
        assert (image.format, max(image.size)) == ("JPEG", SIDE)
        assert image.convert("L").getextrema()[0] < 128


def test_a_seal_of_a_signature_field_is_drawn() -> None:
    """The red seal of an electronic contract is an annotation: it is part of what was signed."""
    (image,) = drawn(scans.sealed())
    red, green, blue = image.convert("RGB").getpixel((image.width * 2 // 3, image.height // 2))
    assert red > RED[0]
    assert max(green, blue) < RED[1]


def test_a_turned_page_is_upright_and_only_its_visible_part_is_shown() -> None:
    """A scanner turns a page by an entry; what is outside the crop box is not shown anywhere."""
    (turned,) = drawn(scans.one_page(page="/MediaBox [0 0 595 842] /Rotate 90"))
    assert turned.width > turned.height
    (cropped,) = drawn(scans.one_page(page="/MediaBox [0 0 595 842] /CropBox [0 0 300 300]"))
    assert cropped.width == cropped.height


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (scans.locked("secret"), "打开密码"),
        (scans.scripted(), "脚本"),
        (scans.dynamic_form(), "动态表单"),
        (scans.printed(MOST_PAGES + 1), f"超过{MOST_PAGES}页"),
        (scans.no_page(), "没有页面"),
        (scans.printed(size=(20_000, 20_000)), "过大"),
        (scans.printed(size=(300, 9_000)), "过长"),
        (scans.one_page(b""), "空白"),
        (scans.broken_picture(), "读不出的扫描图"),
        (scans.scanned(3)[:-4000], "损坏"),
        (b"%PDF-1.7\n" + b"x" * 5000, "损坏"),
        (b"%PDF-", "损坏"),
        (scans.endless(), "损坏"),
    ],
    ids=[
        *("locked", "script", "XFA", "21 pages", "no page", "huge", "roll", "blank"),
        *("bad picture", "cut", "junk", "empty", "endless"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_a_sentence(content: bytes, words: str) -> None:
    """The sentence says what is wrong and what to do; nothing is drawn."""
    assert words in refusal(content)


def test_a_picture_of_thousands_of_millions_of_points_ends_within_its_limits() -> None:
    """A file of ten kilobytes takes no more memory than the process may have."""
    assert refusal(scans.bomb()) in SENTENCES.values()


def test_a_pdf_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process is ended."""
    monkeypatch.setattr(pdf, "SECONDS", 0.0)
    assert KILLED in pdf.ENDED_BY_TIME
    assert refusal(scans.printed()) == TOO_SLOW


def test_only_pages_are_accepted_from_the_program() -> None:
    """A decoder that was taken over cannot hand over anything else than JPEGs."""
    page = picture("JPEG")
    assert read_frames(frames([page, page])) == [page, page]
    for written in (b"", frames([b"<script>"]), frames([page])[:-1], frames([page] * 21)):
        with pytest.raises(PdfError):
            read_frames(written)


def test_pages_are_kept_as_photos_and_the_pdf_nowhere(tmp_path: Path) -> None:
    """They have names like photos, in the order of the pages; sent again they are the same."""
    folder, content = PhotoFolder(tmp_path), scans.printed(3)
    names = asyncio.run(folder.keep_paper(content, "小周", DAY))
    assert asyncio.run(folder.keep_paper(content, "小周", DAY)) == names
    assert len(set(names)) == 3
    assert all(NAME.fullmatch(name) for name in names)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert sorted(path.name for path in files) == sorted(names)
    assert not any(is_pdf(path.read_bytes()) for path in files)


def test_a_pdf_counts_as_its_pages(tmp_path: Path) -> None:
    """Beyond the limit of a day no page of it is kept."""
    folder = PhotoFolder(tmp_path)
    folder._count("小周", DAY, MOST_A_DAY - 1)
    with pytest.raises(ProblemError, match="已达上限"):
        asyncio.run(folder.keep_paper(scans.printed(2), "小周", DAY))
    assert not list(tmp_path.rglob("*.jpg"))
    assert len(asyncio.run(folder.keep_paper(picture("PNG"), "小周", DAY))) == 1
