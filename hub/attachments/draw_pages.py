"""The program that draws the pages of a PDF 文件绘图进程: a PDF on stdin, its pages on stdout.

It has the limits of `hub.attachments.draw`, and more time. PDFium is built without scripts and
without XFA, so nothing in the file is executed. The exit code is 0, or one of `PdfFault`.
"""

import io
import math
import sys

import pypdfium2
import pypdfium2.raw as pdfium

from hub.attachments.draw import limit
from hub.attachments.page_frames import MOST_PAGES, PdfError, PdfFault, frames

SECONDS = 40
"""Processor time for all pages."""
SIDE, QUALITY = 2000, 80
"""Pixels of the longer side, at which the print of an A4 page can be read, and JPEG quality."""
LARGEST_SIDE = 14_400.0
"""Points of a side, the limit of the standard (ISO 32000, annex C): 5 metres."""
LONGEST_SHAPE = 5.0
"""The longer side over the shorter one: of a longer page nobody could read the picture."""
PAPER_WHITE = 250
"""A page whose darkest point is lighter is blank."""


def draw_pages(data: bytes) -> list[bytes]:
    """Return the pages of a PDF as JPEG in their order; raises `PdfError`.

    Seals and filled fields are drawn with the page: they are part of what was signed.
    """
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        is_locked = error.err_code == pdfium.FPDF_ERR_PASSWORD
        raise PdfError(PdfFault.LOCKED if is_locked else PdfFault.DAMAGED) from error
    _check(document)
    try:
        document.init_forms()
        pages = [_picture(document[number]) for number in range(len(document))]
    except (pypdfium2.PdfiumError, MemoryError, OSError) as error:
        raise PdfError(PdfFault.DAMAGED) from error
    if not any(has_ink for _, has_ink in pages):
        raise PdfError(PdfFault.BLANK)
    return [picture for picture, _ in pages]


def _check(document: pypdfium2.PdfDocument) -> None:
    """Raise `PdfError` if a document is none of pages, or has a script or too many pages."""
    if pdfium.FPDF_GetFormType(document) == pdfium.FORMTYPE_XFA_FULL:
        raise PdfError(PdfFault.DYNAMIC_FORM)
    if pdfium.FPDFDoc_GetJavaScriptActionCount(document) > 0:
        raise PdfError(PdfFault.SCRIPT)
    if len(document) > MOST_PAGES:
        raise PdfError(PdfFault.TOO_MANY_PAGES)


def _picture(page: pypdfium2.PdfPage) -> tuple[bytes, bool]:
    """Return a page as JPEG, upright, and whether anything is on it."""
    width, height = page.get_size()
    longer, shorter = max(width, height), min(width, height)
    is_usual = math.isfinite(longer) and shorter > 0 and longer <= LARGEST_SIDE
    if not is_usual or longer / shorter > LONGEST_SHAPE:
        raise PdfError(PdfFault.PAGE_SIZE)
    # The size of the picture is ours, whatever the page says of its own.
    image = page.render(scale=SIDE / longer, may_draw_forms=True).to_pil().convert("RGB")
    has_ink = min(low for low, _ in image.getextrema()) < PAPER_WHITE
    if not has_ink:
        _check_pictures(page)
    page.close()
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY)
    return out.getvalue(), has_ink


def _check_pictures(page: pypdfium2.PdfPage) -> None:
    """Raise `PdfError` if a blank page has a picture that cannot be decoded: it is not empty."""
    for picture in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE]):
        try:
            picture.get_bitmap()
        except pypdfium2.PdfiumError as error:
            raise PdfError(PdfFault.PICTURE) from error


def main() -> int:
    """Draw the PDF on stdin; return the exit code."""
    limit(SECONDS)
    try:
        written = frames(draw_pages(sys.stdin.buffer.read()))
    except PdfError as error:
        return error.fault
    sys.stdout.buffer.write(written)
    return 0


if __name__ == "__main__":
    sys.exit(main())
