"""PDFs of the kinds that offices send, and those that nobody should: written by hand or drawn."""

import io
import zlib
from collections.abc import Mapping
from typing import Any

from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

A4 = (595.0, 842.0)


def printed(pages: int = 1, size: tuple[float, float] = A4, **canvas: Any) -> bytes:
    """Return a PDF that a program has printed, with a line on each page."""
    out = io.BytesIO()
    drawn = Canvas(out, pagesize=size, **canvas)
    for number in range(pages):
        drawn.drawString(50, size[1] / 2, f"Minutes of the meeting, page {number + 1}")
        drawn.showPage()
    drawn.save()
    return out.getvalue()


def scanned(pages: int = 1, form: str = "JPEG", colour: str = "navy") -> bytes:
    """Return a PDF of a scanner: each page is one picture."""
    picture = Image.new("RGB", (1240, 1754), "white")
    picture.paste(Image.new("RGB", (900, 300), colour), (170, 200))
    kept = io.BytesIO()
    (picture.convert("1") if form == "PNG" else picture).save(kept, form)
    out = io.BytesIO()
    drawn = Canvas(out, pagesize=A4)
    for _ in range(pages):
        drawn.drawImage(ImageReader(io.BytesIO(kept.getvalue())), 0, 0, *A4)
        drawn.showPage()
    drawn.save()
    return out.getvalue()


def locked(password: str) -> bytes:
    """Return a PDF whose owner allows no print; a password is needed to open it if there is one."""
    return printed(encrypt=StandardEncryption(password, ownerPassword="owner", canPrint=0))


def written(objects: Mapping[int, str | bytes], root: int = 1) -> bytes:
    """Return a PDF of objects that are written by hand."""
    out, places = bytearray(b"%PDF-1.7\n"), {}
    for number, body in objects.items():
        places[number] = len(out)
        content = body if isinstance(body, bytes) else body.encode("latin-1")
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 1\n0000000000 65535 f \n"
    for number, place in places.items():
        out += b"%d 1\n%010d 00000 n \n" % (number, place)
    size = max(objects) + 1
    out += b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, root, start)
    return bytes(out)


def stream(content: bytes, head: str = "") -> bytes:
    """Return the body of a stream object."""
    return f"<< /Length {len(content)} {head} >>\nstream\n".encode() + content + b"\nendstream"


def one_page(
    content: bytes = b"50 50 200 200 re f",
    *,
    page: str = "/MediaBox [0 0 595 842]",
    root: str = "",
    more: Mapping[int, str | bytes] | None = None,
) -> bytes:
    """Return a PDF with one page, on which is a black square; `root`, `page` have more entries."""
    return written(
        {
            1: f"<< /Type /Catalog /Pages 2 0 R {root} >>",
            2: "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            3: f"<< /Type /Page /Parent 2 0 R /Contents 4 0 R {page} >>",
            4: stream(content),
            **(more or {}),
        }
    )


def no_page() -> bytes:
    """Return a PDF whose tree of pages is empty."""
    pages = "<< /Type /Pages /Kids [] /Count 0 >>"
    return written({1: "<< /Type /Catalog /Pages 2 0 R >>", 2: pages})


def scripted() -> bytes:
    """Return a PDF with a script for the whole document."""
    return one_page(
        root="/Names << /JavaScript << /Names [(start) 5 0 R] >> >>",
        more={5: "<< /S /JavaScript /JS (app.alert\\(1\\)) >>"},
    )


def dynamic_form() -> bytes:
    """Return a PDF of a dynamic form: its page only says that another program is needed."""
    return one_page(
        root="/AcroForm << /Fields [] /XFA 5 0 R >> /NeedsRendering true",
        more={5: stream(b"<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'/>")},
    )


def sealed() -> bytes:
    """Return a contract whose red seal is the appearance of a signature field 电子签章."""
    widget = (
        "<< /Type /Annot /Subtype /Widget /FT /Sig /T (seal) /F 4 /Rect [300 300 500 500]"
        " /P 3 0 R /AP << /N 6 0 R >> >>"
    )
    seal = stream(b"1 0 0 rg 0 0 200 200 re f", "/Type /XObject /Subtype /Form /BBox [0 0 200 200]")
    return one_page(
        page="/MediaBox [0 0 595 842] /Annots [5 0 R]",
        root="/AcroForm << /Fields [5 0 R] /SigFlags 3 >>",
        more={5: widget, 6: seal},
    )


def broken_picture() -> bytes:
    """Return a scan whose only picture cannot be decoded, as a scanner's own JBIG2 may be."""
    head = "/Type /XObject /Subtype /Image /Width 1240 /Height 1754 /BitsPerComponent 1"
    return one_page(
        b"q 595 0 0 842 0 0 cm /I Do Q",
        page="/MediaBox [0 0 595 842] /Resources << /XObject << /I 5 0 R >> >>",
        more={5: stream(b"\0" * 40, f"{head} /ColorSpace /DeviceGray /Filter /JBIG2Decode")},
    )


def bomb(side: int = 60_000) -> bytes:
    """Return a small PDF whose picture has thousands of millions of points."""
    rows = zlib.compress(bytes(10_000_000), 9)
    head = f"/Type /XObject /Subtype /Image /Width {side} /Height {side} /BitsPerComponent 8"
    return one_page(
        b"q 595 0 0 842 0 0 cm /I Do Q",
        page="/MediaBox [0 0 595 842] /Resources << /XObject << /I 5 0 R >> >>",
        more={5: stream(rows, f"{head} /ColorSpace /DeviceRGB /Filter /FlateDecode")},
    )


def endless(depth: int = 24) -> bytes:
    """Return a small PDF whose drawing repeats itself thousands of millions of times."""
    form = "/Type /XObject /Subtype /Form /BBox [0 0 595 842]"
    more: dict[int, str | bytes] = {}
    for level in range(depth):
        number = 10 + level
        inner = f"/Resources << /XObject << /F {number + 1} 0 R >> >>" if level < depth - 1 else ""
        content = b"/F Do /F Do /F Do /F Do" if inner else b"0 0 500 700 re f"
        more[number] = stream(content, f"{form} {inner}")
    page = "/MediaBox [0 0 595 842] /Resources << /XObject << /F 10 0 R >> >>"
    return one_page(b"/F Do", page=page, more=more)
