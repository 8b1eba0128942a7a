"""`hub preview` 预演: what the hub would do with an export of a channel, without running anything.

Rows are decoded, placed, classified and assigned by the code of the running hub. Nothing is
stored; each row opens a case of its own, so merging is not shown.
"""

import json
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from rich.console import Console
from rich.table import Table

from connectors.contract import Connector, DecodeContext, FaultError, Limits
from connectors.formats.sheets.numbers import ADVICE, is_scientific
from connectors.formats.sheets.sheet import EMPTY, Cell, Flaw, Row
from connectors.formats.sheets.workbook import is_workbook, read_sheets
from connectors.open311 import REQUEST_ID
from hub.publish.normalise import to_unified_event
from hub.runtime.errors import HubError
from hub.security.credentials import present_credentials
from hub.security.sealing import KEY_BYTES, Sealer
from hub.settings import Settings
from hub.town.mappings import mapped_connectors
from hub.town.models import load_register
from schemas.category import CATEGORIES
from schemas.channel import Channel
from schemas.reports.event import UnifiedEvent
from schemas.reports.fact import OPENING, Decoded, Fact
from schemas.reports.raw import RawMessage, Transport
from schemas.reports.rejected import Reason
from streams.case.assign import Triage, assign
from streams.case.entries import open_case
from streams.town.register import Register

LARGEST_FILE = 256 * 1024 * 1024
SETTLED_BY = {
    "grid_code": "网格编码",
    "coordinates": "坐标",
    "division_code": "区划代码",
    "place_name": "地名",
    "": "未定位",
}


HEADER = ("位置", "编号", "结果", "单位", "原因", "地点", "事项", "标题")
"""Headers of the fields of a `PreviewRow`."""


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """What would happen to one report, or to one part of the file that is rejected."""

    position: str
    native_id: str = ""
    result: str = ""
    """交办, 移送, 待研判, 跟随 (a follow-up) or 拒收."""
    unit: str = ""
    reason: str = ""
    place: str = ""
    category: str = ""
    title: str = ""


