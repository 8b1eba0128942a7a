"""Invented people of a large city 虚构人口, a row each; the same seed writes the same file."""

import csv
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from connectors.values.id_number import check_of
from hub.lab.simulate.language.people import FORENAME_CHARACTERS, PREFIXES, SURNAMES
from schemas.registers.person_class import CARED_FOR, CLASS_NAMES

HEADER = (
    *("身份证号", "姓名", "网格编码", "人员类别", "状态", "户编号", "现住地址", "联系电话"),
    *("性别", "民族", "与户主关系"),
)
"""As an office exports it; of the last three columns the register reads none."""
PEOPLE_OF_HOUSEHOLD = 3
FIRST_DAY, DAYS = date(1935, 1, 1), 33_000
KEY_SHARE, CARED_SHARE = 5_633 / 2_535_400, 38_600 / 2_535_400
"""Key persons and cared-for persons of Yinchuan 银川, of all its people."""
KEY_NAMES = [name for kind, name in CLASS_NAMES.items() if not kind.startswith(CARED_FOR)]
CARED_NAMES = [name for kind, name in CLASS_NAMES.items() if kind.startswith(CARED_FOR)]
RELATIONS = ("户主", "配偶", "子")


@dataclass(frozen=True, slots=True)
class Drawing:
    """What to draw: people `first` to `first + count`, evenly over the grids.

    `bad` are the numbers of people whose ID number lacks its last character.
    """

    grids: Sequence[str]
    count: int
    first: int = 0
    bad: frozenset[int] = frozenset()
    seed: int = 1


def id_number(number: int) -> str:
    """Return the ID number of the person `number`: no two are equal, and no area has the code."""
    born = FIRST_DAY + timedelta(days=number % DAYS)
    body = f"429999{born:%Y%m%d}{number // DAYS:03d}"
    return body + check_of(body)


def write_people(path: Path, drawing: Drawing) -> Path:
    """Write people as CSV, and return the path."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(_people(drawing))
    return path


def _people(drawing: Drawing) -> Iterator[tuple[str, ...]]:
    draw = random.Random(drawing.seed)
    for place in range(drawing.count):
        number = drawing.first + place
        grid = drawing.grids[place * len(drawing.grids) // drawing.count]
        household, member = divmod(number, PEOPLE_OF_HOUSEHOLD)
        code, share = id_number(number), draw.random()
        yield (
            code[:-1] if number in drawing.bad else code,
            draw.choice(SURNAMES) + "".join(draw.choices(FORENAME_CHARACTERS, k=2)),
            grid,
            _classes(draw, share),
            "在册",
            f"H{household:07}",
            _address(household),
            f"{draw.choice(PREFIXES)}{draw.randrange(10**8):08d}",
            "男" if int(code[16]) % 2 else "女",
            "汉族",
            RELATIONS[member],
        )


def _address(household: int) -> str:
    building, unit = household // 72 % 30 + 1, household // 12 % 6 + 1
    return f"幸福小区{building}栋{unit}单元{household % 12 + 1}01"


def _classes(draw: random.Random, share: float) -> str:
    if share < KEY_SHARE:
        return draw.choice(KEY_NAMES)
    return draw.choice(CARED_NAMES) if share < KEY_SHARE + CARED_SHARE else ""
