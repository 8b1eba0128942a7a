"""Reads the rows of a register's file 台账文件: text row by row in constant memory, or a workbook.

A text may have millions of rows. A workbook is read as a whole, within the limits of the readers
that the channels use (`connectors.formats.sheets`).
"""

import codecs
import csv
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from connectors.contract import FaultError, Limits
from connectors.formats.inflate import GZIP_MAGIC
from connectors.formats.sheets.delimited import DELIMITERS, delimited_cell
from connectors.formats.sheets.sheet import Cell, Row, Sheet
from connectors.formats.sheets.table import HEADER_WITHIN, column_name
from connectors.formats.sheets.workbook import OTHERS, is_workbook, read_sheets
from connectors.values.charset import BOMS, GB18030, UTF_8
from hub.registers.error import RegisterError
from hub.town.town_file import decoded
from schemas.reports.rejected import Reason

CHUNK = 1024 * 1024
LARGEST_WORKBOOK = 64 * 1024 * 1024
"""Bytes; a larger table is exported as CSV."""
QUERY = ".sql"
START = 4096
END_OF_FILE = "\0\x1a"
"""What fixed block sizes and DOS (Ctrl+Z) leave behind the last line."""
QUOTES = (
    "no CSV: {error}; check the quotation marks of this row. The rows after it were not checked"
)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file before its rows are read: a text, a workbook, or a query.

    `charset` is empty for a workbook, `query` for all but a query, which `database` answers.
    """

    path: Path
    digest: str
    charset: str = ""
    query: str = ""
    database: str = field(default="", repr=False)


def inspect(path: Path, database: str = "") -> SourceFile:
    """Return the SHA-256 and the charset of a file; raises `RegisterError`, `OSError`.

    A file `.sql` is a query to the database of this SQLAlchemy URL. Text is in UTF-8 or GB18030,
    in which Excel writes CSV in China, or as its byte order mark says.
    """
    if path.suffix.lower() == QUERY:
        query = path.read_bytes()
        if not _has_content(query):
            raise RegisterError(f"{path} is empty; write a query into it")
        return SourceFile(path, sha256(query).hexdigest(), "", decoded(path, query), database)
    digest = sha256()
    with path.open("rb") as file:
        start = file.read(START)
        for magic, name in (*OTHERS, (GZIP_MAGIC, "packed by gzip: unpack it first")):
            if start.startswith(magic):
                raise RegisterError(f"{path} is {name}")
        file.seek(0)
        while chunk := file.read(CHUNK):
            digest.update(chunk)
        if not _has_content(start):
            raise RegisterError(f"{path} is empty; export it again")
        charset = "" if is_workbook(start) or _is_xml(start) else _charset(path, file, start)
    return SourceFile(path, digest.hexdigest(), charset)


def _has_content(start: bytes) -> bool:
    """Whether a file has more than blanks."""
    return bool(start.strip(b" \t\r\n\0\xef\xbb\xbf"))


def _is_xml(start: bytes) -> bool:
    """Return whether it is XML, which the reader of workbooks refuses with advice."""
    return start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def _charset(path: Path, file: BinaryIO, start: bytes) -> str:
    for mark, charset in BOMS:
        if start.startswith(mark) and _decodes(file, charset):
            # Python removes the byte order marks of these two by itself.
            return {UTF_8: "utf-8-sig", "utf-16-le": "utf-16", "utf-16-be": "utf-16"}.get(
                charset, charset
            )
    for charset in (UTF_8, GB18030):
        if _decodes(file, charset):
            return charset
    raise RegisterError(
        f"{path} is neither in UTF-8 nor in GBK; save it as “CSV UTF-8”, or as a workbook .xlsx"
    )


def _decodes(file: BinaryIO, charset: str) -> bool:
    decoder = codecs.getincrementaldecoder(charset)()
    file.seek(0)
    with suppress(UnicodeDecodeError):
        while chunk := file.read(CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
        return True
    return False


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a file: its name, empty for a text, and its rows from the top."""

    name: str
    rows: Iterator[Row]
    is_text: bool = False
    is_hidden: bool = False


def tables(source: SourceFile, headers: Sequence[frozenset[str]]) -> Iterator[Table]:
    """Yield the tables of a file; `headers` are the names of each needed column.

    Raises `RegisterError`, `OSError`.
    """
    if source.query:
        # Only here, because no other source needs the library.
        from hub.registers.database import query_rows

        rows = query_rows(source.path, source.query, source.database)
        yield Table("", rows)
        return
    if source.charset:
        yield Table("", _text_rows(source, headers), is_text=True)
        return
    for sheet in _sheets(source.path):
        if sheet.rows:
            yield Table(sheet.name, iter(sheet.rows), is_hidden=not sheet.visible)


def _sheets(path: Path) -> list[Sheet]:
    size = path.stat().st_size
    if size > LARGEST_WORKBOOK:
        raise RegisterError(
            f"{path} has {size} bytes; a workbook may have {LARGEST_WORKBOOK}: save it as"
            " “CSV UTF-8”, which may have any number of rows"
        )
    try:
        return read_sheets(path.read_bytes(), Limits(), needed=())
    except FaultError as error:
        detail = f"{path}: {error.fault.detail}"
        if error.fault.reason is Reason.TOO_LARGE:
            detail = f"{detail}; or save it as “CSV UTF-8”, which may have any number of rows"
        raise RegisterError(detail) from error


def _text_rows(source: SourceFile, headers: Sequence[frozenset[str]]) -> Iterator[Row]:
    delimiter = _delimiter(source, headers)
    with source.path.open(encoding=source.charset, newline="") as file:
        reader = csv.reader(
            (line.rstrip(END_OF_FILE) for line in file),
            delimiter=delimiter,
            strict=True,
            skipinitialspace=True,
        )
        while True:
            first = reader.line_num + 1
            try:
                written = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                detail = QUOTES.format(error=error)
                yield Row(first, f"line {first}", {}, fault=FaultError(Reason.BAD_SYNTAX, detail))
                return
            cells: dict[int, Cell] = {}
            for place, text in enumerate(written):
                if text and (cell := delimited_cell(text)).text:
                    cells[place] = cell
            if cells:
                yield Row(first, f"line {first}", cells, count=len(written))


def _delimiter(source: SourceFile, headers: Sequence[frozenset[str]]) -> str:
    """Return the delimiter with which one of the first lines names every needed column."""
    with source.path.open(encoding=source.charset, newline="") as file:
        lines = list(islice(file, HEADER_WITHIN))
    for delimiter in DELIMITERS:
        for line in lines:
            names = {column_name(cell) for cell in line.replace('"', "").split(delimiter)}
            if all(names & known for known in headers):
                return delimiter
    return DELIMITERS[0]
