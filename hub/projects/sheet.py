"""Lists of projects 项目清单表: what offices keep in Excel, row by row. Pure.

Such lists have a title above the header, amounts in 万元 by the heading of a column or by a line
above it, merged cells for towns, headings of classes between the rows, and totals. A row that
cannot be used is a fault with its place; the other rows are used all the same.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from connectors.contract import FaultError, Limits
from connectors.formats.sheets.sheet import EMPTY, Cell, Flaw, Row, Sheet
from connectors.formats.sheets.table import SERIALS, TOTAL, column_name
from connectors.formats.sheets.workbook import read_sheets
from connectors.values.moment import from_excel_serial, parse_moment
from connectors.values.text import half_width, tidy
from hub.numbered.code import tidy_number
from hub.projects.columns import (
    LONGEST_LINE,
    LONGEST_TEXT,
    NAMES,
    NEEDED,
    NOT_PLANNED,
    class_of,
    field_of,
    planned_of,
    stage_of,
)
from hub.projects.places import PlaceError, Places
from hub.projects.yuan import AmountError, read_yuan, shown_yuan
from hub.runtime.errors import HubError
from schemas.base import BEIJING
from schemas.projects.money import SOURCE_NAMES, MoneySource, PlannedMoney
from schemas.projects.project import ProjectClass, ProjectDetails, Stage

HEADER_WITHIN = 10
FURTHEST = timedelta(days=3650)
"""Days of a list are within so long."""
TEN_THOUSANDS = re.compile(r"(?<![\d.])万元?(?!\w)")
"""Says in which unit amounts are; 1000万元 in a title is an amount itself."""
IN_YUAN = re.compile(r"\(元\)")
"""A heading that names its own unit, whatever the lines above it say."""
UNIT = re.compile(r"单位\s*:")
TOTALS = frozenset({"合计", "小计", "总计", "共计", "总额", "总投资", "合计(万元)", "小计(万元)"})
"""Names of the column that is the sum of the parts of a budget."""
LEAST = Decimal(1000)
"""A project of fewer yuan is none: its amount is in 万元, and the table does not say so."""
FLAWS = {
    Flaw.CUT: "是超过15位的数值，后几位已经失真，请改为文本后重新填写",
    Flaw.FORMULA: "是公式，请粘贴为数值",
    Flaw.ERROR: "是错误值",
}


class ListError(HubError, ValueError):
    """A file is no list of projects; the message says why."""


class _RowError(ValueError):
    """A row cannot be used; the message says why, in Chinese."""


@dataclass(frozen=True, slots=True)
class ListedProject:
    """A project of a row, with its planned money by source."""

    position: str
    details: ProjectDetails
    stage: Stage
    due: date | None
    contractor: str
    planned: tuple[PlannedMoney, ...] = ()


@dataclass(slots=True)
class ProjectList:
    """The projects of a file; `faults` are places with reasons, `skipped` counts other rows.

    `notes` are places of projects that are registered without their plan, with the reason.
    """

    projects: list[ListedProject] = field(default_factory=list)
    faults: list[tuple[str, str]] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    skipped: int = 0


def read_list(content: bytes, places: Places, now: datetime) -> ProjectList:
    """Return the projects of an .xlsx, .xls, HTML or CSV table; raises `ListError`."""
    try:
        sheets = read_sheets(content, Limits(), needed=NEEDED)
    except FaultError as error:
        raise ListError(error.fault.detail) from error
    listed, has_header = ProjectList(), False
    for sheet in sheets:
        header = _header(sheet)
        if sheet.visible and header is not None:
            has_header = True
            _read_sheet(sheet, header, places, now, listed)
    if not has_header:
        detail = f"前{HEADER_WITHIN}行没有表头；需要{'、'.join(NEEDED)}这几列"
        raise ListError(detail)
    return listed


@dataclass(frozen=True, slots=True)
class _Header:
    """The place of the header among the rows, the field of each column, which are in 万元.

    `planned` are the columns of planned sources.
    """

    row: int
    fields: Mapping[int, str]
    planned: Mapping[int, MoneySource]
    in_ten_thousands: frozenset[int]


def _header(sheet: Sheet) -> _Header | None:
    """Return the header; of two rows with merged cells the lower one, which has all columns.

    Raises `ListError` if the budget is split into columns, none of which is their total.
    """
    rows = sheet.rows[:HEADER_WITHIN]
    for place, row in enumerate(rows):
        fields = _fields(row)
        if not _is_header(fields):
            continue
        last, below = place, rows[place + 1] if place + 1 < len(rows) else None
        if below is not None and _is_header(_fields(below)):
            last, fields = place + 1, {**fields, **_fields(below)}
        elif below is not None and _splits_budget(row, below, fields):
            last, fields = place + 1, _with_total(row, below, fields)
        planned = _planned_columns(rows[place : last + 1], fields)
        columns = (*fields, *planned)
        tens = frozenset(n for n in columns if _is_in_ten_thousands(rows[: last + 1], n))
        return _Header(last, fields, planned, tens)
    return None


def _splits_budget(header: Row, below: Row, fields: Mapping[int, str]) -> bool:
    """Whether the row below a header names the parts of the budget: 财政奖补, 村集体, 合计.

    It names no project, and no amount stands below the budget. Cells merged over both rows have
    the text of the header in both.
    """
    texts = {
        name: tidy(below.cells.get(column, EMPTY).text)
        for column, name in fields.items()
        if below.cells.get(column, EMPTY).text != header.cells.get(column, EMPTY).text
    }
    if not texts.get("budget") or texts.get("name") or texts.get("village"):
        return False
    return not any(character.isdigit() for character in texts["budget"])


def _with_total(header: Row, below: Row, fields: Mapping[int, str]) -> dict[int, str]:
    """Return the fields with the budget in the column of the total; raises `ListError`."""
    first = next(column for column, name in fields.items() if name == "budget")
    for column in range(first, below.width):
        if column > first and tidy(header.cells.get(column, EMPTY).text):
            break
        if column_name(below.cells.get(column, EMPTY).text) in TOTALS:
            return {n: name for n, name in fields.items() if name != "budget"} | {column: "budget"}
    title = tidy(header.cells[first].text)[:20]
    raise ListError(f"“{title}”分成几列，没有合计一列，看不出总投资；请加一列总投资")


def _planned_columns(rows: Sequence[Row], fields: Mapping[int, str]) -> dict[int, MoneySource]:
    """Return the columns of planned sources in the rows of a header.

    A column below 到位资金 is none. The levels of 财政资金 count only if there is no sum of them.
    """
    *above, header = rows
    planned: dict[int, MoneySource] = {}
    levels: set[int] = set()
    for column, text in enumerate(header.texts):
        source = planned_of(column_name(text)) if column not in fields else None
        groups = [_text_above(row, column) for row in above]
        if source is None or any(word in group for word in NOT_PLANNED for group in groups):
            continue
        planned[column], is_level = source
        levels |= {column} if is_level else set()
    sums = set(planned) - levels
    if any(planned[column] is MoneySource.BUDGET for column in sums):
        planned = {column: planned[column] for column in sorted(sums)}
    return planned


def _is_in_ten_thousands(rows: Sequence[Row], column: int) -> bool:
    """Whether the heading of a column says 万元, or what stands above it.

    Of merged cells only the first has the text, so above the header the nearest text to the left
    counts too: a title, 单位：万元, or 资金（万元） over several columns.
    """
    *above, header = rows
    texts = [header.cells.get(column, EMPTY).text]
    if IN_YUAN.search(half_width(texts[0])):
        return False
    for row in above:
        texts.append(_text_above(row, column))
        texts.append(" ".join(row.texts) if UNIT.search(half_width(" ".join(row.texts))) else "")
    return any(TEN_THOUSANDS.search(half_width(text)) for text in texts)


def _text_above(row: Row, column: int) -> str:
    """Return the text of a cell that may be merged with those to its left."""
    leftwards = sorted(row.cells.items(), key=lambda item: -item[0])
    return next((cell.text for n, cell in leftwards if n <= column), "")


def _fields(row: Row) -> dict[int, str]:
    """Return the field of each column; of two columns that mean the same, the first counts."""
    fields: dict[int, str] = {}
    for column, text in enumerate(row.texts):
        name = field_of(column_name(text))
        if name and name not in fields.values():
            fields[column] = name
    return fields


def _is_header(fields: Mapping[int, str]) -> bool:
    return set(NEEDED) <= {NAMES[name] for name in fields.values()}


def _read_sheet(
    sheet: Sheet, header: _Header, places: Places, now: datetime, listed: ProjectList
) -> None:
    seen = {(p.details.division_code, p.details.number): p.position for p in listed.projects}
    for row in sheet.rows[header.row + 1 :]:
        if row.hidden or (row.fault is None and _is_no_project(row, header)):
            listed.skipped += 1
            continue
        try:
            project = _project(row, header, places, now)
        except (_RowError, PlaceError, AmountError) as error:
            listed.faults.append((row.position, str(error)))
            continue
        except FaultError as error:
            listed.faults.append((row.position, error.fault.detail))
            continue
        key = project.details.division_code, project.details.number
        if key in seen:
            listed.faults.append((row.position, f"与{seen[key]}是同一个项目（村和编号相同）"))
            continue
        seen[key] = row.position
        planned, reason = _planned(row, header, project.details.budget)
        if reason:
            listed.notes.append((row.position, reason))
        listed.projects.append(replace(project, planned=planned))


def _is_no_project(row: Row, header: _Header) -> bool:
    """Whether a row is empty, a total, or the heading of a class: it names no place."""
    texts = [tidy(text) for text in row.texts if tidy(text)]
    if not texts or TOTAL.fullmatch(half_width(texts[0]).replace(" ", "")):
        return True
    named = {name for name, _ in _cells(row, header)}
    return not named & {"village", "division_code", "name"}


def _cells(row: Row, header: _Header) -> Iterator[tuple[str, Cell]]:
    for column, name in header.fields.items():
        cell = row.cells.get(column, EMPTY)
        if tidy(cell.text) or cell.flaw is not None:
            yield name, cell


def _texts(row: Row, header: _Header) -> dict[str, str]:
    """Return the text of each field, empty where there is none; raises `_RowError`."""
    if row.fault is not None:
        raise row.fault
    texts = dict.fromkeys(NAMES, "")
    for name, cell in _cells(row, header):
        if cell.flaw is not None:
            raise _RowError(f"{NAMES[name]}{FLAWS[cell.flaw]}")
        texts[name] = tidy(cell.text)
    for name in ("name", "budget"):
        if not texts[name]:
            raise _RowError(f"没有{NAMES[name]}")
    for name, text in texts.items():
        most = LONGEST_TEXT if name == "summary" else LONGEST_LINE
        if len(text) > most:
            raise _RowError(f"{NAMES[name]}最多{most}字，现有{len(text)}字")
    return texts


def _project(row: Row, header: _Header, places: Places, now: datetime) -> ListedProject:
    texts = _texts(row, header)
    division, unit = places.find(
        texts["division_code"], texts["township"], texts["village"], texts["unit"]
    )
    stage = stage_of(texts["stage"])
    if stage is None:
        raise _RowError(f"阶段“{texts['stage'][:20]}”不是提议、议定、立项、比选、施工、验收、公示")
    column = next(n for n, name in header.fields.items() if name == "budget")
    budget = read_yuan(texts["budget"], in_ten_thousands=column in header.in_ten_thousands)
    if Decimal(budget) < LEAST:
        detail = f"总投资只有{budget}元；如果单位是万元，请在表头写明（万元）"
        raise _RowError(detail)
    details = ProjectDetails(
        number=tidy_number(texts["number"]) or texts["name"],
        name=texts["name"],
        project_class=_class(texts),
        division_code=division,
        place=texts["place"],
        summary=texts["summary"],
        budget=budget,
        unit=unit,
    )
    due = _day(dict(_cells(row, header)).get("due"), row, now)
    return ListedProject(row.position, details, stage, due, texts["contractor"])


def _planned(row: Row, header: _Header, budget: str) -> tuple[tuple[PlannedMoney, ...], str]:
    """Return the plan of a row, or why it has none; an empty cell and a zero plan nothing."""
    amounts: dict[MoneySource, Decimal] = {}
    for column, source in header.planned.items():
        cell = row.cells.get(column, EMPTY)
        text = half_width(tidy(cell.text))
        if cell.flaw is not None:
            return (), f"{SOURCE_NAMES[source]}的计划{FLAWS[cell.flaw]}"
        if not text.strip("0.-—/无"):
            continue
        try:
            amount = read_yuan(text, in_ten_thousands=column in header.in_ten_thousands)
        except AmountError as error:
            return (), f"{SOURCE_NAMES[source]}的计划{error}"
        amounts[source] = amounts.get(source, Decimal(0)) + Decimal(amount)
    total = sum(amounts.values(), Decimal(0))
    if total > Decimal(budget):
        return (), f"资金来源合计{shown_yuan(total)}，超过总投资{shown_yuan(budget)}"
    ordered = (source for source in MoneySource if source in amounts)
    return tuple(PlannedMoney(source=item, amount=str(amounts[item])) for item in ordered), ""


def _class(texts: Mapping[str, str]) -> ProjectClass:
    """Return the class by its own name, else by the words of the name, else of the content."""
    for name in ("project_class", "name", "summary"):
        named = class_of(texts[name])
        if named is not None:
            return named
    raise _RowError(f"类别“{texts['project_class'][:20]}”看不出是哪一类，请填写七类之一")


def _day(cell: Cell | None, row: Row, now: datetime) -> date | None:
    if cell is None:
        return None
    far = now + FURTHEST
    position = f"{row.position} {NAMES['due']}"
    if cell.serial is not None and int(cell.serial) in SERIALS:
        moment = from_excel_serial(cell.serial, position=position, now=far)
    else:
        moment = parse_moment(cell.text, position=position, now=far)
    return moment.astimezone(BEIJING).date()
