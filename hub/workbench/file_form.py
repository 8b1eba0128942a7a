"""Forms with files 带文件的表单: read part by part within limits; every other form refuses files.

The token comes before the files and is checked first. One file is in memory at a time. After a
fault the rest is read and not kept: a browser shows an answer only once it has sent its form.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import BodyPartReader, web
from multidict import MultiDict

from hub.accounts.login_http import check_csrf
from hub.accounts.session import CSRF_HEADER, Viewer
from hub.attachments.pdf import is_pdf
from hub.web.problem import Problem, ProblemError
from hub.workbench.access import CSRF_FIELD

LARGEST_FILE = 10 * 1024 * 1024
LARGEST_FORM = 128 * 1024 * 1024
"""Bytes that are read of a form: a video that was chosen by mistake gets an answer too."""
LARGEST_TEXT = 64 * 1024
"""Bytes of all fields without a file."""
MOST_FILES = 6
AT_ONCE = 6
"""Forms that are read at the same time, each with at most one file in memory."""
SECONDS = 300.0

KeepFile = Callable[[bytes], Awaitable[tuple[str, ...]]]
"""Keeps a file and returns the names of its pictures; raises `ProblemError`."""


@dataclass(slots=True)
class FileForm:
    """The fields of a form, the names of the files that were kept, and why others were not."""

    fields: MultiDict[str] = field(default_factory=MultiDict)
    files: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


class FileForms:
    """Reads the forms with files of one application; `largest_pdf` bytes of a PDF, if allowed."""

    def __init__(self, largest_pdf: int = 0) -> None:
        self._largest_pdf = largest_pdf
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def read(self, request: web.Request, viewer: Viewer, keep: KeepFile) -> FileForm:
        """Return a form whose CSRF token is right.

        Raises `ProblemError`: bad_request for a wrong token or no such form, too_large, too_slow.
        """
        if request.content_type != "multipart/form-data":
            raise ProblemError(Problem.BAD_REQUEST, "send this form as multipart/form-data")
        if (request.content_length or 0) > LARGEST_FORM:
            raise ProblemError(Problem.TOO_LARGE, "所选文件过大，请只选照片")
        reading = _Reading(request, viewer, keep, self._largest_pdf)
        async with self._slot():
            try:
                async for part in _parts(request):
                    await reading.take(part)
            except (ValueError, AssertionError, LookupError) as error:
                raise ProblemError(Problem.BAD_REQUEST, "表单不完整，请重新提交") from error
        reading.check_token()
        return reading.form

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(SECONDS), self._slots:
                yield
        except TimeoutError as error:
            raise ProblemError(Problem.TOO_SLOW, "照片传输过慢，请换网络或减少照片") from error


class _Reading:
    """One form that is being read."""

    def __init__(
        self, request: web.Request, viewer: Viewer, keep: KeepFile, largest_pdf: int
    ) -> None:
        self._request, self._viewer, self._keep = request, viewer, keep
        self._largest_pdf = largest_pdf
        self.form, self._size, self._texts, self._files = FileForm(), 0, 0, 0
        self._checked = False

    def check_token(self) -> None:
        """Raise `ProblemError` unless the token of the form, or of its header, is right."""
        if not self._checked:
            has_header = CSRF_HEADER in self._request.headers
            token = None if has_header else self.form.fields.get(CSRF_FIELD, "")
            check_csrf(self._request, self._viewer, token)
            self._checked = True

    async def take(self, part: BodyPartReader) -> None:
        """Read a part: a field, or a file, which is kept or has a fault."""
        if part.filename is None:
            content = await self._content(part, LARGEST_TEXT - self._texts)
            if content is None:
                raise ProblemError(Problem.TOO_LARGE, "文字过长")
            self._texts += len(content)
            self.form.fields.add(part.name or "", content.decode())
            return
        self.check_token()
        is_surplus = self._files >= MOST_FILES
        content = await self._content(part, 0 if is_surplus else LARGEST_FILE, self._largest_pdf)
        # A browser sends an empty file if none is chosen.
        if content == b"":
            return
        self._files += 1
        fault = await self._fault(content, is_surplus=is_surplus)
        if fault:
            self.form.faults.append(f"第{self._files}张：{fault}")

    async def _fault(self, content: bytes | None, *, is_surplus: bool) -> str:
        """Keep a file; return why it cannot be, or nothing."""
        if is_surplus:
            return f"最多{MOST_FILES}张"
        if content is None:
            pdf = f"，PDF超过{self._largest_pdf // 1024**2}兆" if self._largest_pdf else ""
            return f"超过{LARGEST_FILE // 1024**2}兆{pdf}"
        try:
            names = await self._keep(content)
        except ProblemError as error:
            return error.detail
        self.form.files += [name for name in names if name not in self.form.files]
        return ""

    async def _content(self, part: BodyPartReader, most: int, of_pdf: int = 0) -> bytes | None:
        """Return the content of a part; None if it is larger than `most`, after reading it.

        A PDF may have `of_pdf` bytes, if that is more.
        """
        content, is_larger = bytearray(), False
        while chunk := await part.read_chunk():
            self._size += len(chunk)
            if self._size > LARGEST_FORM:
                raise ProblemError(Problem.TOO_LARGE, "所选文件过大，请只选照片")
            if most and not content and is_pdf(chunk):
                most = max(most, of_pdf)
            is_larger = is_larger or len(content) + len(chunk) > most
            content += b"" if is_larger else chunk
        return None if is_larger else bytes(content)


async def _parts(request: web.Request) -> AsyncIterator[BodyPartReader]:
    """Yield the parts of a form; raises `ProblemError` for a part that is a form of its own."""
    reader = await request.multipart()
    while (part := await reader.next()) is not None:
        if not isinstance(part, BodyPartReader):
            raise ProblemError(Problem.BAD_REQUEST, "a part of this form is a form of its own")
        yield part
