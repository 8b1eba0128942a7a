"""Villages and units by the names in lists 村与单位对照. Pure."""

from collections import defaultdict
from collections.abc import Sequence

from schemas.town.register import Area, Unit

TOWNSHIP_DIGITS, VILLAGE_DIGITS = 9, 12
COMMITTEES = {
    "村民委员会": "村",
    "居民委员会": "社区",
    "村委会": "村",
    "居委会": "社区",
    "行政村": "村",
}
"""Ends of the names of committees, and what a village is called without them."""
TOWNSHIP_ENDS = ("街道办事处", "街道办", "街道", "镇", "乡")


class PlaceError(ValueError):
    """A village or unit of a list is not in the registers; the message says which, in Chinese."""


class Places:
    """Looks up villages and units of a town."""

    def __init__(self, areas: Sequence[Area], units: Sequence[Unit]) -> None:
        self._names = {area.code: area.name for area in areas}
        self._villages: dict[str, list[str]] = defaultdict(list)
        for area in areas:
            if len(area.code) == VILLAGE_DIGITS:
                self._villages[_plain(area.name)].append(area.code)
        self._units = {unit.code: unit for unit in units}
        self._units_by_name: dict[str, list[Unit]] = defaultdict(list)
        for unit in units:
            self._units_by_name[unit.name].append(unit)

    def find(self, code: str, township: str, village: str, unit: str) -> tuple[str, str]:
        """Return the code of a village and that of the unit that is responsible.

        A code counts before the names. Without a unit it is the one that serves the village alone.
        Raises `PlaceError`.
        """
        division = self._division(code.strip(), township.strip(), village.strip())
        return division, self._unit(unit.strip(), division)

    def _division(self, code: str, township: str, village: str) -> str:
        if code:
            if code in self._names and len(code) == VILLAGE_DIGITS:
                return code
            raise PlaceError(f"区划代码{code[:20]}不是本市的村或社区")
        township, village = self._split(township, village)
        plain = _plain(village)
        spellings = (plain, f"{plain}村", f"{plain}社区")
        known = next((self._villages[name] for name in spellings if name in self._villages), [])
        if township:
            known = [c for c in known if _stem(self._names.get(c[:9], "")) == _stem(township)]
        if not known:
            raise PlaceError(f"没有{township[:20]}{village[:20]}这个村或社区，请按区划名称填写")
        if len(known) > 1:
            raise PlaceError(f"有{len(known)}个{village[:20]}，请填写乡镇或区划代码")
        return known[0]

    def _split(self, township: str, village: str) -> tuple[str, str]:
        """Return township and village, also of a village that is written as 金湖镇柳林村."""
        for code, name in self._names.items():
            if len(code) == TOWNSHIP_DIGITS and village.startswith(name) and village != name:
                return township or name, village.removeprefix(name)
        return township, village

    def _unit(self, unit: str, division: str) -> str:
        if unit in self._units:
            return unit
        if unit:
            near = [u for u in self._units_by_name.get(unit, []) if division.startswith(u.area)]
            if len(near) != 1:
                raise PlaceError(f"责任单位“{unit[:20]}”不在单位名册中，或不只一个")
            return near[0].code
        own = [u.code for u in self._units.values() if u.area == division]
        if not own:
            raise PlaceError(f"{self._names[division]}没有自己的单位，请填写责任单位")
        return own[0]


def _plain(name: str) -> str:
    """Return the name of a village without the name of its committee: 桃树村委会 is 桃树村."""
    for end, kind in COMMITTEES.items():
        stem = name.removesuffix(end)
        if stem != name and stem:
            return stem if stem.endswith(("村", "社区")) else f"{stem}{kind}"
    return name


def _stem(township: str) -> str:
    """Return the name of a township without its kind: 金湖街道 and 金湖镇 are 金湖."""
    for end in TOWNSHIP_ENDS:
        if township.endswith(end) and len(township) > len(end):
            return township.removesuffix(end)
    return township
