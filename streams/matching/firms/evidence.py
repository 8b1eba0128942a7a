"""How alike two names of firms are 名称证据, and what the place adds: points and words. Pure.

The points are set by hand and checked with `hub firms evaluate`: they are few, so that the page can
say each of them in words.
"""

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from itertools import product, starmap

from streams.matching.firms.name import SHORTEST_BRAND, FirmName, plain
from streams.matching.firms.words import CITIES, OPEN_GROUPS, PROVINCES
from streams.matching.text import sound

VILLAGE, TOWNSHIP = 12, 9
"""Digits of the codes of divisions (statistical division codes 统计用区划代码)."""
RARE_BRAND, LONG_BRAND = 3, 4
"""Characters of a brand that few firms share, and of one that hardly two have."""
SHORTEST_ADDRESS, SHORTEST_SHORT, SHORTEST_PART = 4, 4, 3
"""Characters that two addresses must have in common, of the shortest shortened name, and
of an address that is a part of the other."""
LONGEST_ADDRESS = 100
"""Characters of an address that are read: each is compared with those of a hundred firms."""
_BRANCH_WORDS = re.compile(
    "分公司|支公司|支行|分行|分店|分理处|支局|营业厅|营业部|服务部|营销|门店|店|街道|[省市县区镇乡路]"
)
_COMMON = "管理 服务 工程 销售 技术 科技 用品 产品 发展 开发 经营 设备 中心 咨询"
OPEN_PAIRS = frozenset(_COMMON.split())
"""Pairs of characters in the words of many trades."""
_ROAD = re.compile(r"[\u4e00-\u9fff]{2,}?(?:路|街|大道|巷)")
_DOOR = re.compile(r"([\u4e00-\u9fff]{2,}?(?:路|街|大道|巷|村|组|弄))([0-9]+)号?")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Points for or against, and the words that the page shows."""

    points: float = 0
    words: tuple[str, ...] = ()

    def __add__(self, other: "Evidence") -> "Evidence":
        return Evidence(self.points + other.points, self.words + other.words)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a report or a firm is: codes of grid and division, and the address as written."""

    grid_code: str = ""
    division_code: str = ""
    address: str = ""

    @property
    def area(self) -> str:
        """Return the code of the division, or the grid, which usually begins with it."""
        return self.division_code or self.grid_code


class Brands(Enum):
    """How two brands compare; the value is the words of the page."""

    SAME = "字号相同"
    SOUND = "字号读音相同"
    NEAR = "字号差一字"
    PART = "字号有一段相同"
    SHORT = "名称缩略"
    """the shorter name has the beginning and the end of the longer one"""
    OTHER = ""


class Trades(Enum):
    """How the trades of two names compare."""

    SAME = "行业相同"
    ALIKE = "行业相近"
    OPEN = ""
    """one of the names does not say enough"""
    OTHER = "行业不同"


NAME_POINTS = {
    (Brands.SAME, Trades.SAME): 6.0,
    (Brands.SAME, Trades.ALIKE): 4.5,
    (Brands.SAME, Trades.OPEN): 3.5,
    (Brands.SAME, Trades.OTHER): 2.0,
    (Brands.SOUND, Trades.SAME): 4.5,
    (Brands.SOUND, Trades.ALIKE): 3.5,
    (Brands.SOUND, Trades.OPEN): 3.0,
    (Brands.NEAR, Trades.SAME): 4.0,
    (Brands.NEAR, Trades.ALIKE): 3.5,
    (Brands.NEAR, Trades.OPEN): 2.5,
    (Brands.SHORT, Trades.SAME): 5.0,
    (Brands.SHORT, Trades.ALIKE): 5.0,
    (Brands.SHORT, Trades.OPEN): 5.0,
    (Brands.PART, Trades.SAME): 4.0,
    (Brands.PART, Trades.ALIKE): 3.0,
    (Brands.PART, Trades.OPEN): 2.0,
}
"""Points of a pair of names; a pair that is not here does not count as alike."""
SAME_NAME, SAME_PARTS, SAME_REGION, OTHER_REGION = 8.0, 2.0, 1.0, -3.0
SAME_BRANCH, LIKE_BRANCH, OTHER_BRANCH, NO_BRANCH, OTHER_FORM = 3.0, 1.5, -6.0, -4.0, -1.0
NO_SHARED_REGION, ELSEWHERE, ELSEWHERE_SHOP = -1.5, -1.0, -3.0
SITE = "项目部"
"""Of a builder: a site is no branch of the register."""


