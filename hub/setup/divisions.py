"""The areas 区划 of a city, from a table of the statistical division codes 统计用区划代码.

The table of the statistics office has codes of twelve digits, padded with zeros, and no parents.
Both follow from the codes: two digits a province, two a city, two a county, three a township, three
a village or community.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from hub.setup.tables import read_table
from hub.town.town_file import TownError
from schemas.town.register import Area

SPOKEN = (
    (re.compile("村?村民委员会$|村?村委会$"), "村"),
    (re.compile("(社区)?居民委员会$|(社区)?居委会$"), "社区"),
    (re.compile("(街道|镇|乡|苏木)(办事处|人民政府)$"), r"\1"),
)
"""Endings of official names → what people say and write."""
CODE = re.compile(r"\d{6}(\d{3}(\d{3})?)?")
TOWNSHIP_DIGITS, VILLAGE_DIGITS = 9, 12


def read_areas(path: Path) -> tuple[Area, ...]:
    """Return the areas of a table with 代码 and 名称; raises `TownError`."""
    rows = read_table(path, Area, ("code", "name"))
    return areas_of((str(row["code"]), str(row["name"])) for row in rows)


def areas_of(entries: Iterable[tuple[str, str]]) -> tuple[Area, ...]:
    """Return areas in order of their codes, each with its parent; raises `TownError`."""
    names: dict[str, str] = {}
    for written, official in entries:
        code, name = short_code(written), spoken_name(official)
        if names.setdefault(code, name) != name:
            raise TownError(f"area {code} is in the table twice: {names[code]} and {name}")
    return tuple(
        Area(code=code, name=name, parent=_parent(code, names))
        for code, name in sorted(names.items())
    )


def spoken_name(official: str) -> str:
    """Return a name as citizens write it: 东街社区居民委员会 is 东街社区."""
    for ending, spoken in SPOKEN:
        name = ending.sub(spoken, official)
        if name != official:
            return name
    return official


def short_code(written: str) -> str:
    """Return a code without the zeros that pad it to twelve digits; raises `TownError`."""
    code = re.sub(r"\s|\.0$", "", written)
    if not CODE.fullmatch(code):
        raise TownError(f"{written[:20]!r} is no division code of 6, 9 or 12 digits")
    if len(code) == VILLAGE_DIGITS and code.endswith("000"):
        code = code[:TOWNSHIP_DIGITS]
    return code[:6] if len(code) == TOWNSHIP_DIGITS and code.endswith("000") else code


def _parent(code: str, names: dict[str, str]) -> str:
    """Return the smallest area of the table that contains an area; empty if there is none."""
    above = [code[:length] for length in (9, 6) if length < len(code)]
    above += [f"{code[:4]}00", f"{code[:2]}0000"]
    return next((area for area in above if area != code and area in names), "")
