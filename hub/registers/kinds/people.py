"""The register of people 人口台账: who lives where, as offices export it.

Exports have the same fact in several columns: the day of birth beside the number that has it,
是否死亡 beside 死亡日期 and 状态. They are compared. What contradicts itself about who counts is
refused; a day of birth that differs from the number is a note, because the number counts.
"""

import re
from datetime import timedelta
from typing import Any

from connectors.formats.sheets.numbers import EPOCH
from connectors.formats.sheets.sheet import Cell
from connectors.values.text import half_width
from hub.registers import values
from hub.registers.column import GRID, PHONE, STANDING, UNTIL, Column, Fields, Register
from hub.registers.kinds.documents import (
    born_by,
    checked_number,
    document_kind,
    written_number,
)
from schemas.registers.document import DocumentKind
from schemas.registers.entry import Person, RegisterKind, Standing
from schemas.registers.person_class import PersonClass

NUMBER = "身份证号"
SERIAL = re.compile(r"\d{5}")
"""Days of the 1900 date system of Excel, which reach back further than those of other columns."""
SEX_AT = 16
"""The digit of a number of 18 characters that is odd for men; GB 11643-1999."""
MEN, WOMEN = frozenset(("男", "男性", "1", "m")), frozenset(("女", "女性", "2", "f"))


def finish_person(fields: Fields) -> list[str]:
    """Check the number by its document, and read the standing from all that says it.

    Raises ValueError for a wrong number, and for columns that contradict each other.
    """
    notes = []
    if fields.get("id_number"):
        try:
            kind, number, note = checked_number(fields["id_number"], fields.get("document"))
        except ValueError as error:
            raise ValueError(f"{NUMBER}: {error}") from error
        fields |= {"document": kind, "id_number": number}
        notes += [f"{NUMBER}: {note}"] if note else []
        if kind in (DocumentKind.ID_CARD, DocumentKind.RESIDENCE):
            notes += _compared(fields, number)
    fields.pop("born", None)
    fields.pop("is_man", None)
    _read_standing(fields)
    return notes


def _compared(fields: Fields, number: str) -> list[str]:
    """Return what the row says otherwise than its number."""
    notes = []
    born, by_number = fields.get("born"), born_by(number)
    if born is not None and born != by_number:
        notes.append("出生日期 is not that of the ID number, which counts")
    if "is_man" in fields and fields["is_man"] is not (int(number[SEX_AT]) % 2 == 1):
        notes.append("性别 is not that of the ID number, which counts")
    return notes


def _read_standing(fields: Fields) -> None:
    """Set standing and day from the columns about moves and deaths; raises ValueError."""
    stated = fields.get("standing")
    dead = _is_so(fields, "has_died", "died_on", "死亡")
    moved = _is_so(fields, "has_moved", "moved_on", "迁出")
    died_on, moved_on = fields.pop("died_on", None), fields.pop("moved_on", None)
    implied = Standing.DEAD if dead else Standing.LEFT if moved else None
    if implied is None:
        return
    if stated is Standing.CURRENT:
        word = "死亡" if dead else "迁出"
        raise ValueError(f"状态 says that the person counts, but a column about {word} does not")
    fields["standing"] = Standing.DEAD if Standing.DEAD in (stated, implied) else Standing.LEFT
    until = died_on if dead and died_on else moved_on or died_on
    if until and not fields.get("until"):
        fields["until"] = until


def _is_so(fields: Fields, flag: str, day: str, word: str) -> bool | None:
    """Return whether it happened, by the answer 是否… or by its day; None if neither says it."""
    answer = fields.pop(flag, None)
    has_day = fields.get(day) is not None
    if answer is False and has_day:
        raise ValueError(f"是否{word} says 否, but {word}日期 has a day")
    return True if answer or has_day else answer


def birthday(cell: Cell) -> values.Mended:
    """Return the day of birth; a note for a text that is none, since the number has it too.

    No note shows the day, as it is personal data.
    """
    if SERIAL.fullmatch(cell.text):
        return values.Mended((EPOCH + timedelta(days=int(cell.text))).date())
    try:
        return values.Mended(values.day(cell).value)
    except ValueError:
        return values.Mended(None, "is no date; it was not compared with the ID number")


def is_man(cell: Cell) -> values.Mended:
    """Return whether a cell says that the person is a man; raises ValueError."""
    text = half_width(values.usable(cell)).lower()
    if text in MEN or text in WOMEN:
        return values.Mended(text in MEN)
    raise ValueError(f"{values.shown(text)} is no sex; write 男 or 女, or leave it out")


def _all_classes(
    first: tuple[PersonClass, ...], second: tuple[PersonClass, ...]
) -> tuple[PersonClass, ...]:
    return tuple(sorted({*first, *second}))


def _aside(field: str, read: values.Read, *headers: str, **more: Any) -> Column:
    """Return a column that exports have and the template does not need."""
    return Column(field, read, headers, in_template=False, **more)


PEOPLE = Register(
    RegisterKind.PEOPLE,
    Person,
    "key",
    (
        Column(
            "id_number",
            written_number,
            (NUMBER, "身份证号码", "公民身份号码", "证件号码", "证件号", "身份证", "公民身份证号"),
            "11010519491231002X",
            is_needed=True,
        ),
        Column(
            "document",
            document_kind,
            ("证件类型", "证件种类", "证件类别"),
            "居民身份证",
            repeats=True,
        ),
        Column("name", values.words, ("姓名", "人员姓名", "居民姓名"), "示例", is_needed=True),
        GRID,
        Column(
            "classes",
            values.classes,
            (
                *("人员类别", "关爱类别", "重点人员类别", "人员类型", "类别", "标签", "重点类别"),
                *("特殊人群类型", "特殊人群", "关爱人员类别", "关爱对象类别", "人口类型"),
            ),
            "独居老人|残疾人",
            repeats=True,
            combine=_all_classes,
        ),
        STANDING,
        UNTIL,
        Column("household", values.code, ("户编号", "户号", "户编码", "家庭编号"), "H0001"),
        Column(
            "address",
            values.words,
            (
                *("现住地址", "居住地址", "住址", "现住址", "家庭住址", "详细地址", "地址"),
                *("实际居住地", "现住小区", "现住小区/建筑", "居住小区", "居住小区/建筑"),
                *("现居住地", "居住地", "门牌地址"),
            ),
            "东门社区1栋101",
            combine=values.both,
        ),
        PHONE,
        _aside("born", birthday, "出生日期", "出生年月日", "生日"),
        _aside("is_man", is_man, "性别", repeats=True),
        _aside("has_moved", values.yes_no, "是否已迁出", "是否迁出", repeats=True),
        _aside("moved_on", values.day, "迁出日期", "迁出时间", "迁离日期", repeats=True),
        _aside("has_died", values.yes_no, "是否已死亡", "是否死亡", "是否去世", repeats=True),
        _aside("died_on", values.day, "死亡日期", "死亡时间", "去世日期", repeats=True),
    ),
    sealed=("document", "id_number", "name", "address", "phone"),
    finish=finish_person,
)
