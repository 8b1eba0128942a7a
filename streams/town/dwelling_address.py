"""The parts of a dwelling's address 房屋地址: estate 小区, building 楼栋, unit 单元, room 室. Pure.

They are written in many ways, such as 幸福小区三号楼2单元501室 and 幸福小区3栋2-501. Registers and
reports are read by the same rules, so that they can be compared. What is uncertain stays empty.
"""

import re
from dataclasses import dataclass

from streams.matching.text import normalise

SHORTEST_ESTATE = 2
"""Characters; a shorter name is no name of an estate."""
_BUILDING_WORD = r"(?:号楼|\#楼|栋|幢|座|\#)"
_ADDRESS = re.compile(
    rf"""(?P<before>[\u4e00-\u9fffa-z0-9·]*?[\u4e00-\u9fffa-z·])[\s,、]*
        (?P<building>\d{{1,3}}|[a-h]\d{{0,2}})\s*{_BUILDING_WORD}
        (?:[\s,、-]*(?P<unit>\d{{1,2}})\s*(?:单元|门(?!口|前)))?
        (?:[\s,、-]*(?P<door>\d{{1,2}})-(?P<room_of_door>\d{{3,4}})(?!\d)
          |[\s,、-]*(?P<room>\d{{3,4}})(?:室|号|房|户|(?![\d年月元块米])))?""",
    re.VERBOSE,
)
_AREA = re.compile(
    r".{0,12}?(?:省|自治[区州]|(?<!城)市(?!场)|(?<![小社园校])区|县(?!城)|旗(?!舰)|街道(?:办事处)?"
    r"|镇|乡|社区|居委会|村委会|路|街(?!道)|巷|大道|胡同|\d+号(?:院)?)"
)
"""The areas and roads before an estate: 兴庆区凤凰北街12号幸福小区 is 幸福小区."""
_BUILDING = re.compile(rf"\d{_BUILDING_WORD}")
_ONLY_NUMBER = re.compile(r"\d+号?院?")
_NO_ESTATES = frozenset(
    ("小区", "市场", "家属院", "家属楼", "宿舍", "花园", "公寓", "社区", "广场", "大厦", "商场")
)
"""Words that name no estate alone."""
_BEFORE_NAMES = frozenset("住在是的家到于我们位来至区街路镇乡村道巷号县市")
"""Last characters of words before a name."""
_NUMBER = re.compile(r"([a-h]?\d{1,4}|[a-h])\s*(?:号楼|#楼|栋|幢|座|#|单元|门|号|室|房|户)?")


@dataclass(frozen=True, slots=True)
class DwellingAddress:
    """The parts of an address in one spelling; empty where they are not written.

    `before` is all that stands before the building, in which a report may have other words:
    我家住幸福小区. `estate` is `before` without areas and roads.
    """

    before: str
    estate: str
    building: str
    unit: str = ""
    room: str = ""


def parse_dwelling(text: str) -> DwellingAddress | None:
    """Return the parts of the only building that a text names; None for none or several."""
    parsed = [_address(match) for match in _ADDRESS.finditer(normalise(text))]
    if len({(each.before, each.building) for each in parsed}) != 1:
        return None
    if _BUILDING.search(parsed[0].before):
        return None
    return max(parsed, key=lambda each: (each.unit != "") + (each.room != ""))


def _address(match: re.Match[str]) -> DwellingAddress:
    before = match["before"]
    return DwellingAddress(
        before=before,
        estate=estate_of(before),
        building=match["building"],
        unit=match["unit"] or match["door"] or "",
        room=match["room"] or match["room_of_door"] or "",
    )


def estate_of(before: str) -> str:
    """Return the name of an estate in one spelling, without the areas and roads before it."""
    name = normalise(before).strip()
    while area := _AREA.match(name):
        rest = name[area.end() :]
        if len(rest) < SHORTEST_ESTATE or _ONLY_NUMBER.fullmatch(rest):
            break
        name = rest
    return name if len(name) >= SHORTEST_ESTATE and name not in _NO_ESTATES else ""


def names_estate(before: str, estate: str) -> bool:
    """Return whether what stands before a building ends with the name of an estate.

    新幸福小区 is not 幸福小区; 我家住幸福小区 is, as the word before it can be no part of a name.
    """
    if not estate or not before.endswith(estate):
        return False
    rest = before.removesuffix(estate)
    return not rest or estate_of(before) == estate or rest[-1] in _BEFORE_NAMES


def number_of(text: str) -> str:
    """Return the number of a building, unit or room: 三号楼 as 3, 2单元 as 2; else the text."""
    plain = normalise(text).strip()
    if plain.isdigit():
        return plain.lstrip("0") or plain
    match = _NUMBER.fullmatch(plain) or _NUMBER.fullmatch(normalise(f"{plain}栋"))
    return match[1].lstrip("0") if match else plain