def name_evidence(written: FirmName, registered: FirmName) -> Evidence:
    """Return what the names say; 0 points and less: they are not alike."""
    brands = _brands(written.brand, registered.brand)
    if brands in (Brands.PART, Brands.OTHER) and _is_short_for(written.core, registered.core):
        brands = Brands.SHORT
    trades = _trades(written, registered)
    points = NAME_POINTS.get((brands, trades), 0.0)
    if not points:
        return Evidence()
    words = tuple(filter(None, (brands.value, trades.value)))
    length = min(len(written.brand), len(registered.brand))
    if brands not in (Brands.PART, Brands.SHORT):
        points += 1.5 if length >= LONG_BRAND else 0.5 if length >= RARE_BRAND else 0.0
    if brands is Brands.SAME and length <= SHORTEST_BRAND and written.core != registered.core:
        points -= 0.5
    if brands is Brands.SAME:
        if written.core == registered.core and _is_whole(written, registered):
            points, words = SAME_NAME, ("名称相同",)
            is_bound = bool(written.regions) or written.is_company
            points += SAME_PARTS * (written == registered and is_bound)
        elif length < SHORTEST_BRAND:
            points -= 2
    return (
        Evidence(points, words) + _regions(written, registered) + _branches(written, registered)
    ) + _forms(written, registered)


def place_evidence(report: Spot, firm: Spot, *, is_shop: bool) -> Evidence:
    """Return what the place says: the nearest area that both are in, or their addresses.

    A company works anywhere. A shop in another township is often one of a chain of which the
    register does not have every shop.
    """
    areas = _areas(report, firm, ELSEWHERE_SHOP if is_shop else ELSEWHERE)
    addresses = _addresses(report.address, firm.address)
    return addresses if addresses.points > max(areas.points, 0) else areas


def _is_whole(written: FirmName, registered: FirmName) -> bool:
    """Whether equal names mean one firm: many shops share a short brand and a trade."""
    shared = bool(set(written.regions) & set(registered.regions))
    if written.regions and registered.regions and not shared:
        return False
    if len(written.brand) >= LONG_BRAND or (written.is_company and registered.is_company):
        return True
    return shared


@lru_cache(maxsize=100_000)
def _sound(text: str) -> tuple[str, ...]:
    return sound(text)


def _brands(first: str, second: str) -> Brands:
    if first == second:
        return Brands.SAME
    short, long = sorted((first, second), key=len)
    if len(short) < SHORTEST_BRAND:
        return Brands.OTHER
    if len(short) == len(long) and _sound(short) == _sound(long):
        return Brands.SOUND
    if len(short) >= RARE_BRAND and _differ_in_one(short, long):
        return Brands.NEAR
    return Brands.PART if short in long else Brands.OTHER


def _is_short_for(short: str, long: str) -> bool:
    """Whether a name was made shorter in the middle: 兆康特钢 for 兆康特殊钢."""
    if not SHORTEST_SHORT <= len(short) < len(long):
        return False
    ends = range(SHORTEST_BRAND, len(short))
    return any(long.startswith(short[:n]) and long.endswith(short[n:]) for n in ends)


def _differ_in_one(short: str, long: str) -> bool:
    """Whether one character was changed, added, left out, or two were exchanged."""
    if len(long) - len(short) > 1:
        return False
    start = next(
        (n for n, pair in enumerate(zip(short, long, strict=False)) if len(set(pair)) > 1),
        len(short),
    )
    a, b = short[start:], long[start:]
    if len(short) < len(long):
        return a == b[1:]
    return a[1:] == b[1:] or (a[1:2] + a[:1] == b[:2] and a[2:] == b[2:])


