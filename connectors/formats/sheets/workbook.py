"""Reading a table by the format of its bytes, not by the ending of its name."""

import re
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from connectors.contract import FaultError, Limits
from connectors.formats.inflate import GZIP_MAGIC, charset_of, inflate
from connectors.formats.sheets.biff import MAGIC, read_xls
from connectors.formats.sheets.delimited import read_delimited
from connectors.formats.sheets.ooxml import read_xlsx
from connectors.formats.sheets.sheet import INSTEAD, Sheet
from connectors.formats.sheets.table import Record, decode_tables
from connectors.formats.sheets.web_table import read_html
from connectors.formats.tally import Tally
from connectors.values.text import decode_text
from schemas.reports.fact import Decoded, Fact
from schemas.reports.raw import RawMessage
from schemas.reports.rejected import Reason

HTML = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<!--.*?-->\s*)?<(?:!doctype|html|head|meta|table|div|style|body)\b",
    re.I | re.S,
)
SPREADSHEET_2003 = b"urn:schemas-microsoft-com:office:spreadsheet"
OTHERS = (
    (b"%PDF", "a PDF: send the table itself"),
    (b"Rar!", "a RAR archive: send the workbook itself"),
    (b"7z\xbc\xaf", "a 7z archive: send the workbook itself"),
    (b"MIME-Version:", f"a web archive .mht: {INSTEAD}"),
)


def is_workbook(body: bytes) -> bool:
    """Return whether the bytes are a workbook or an HTML table, and no delimited text."""
    return body.startswith((b"PK", MAGIC)) or HTML.match(body[:4096]) is not None


def read_sheets(
    body: bytes, limits: Limits, *, declared: str = "", needed: Sequence[str]
) -> list[Sheet]:
    """Return the sheets of an .xlsx, .xls, HTML or delimited table.

    `declared` is the charset of a text, `needed` are the columns that its header has. Raises
    `FaultError` with what to do for a format that is none of these.
    """
    body = inflate(body, limits) if body.startswith(GZIP_MAGIC) else body
    if body.startswith(b"PK"):
        return read_xlsx(body, limits)
    if body.startswith(MAGIC):
        return read_xls(body)
    for magic, name in OTHERS:
        if body.startswith(magic):
            raise FaultError(Reason.UNSUPPORTED_TYPE, f"it is {name}")
    if SPREADSHEET_2003 in body[:4096]:
        raise FaultError(Reason.UNSUPPORTED_TYPE, f"it is an XML spreadsheet 2003: {INSTEAD}")
    if is_workbook(body):
        return read_html(body, declared)
    return [read_delimited(decode_text(body, declared=declared), needed)]


def decode_table(
    raw: RawMessage,
    limits: Limits,
    needed: Sequence[str],
    known: Collection[str],
    fact: Callable[[Record, datetime], Fact],
) -> Decoded:
    """Decode the rows of a message that is a table; positions are its rows and columns.

    `needed` are the required columns, `known` all that the connector reads. `fact(record, now)`
    returns the fact of a row, `now` is the time of receipt. Raises `FaultError` as `read_sheets`
    does, and missing_field where no sheet has the header.
    """
    sheets = read_sheets(raw.body, limits, declared=charset_of(raw.content_type), needed=needed)
    tally = Tally(limits)
    decode_tables(sheets, needed, known, tally, lambda record: (fact(record, raw.received_at),))
    return tally.decoded()
