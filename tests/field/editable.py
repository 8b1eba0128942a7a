"""Samples whose texts can be replaced one by one 可改写的样本: what a person wrote, in its format.

`editable` returns the texts of a message and a function that writes the message again with another
text in one place. It covers every format that a channel sends.
"""

import csv
import gzip
import io
import json
import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from urllib.parse import parse_qsl, urlencode

from openpyxl import load_workbook
from openpyxl.utils.exceptions import IllegalCharacterError

Write = Callable[[int, str], bytes]
UNREADABLE = (
    ValueError,
    LookupError,
    ET.ParseError,
    zipfile.BadZipFile,
    EOFError,
    OSError,
    RuntimeError,
)


@dataclass(frozen=True, slots=True)
class Editable:
    """The texts of a message; `write(n, text)` returns the message with `text` as its nth."""

    texts: list[str]
    write: Write


def editable(body: bytes, content_type: str, name: str) -> Editable | None:
    """Return the texts of a message; None where the readers of this module cannot read it.

    They are strict, and write no `.xls`: some samples are damaged on purpose or of old formats.
    """
    try:
        if name.endswith(".gz"):
            inner = _of_type(gzip.decompress(body), content_type)
            return Editable(inner.texts, lambda n, text: gzip.compress(inner.write(n, text)))
        return _of_type(body, content_type)
    except UNREADABLE:
        return None


def _of_type(body: bytes, content_type: str) -> Editable:
    kind = content_type.partition(";")[0]
    if kind == "application/x-ndjson":
        return _lines(body)
    if kind.endswith("json"):
        return _json(body)
    if kind == "application/x-www-form-urlencoded":
        return _form(body)
    if kind in ("application/xml", "text/xml"):
        return _xml(body)
    if kind == "text/csv":
        return _csv(body)
    if kind == "application/zip":
        return _zip(body)
    if kind == "message/rfc822":
        return _mail(body)
    if body.startswith(b"PK"):
        return _workbook(body)
    # The collector of a table sends rows as JSON, without a content type.
    return _json(body)


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("gb18030")


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield container and key of each text in a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in list(items):
        if isinstance(item, str):
            yield value, key
        elif isinstance(item, dict | list):
            yield from _places(item)


def _json(body: bytes) -> Editable:
    source = _text(body)
    texts = [container[key] for container, key in _places(json.loads(source))]

    def write(number: int, text: str) -> bytes:
        value = json.loads(source)
        container, key = list(_places(value))[number]
        container[key] = text
        return json.dumps(value, ensure_ascii=False).encode()

    return Editable(texts, write)


def _lines(body: bytes) -> Editable:
    lines = [line for line in body.split(b"\n") if line.strip()]
    parts = [_json(line) for line in lines]
    places = [(n, m) for n, part in enumerate(parts) for m in range(len(part.texts))]

    def write(number: int, text: str) -> bytes:
        at, within = places[number]
        return b"\n".join([*lines[:at], parts[at].write(within, text), *lines[at + 1 :]])

    return Editable([parts[n].texts[m] for n, m in places], write)


def _form(body: bytes) -> Editable:
    pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True)

    def write(number: int, text: str) -> bytes:
        changed = [(k, text if n == number else v) for n, (k, v) in enumerate(pairs)]
        return urlencode(changed).encode()

    return Editable([value for _, value in pairs], write)


def _xml(body: bytes) -> Editable:
    # The declared charset is gone: the parser gets text.
    source = re.sub(r"^<\?xml[^>]*\?>", "", _text(body).lstrip())

    def filled(root: ET.Element) -> list[ET.Element]:
        return [element for element in root.iter() if (element.text or "").strip()]

    def write(number: int, text: str) -> bytes:
        root = ET.fromstring(source)
        filled(root)[number].text = text
        return ET.tostring(root, encoding="utf-8", xml_declaration=True)

    return Editable([element.text or "" for element in filled(ET.fromstring(source))], write)


def _csv(body: bytes) -> Editable:
    rows = list(csv.reader(io.StringIO(_text(body), newline="")))
    places = [(n, m) for n, row in enumerate(rows) if n for m in range(len(row))]

    def write(number: int, text: str) -> bytes:
        at, cell = places[number]
        changed = [list(row) for row in rows]
        changed[at][cell] = text
        out = io.StringIO(newline="")
        csv.writer(out).writerows(changed)
        return out.getvalue().encode("utf-8-sig")

    return Editable([rows[n][m] for n, m in places], write)


def _zip(body: bytes) -> Editable:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        entries = [(entry, archive.read(entry)) for entry in archive.infolist()]
    parts = {n: _xml(data) for n, (entry, data) in enumerate(entries) if _is_xml(entry)}
    places = [(n, m) for n, part in parts.items() for m in range(len(part.texts))]

    def write(number: int, text: str) -> bytes:
        at, within = places[number]
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for n, (entry, data) in enumerate(entries):
                archive.writestr(entry, parts[at].write(within, text) if n == at else data)
        return out.getvalue()

    return Editable([parts[n].texts[m] for n, m in places], write)


def _is_xml(entry: zipfile.ZipInfo) -> bool:
    return entry.filename.lower().endswith(".xml")


def _mail(body: bytes) -> Editable:
    def parts(mail: EmailMessage) -> list[EmailMessage]:
        return [part for part in mail.walk() if part.get_content_type() == "text/plain"]

    def opened() -> EmailMessage:
        return message_from_bytes(body, EmailMessage, policy=policy.default)

    def write(number: int, text: str) -> bytes:
        mail = opened()
        if number == 0:
            del mail["Subject"]
            mail["Subject"] = text.replace("\n", " ")
        else:
            parts(mail)[number - 1].set_content(text)
        return mail.as_bytes()

    mail = opened()
    return Editable([str(mail["Subject"]), *(part.get_content() for part in parts(mail))], write)


def _first_row(sheet: Any) -> int:
    """Return the number of the first row below the column names; a sheet without them has none."""
    for row in sheet.iter_rows():
        if any(cell.value == "工单号" for cell in row):
            return int(row[0].row) + 1
    return int(sheet.max_row) + 1


def _workbook(body: bytes) -> Editable:
    def cells(book: Any) -> list[Any]:
        return [
            cell
            for sheet in book.worksheets
            if sheet.sheet_state == "visible"
            for row in sheet.iter_rows(min_row=_first_row(sheet))
            if not sheet.row_dimensions[row[0].row].hidden
            for cell in row
            if cell.data_type == "s"
        ]

    def write(number: int, text: str) -> bytes:
        book = load_workbook(io.BytesIO(body))
        cell = cells(book)[number]
        try:
            cell.value = text
        except IllegalCharacterError as error:
            raise ValueError(str(error)) from error
        cell.data_type = "s"
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()

    return Editable([str(cell.value) for cell in cells(load_workbook(io.BytesIO(body)))], write)
