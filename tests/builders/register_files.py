"""Builds files of base registers as offices send them, with valid numbers of nobody."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from stdnum.cn.uscc import calc_check_digit

from connectors.values.id_number import check_of
from tests.builders.town import VILLAGE

PEOPLE = ("姓名", "身份证号", "网格编码", "人员类别", "状态", "联系电话")
FIRMS = ("统一社会信用代码", "企业名称", "网格编码", "法定代表人", "联系电话")
PREMISES = ("场所编号", "场所名称", "网格编码", "场所类型", "经度", "纬度")
DWELLINGS = ("房屋编号", "网格编码", "地址", "房屋类型", "房东姓名")
HOUSEHOLDS = ("户编号", "网格编码", "房屋编号", "户主姓名")
COUNTY = VILLAGE[:6]


def id_number(number: int) -> str:
    """Return the ID number of the person `number`, born on 1950-03-02."""
    body = f"{COUNTY}19500302{number:03}"
    return body + check_of(body)


def firm_code(number: int) -> str:
    """Return the credit code of the firm `number`."""
    body = f"92{COUNTY}MA{number:07}"
    return body + str(calc_check_digit(body))


def person(number: int, grid: str = "G1", *rest: str) -> tuple[str, ...]:
    """Return a row of `PEOPLE`; `rest` are classes, standing and phone."""
    return (f"王{number}", id_number(number), grid, *rest)


def write_csv(
    path: Path, rows: Iterable[Sequence[str]], *, encoding: str = "utf-8", delimiter: str = ","
) -> Path:
    """Write rows as CSV, and return the path."""
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path