def preview_file(settings: Settings, channel: str, path: Path) -> list[PreviewRow]:
    """Return what would happen to each report of a file; raises `HubError`."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise HubError(f"{path} is larger than {LARGEST_FILE} bytes; hand in a part of it")
        body = path.read_bytes()
    except OSError as error:
        raise HubError(f"{path} cannot be read: {error.strerror}") from error
    return preview_body(settings, channel, path.name, body)


def preview_body(
    settings: Settings, channel: str, name: str, body: bytes, content_type: str = ""
) -> list[PreviewRow]:
    """Return the same for the bytes of a file called `name`."""
    connector = mapped_connectors(settings.town).get(channel)
    if connector is None:
        raise HubError(f"no connector is installed for {channel}")
    register, sealer = load_register(settings), Sealer(secrets.token_bytes(KEY_BYTES))
    context = present_credentials(settings).contexts().get(channel, DecodeContext())
    rows = []
    for position, raw in _messages(connector, name, body):
        if isinstance(raw, FaultError):
            reason = f"{raw.fault.reason}: {raw.fault.detail}"
            rows.append(PreviewRow(position, result="拒收", reason=reason))
            continue
        raw = raw.model_copy(update={"content_type": content_type})
        decoded = connector.decode_batch([raw], context)[0]
        rows += list(_rows(position, raw, decoded, register, sealer))
    return rows


def _messages(
    connector: Connector, name: str, body: bytes
) -> Iterator[tuple[str, RawMessage | FaultError]]:
    """Yield the messages of a file with their positions: one for each row of a table.

    A row that cannot be read is its error. A channel whose messages are tables gets the file as it
    is.
    """
    is_table = is_workbook(body) or name.lower().endswith(".csv")
    if not is_table or Transport.FILE in connector.transports:
        yield "", _raw(connector, name, body)
        return
    try:
        sheets = read_sheets(body, Limits(), needed=())
    except FaultError as error:
        raise HubError(f"{name}: {error.fault.detail}") from error
    for sheet in sheets:
        header = next(iter(sheet.rows), None)
        for row in sheet.rows[1:]:
            if header is not None:
                yield (
                    f"{sheet.name or name} row {row.index}",
                    _message(connector, name, header, row),
                )


def _message(connector: Connector, name: str, header: Row, row: Row) -> RawMessage | FaultError:
    """Return a row of a table as a message, or why it cannot be read."""
    try:
        if row.fault is not None:
            raise row.fault
        for column, title in header.cells.items():
            _check_cell(title.text.strip(), row.cells.get(column, EMPTY), row.position)
    except FaultError as error:
        return error
    body = json.dumps(_object(header, row), ensure_ascii=False).encode()
    return _raw(connector, name, body)


def _check_cell(column: str, cell: Cell, position: str) -> None:
    """Raise `FaultError` if the value of a cell is not the one that was typed."""
    if cell.flaw is Flaw.CUT or is_scientific(cell.text):
        raise FaultError(Reason.BAD_VALUE, f"{column}: {cell.text[:40]!r}: {ADVICE}", position)
    if cell.flaw is not None:
        detail = f"{column}: a formula or an error ({cell.text[:40]}), not a value"
        raise FaultError(Reason.FORBIDDEN_CONTENT, detail, position)


def _object(header: Row, row: Row) -> dict[str, str]:
    """Return a row of a table as an object, by the names in its first row."""
    return {
        name.text.strip(): row.cells[column].text
        for column, name in header.cells.items()
        if column in row.cells and name.text.strip()
    }


def _raw(connector: Connector, name: str, body: bytes) -> RawMessage:
    return RawMessage(
        receipt_id=uuid4(),
        channel=connector.channel,
        transport=connector.transports[0],
        received_at=datetime.now(UTC),
        source=name,
        headers={REQUEST_ID: "preview"} if connector.channel == Channel.OPEN311 else {},
        body=body,
    )


def _rows(
    position: str, raw: RawMessage, decoded: Decoded, register: Register, sealer: Sealer
) -> Iterator[PreviewRow]:
    for fact in decoded.facts:
        yield _row_of(position, raw, fact, register, sealer)
    for fault in decoded.faults:
        where = " ".join(filter(None, (position, fault.position)))
        yield PreviewRow(where, result="拒收", reason=f"{fault.reason}: {fault.detail}")


def _row_of(
    position: str, raw: RawMessage, fact: Fact, register: Register, sealer: Sealer
) -> PreviewRow:
    try:
        event = to_unified_event(raw, fact, register, sealer, lambda *_: None)
    except ValueError as error:
        return PreviewRow(position, fact.native_id, result="拒收", reason=str(error))
    shown = {
        "position": position,
        "native_id": event.native_id,
        "place": _place(event, register),
        "category": CATEGORIES[event.category].name if event.category in CATEGORIES else "",
        "title": (event.title or event.content)[:40],
    }
    if event.kind not in OPENING:
        return PreviewRow(**shown, result="跟随", reason=str(event.kind))
    case = open_case(event, (), {}).case
    decided = assign(case, register)
    if isinstance(decided, Triage):
        return PreviewRow(**shown, result="待研判", reason=decided.reason)
    unit = register.unit(decided.unit)
    return PreviewRow(
        **shown,
        result="移送" if decided.handed_over else "交办",
        unit=f"{decided.unit} {unit.name if unit else ''}".strip(),
        reason=decided.reason,
    )


def _place(event: UnifiedEvent, register: Register) -> str:
    place = event.place
    name = register.area_name(register.area_of(place.division_code)) if place.division_code else ""
    return " ".join(filter(None, (name, place.grid_code, SETTLED_BY.get(place.settled_by, ""))))


def as_table(rows: Iterable[PreviewRow]) -> list[tuple[str, ...]]:
    """Return rows as the lines of a table, the header first."""
    return [HEADER, *map(astuple, rows)]


def render(rows: Sequence[PreviewRow], lines: int) -> str:
    """Return the sums, and the first rows: those that a person must look at come first."""
    console = Console(width=160)
    order = {"拒收": 0, "待研判": 1, "移送": 2, "跟随": 3, "交办": 4}
    table = Table(*HEADER)
    for row in sorted(rows, key=lambda row: order[row.result])[:lines]:
        table.add_row(*map(_plain, astuple(row)))
    with console.capture() as capture:
        for line in _sums(rows):
            console.print(line, markup=False, highlight=False)
        console.print(table)
        if len(rows) > lines:
            console.print(f"{len(rows) - lines} more; --lines shows more, --csv writes all")
    return capture.get()


def _plain(cell: str) -> str:
    """Return a cell without markup of the terminal and without control characters."""
    return "".join(char if char.isprintable() else " " for char in cell).replace("[", "\\[")


def _sums(rows: Sequence[PreviewRow]) -> Iterator[str]:
    results = Counter(row.result for row in rows)
    read = len(rows) - results["拒收"]
    placed = sum(bool(row.place) and not row.place.endswith("未定位") for row in rows)
    yield f"{len(rows)} rows: {read} read, {results['拒收']} rejected"
    yield (
        f"{placed} of {read} located; {results['交办']} assigned, {results['移送']} handed over, "
        f"{results['待研判']} to triage, {results['跟随']} follow-ups"
    )
    for title, result in (("rejected", "拒收"), ("to triage", "待研判")):
        reasons = Counter(row.reason for row in rows if row.result == result)
        for reason, count in reasons.most_common(5):
            yield f"  {title}: {count} × {_plain(reason)}"
    units = Counter(row.unit for row in rows if row.unit)
    for unit, count in units.most_common(10):
        yield f"  {unit}: {count}"
