"""What a register is 台账描述: its columns, how cells are read, and what they say together."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from hub.registers import values
from hub.registers.tables import TABLE_COLUMNS
from schemas.registers.entry import Entry, RegisterKind

Fields = dict[str, Any]
"""The values of a row by field. Some fields only lead to others, and are no part of the entry."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a register's file: the field, how its cells are read, and its headers.

    The first header is that of the templates. `example` stands in the template's example row.
    """

    field: str
    read: values.Read
    headers: tuple[str, ...]
    example: str = ""
    is_needed: bool = False
    repeats: bool = False
    """Few texts are in many rows, so each is read once."""
    combine: Callable[[Any, Any], Any] | None = None
    """Makes one value of two columns of this field; None: a file may have one such column.

    Raises ValueError if they contradict each other.
    """
    in_template: bool = True

    def also(self, *headers: str) -> "Column":
        """Return the column with more headers."""
        return replace(self, headers=(*self.headers, *headers))


def nothing_more(_: Fields) -> list[str]:
    """Return no note: the fields of a row say nothing together."""
    return []


@dataclass(frozen=True, slots=True)
class Register:
    """A register: the model of its entries, its key, its columns, and which fields are sealed.

    `finish` reads the fields of a row together: it completes them, takes out those that are no
    part of the entry, and returns notes. It raises ValueError for fields that contradict each
    other, with the names of their columns.
    """

    kind: RegisterKind
    model: type[Entry]
    key: str
    columns: tuple[Column, ...]
    sealed: tuple[str, ...]
    finish: Callable[[Fields], list[str]] = nothing_more

    @property
    def needed(self) -> tuple[str, ...]:
        """The fields without which a file is not read."""
        return tuple(column.field for column in self.columns if column.is_needed)

    @property
    def naming(self) -> str:
        """The needed field in which the example row of a template says that it is one."""
        return "name" if "name" in self.needed else "code"

    @property
    def table_columns(self) -> tuple[str, ...]:
        """The columns of the table, in the order in which rows are passed."""
        return TABLE_COLUMNS[self.kind]


GRID = Column(
    "grid_code",
    values.code,
    ("网格编码", "网格代码", "所属网格编码", "所属网格代码", "所属网格", "网格编号", "网格号"),
    "429999001001001",
    is_needed=True,
    repeats=True,
)
STANDING = Column(
    "standing",
    values.standing,
    ("状态", "当前状态", "登记状态", "人员状态"),
    "在册",
    repeats=True,
)
UNTIL = Column(
    "until",
    values.day,
    ("注销日期", "停用日期", "变动日期", "注销时间", "拆除日期"),
    repeats=True,
)
PHONE = Column(
    "phone",
    values.words,
    ("联系电话", "电话", "手机号", "手机号码", "手机", "联系方式", "电话号码"),
    "13800000000",
    combine=values.both,
)
LON = Column("lon", values.longitude, ("经度", "X坐标"), "114.905159")
LAT = Column("lat", values.latitude, ("纬度", "Y坐标"), "30.052909")
