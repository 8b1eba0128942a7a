"""Papers as PDF 扫描件: the pages of a PDF as pictures; the PDF itself is kept nowhere.

What an office scans comes as PDF. The hub cannot take out of a PDF what must not be public, so it
draws the pages in a process of their own and keeps only the pictures, as photos are.
"""

import signal

from hub.attachments.apart import run_apart
from hub.attachments.page_frames import MOST_PAGES, PdfError, PdfFault, read_frames
from hub.web.problem import Problem, ProblemError

LARGEST_PDF = 20 * 1024 * 1024
"""Bytes of a PDF: twenty pages of an office's scanner, in colour."""
SECONDS = 60.0
HEAD = 1024
"""The mark of a PDF is somewhere in so many bytes at its begin: some programs write before it."""
SCAN_AGAIN = "请打印成PDF或拍照后再传"
SENTENCES: dict[PdfFault, str] = {
    PdfFault.DAMAGED: f"PDF文件不完整、已损坏或没有页面，{SCAN_AGAIN}",
    PdfFault.LOCKED: "PDF文件设了打开密码，请去掉密码后再传",
    PdfFault.PICTURE: f"PDF文件有读不出的扫描图，{SCAN_AGAIN}",
    PdfFault.TOO_MANY_PAGES: f"PDF文件超过{MOST_PAGES}页，请分成几个文件",
    PdfFault.PAGE_SIZE: f"PDF文件有过长或过大的页面，{SCAN_AGAIN}",
    PdfFault.SCRIPT: f"PDF文件带有脚本，看到的内容可能会变，{SCAN_AGAIN}",
    PdfFault.DYNAMIC_FORM: f"PDF文件是动态表单，没有固定的页面，{SCAN_AGAIN}",
    PdfFault.BLANK: f"PDF文件各页读出来都是空白，{SCAN_AGAIN}",
}
"""What the member of staff reads."""
TOO_SLOW = f"PDF文件过于复杂，没有在规定时间内读完，{SCAN_AGAIN}"
ENDED_BY_TIME = (-signal.SIGKILL, -signal.SIGXCPU)


def is_pdf(content: bytes) -> bool:
    """Whether a file says that it is a PDF."""
    return b"%PDF-" in content[:HEAD]


async def page_pictures(content: bytes) -> list[bytes]:
    """Return the pages of a PDF as JPEG, in their order.

    Raises `ProblemError` bad_request with a sentence for the member of staff.
    """
    code, written = await run_apart("hub.attachments.draw_pages", content, seconds=SECONDS)
    if code == 0:
        try:
            return read_frames(written)
        except PdfError as error:
            code = error.fault
    if code in ENDED_BY_TIME:
        raise ProblemError(Problem.BAD_REQUEST, TOO_SLOW)
    # A decoder that crashes, or wants more memory than it gets, has met a damaged file.
    fault = PdfFault(code) if code in set(PdfFault) else PdfFault.DAMAGED
    raise ProblemError(Problem.BAD_REQUEST, SENTENCES[fault])