def _trades(written: FirmName, registered: FirmName) -> Trades:
    mine, theirs = written.groups - OPEN_GROUPS, registered.groups - OPEN_GROUPS
    shared = {
        pair
        for first in written.trades
        for second in registered.trades
        for pair in _pairs(first) & _pairs(second)
    }
    if shared - OPEN_PAIRS or (shared and not mine and not theirs):
        return Trades.SAME
    if mine & theirs or (not mine and not theirs and written.groups & registered.groups):
        return Trades.ALIKE
    return Trades.OTHER if mine and theirs else Trades.OPEN


def _regions(written: FirmName, registered: FirmName) -> Evidence:
    mine, theirs = set(written.regions), set(registered.regions)
    if mine & theirs:
        return Evidence(SAME_REGION, ("区划相同",))
    for level in (PROVINCES, CITIES):
        if mine & level and theirs & level:
            return Evidence(OTHER_REGION, ("区划不同",))
    return Evidence(NO_SHARED_REGION) if mine and theirs else Evidence()


def _branches(written: FirmName, registered: FirmName) -> Evidence:
    if written.branch.endswith(SITE):
        return Evidence()
    if not written.branch:
        if _BRANCH_WORDS.sub("", registered.branch) in written.regions:
            return Evidence(SAME_BRANCH, ("同一分支",))
        is_there = any(region in registered.branch for region in written.regions)
        return Evidence(LIKE_BRANCH, ("分支相近",)) if is_there else Evidence()
    if written.branch == registered.branch:
        return Evidence(SAME_BRANCH, ("同一分支",))
    mine, theirs = (_BRANCH_WORDS.sub("", each.branch) for each in (written, registered))
    if not mine or not theirs:
        return Evidence(NO_BRANCH, ("分支未登记",))
    if mine in theirs or theirs in mine:
        return Evidence(LIKE_BRANCH, ("分支相近",))
    return Evidence() if _pairs(mine) & _pairs(theirs) else Evidence(OTHER_BRANCH, ("分支不同",))


def _pairs(text: str) -> set[str]:
    return {text[n : n + 2] for n in range(len(text) - 1)}


def _forms(written: FirmName, registered: FirmName) -> Evidence:
    """Return what the forms say: a company is often called by its signboard, a shop never 公司."""
    is_other = written.is_company and not registered.is_company
    return Evidence(OTHER_FORM, ("组织形式不同",)) if is_other else Evidence()


def _areas(report: Spot, firm: Spot, far: float) -> Evidence:
    if not report.area or not firm.area:
        return Evidence()
    if report.grid_code and report.grid_code == firm.grid_code:
        return Evidence(3.0, ("同一网格",))
    for digits, points, words in (
        (VILLAGE, 2.0, "同一村（社区）"),
        (TOWNSHIP, 1.0, "同一乡镇（街道）"),
    ):
        if len(report.area) < digits:
            return Evidence()
        if report.area[:digits] == firm.area[:digits]:
            return Evidence(points, (words,))
    return Evidence(far, ("不在同一乡镇（街道）",))


def _addresses(first: str, second: str) -> Evidence:
    mine, theirs = plain(first[:LONGEST_ADDRESS]), plain(second[:LONGEST_ADDRESS])
    if not mine or not theirs:
        return Evidence()
    doors = product(_DOOR.findall(mine), _DOOR.findall(theirs))
    if any(a == b and _is_end(road, other) for (road, a), (other, b) in doors):
        return Evidence(3.0, ("门牌相同",))
    is_part = len(mine) >= SHORTEST_PART and mine in theirs
    if is_part or _common(mine, theirs) >= SHORTEST_ADDRESS:
        return Evidence(2.0, ("地址相近",))
    is_one_road = any(starmap(_is_end, product(_ROAD.findall(mine), _ROAD.findall(theirs))))
    return Evidence(1.5, ("同一条路",)) if is_one_road else Evidence()


def _is_end(first: str, second: str) -> bool:
    """Whether one road ends with the other: an address may begin with the town."""
    return first.endswith(second) or second.endswith(first)


def _common(first: str, second: str) -> int:
    """Return the length of the longest text that both have."""
    longest, row = 0, [0] * (len(second) + 1)
    for character in first:
        before = 0
        for n, other in enumerate(second, 1):
            before, row[n] = row[n], before + 1 if character == other else 0
            longest = max(longest, row[n])
    return longest
