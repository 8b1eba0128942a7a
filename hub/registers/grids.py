"""The grids that a register may name 网格核对: those of the town, also by former division codes."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import lru_cache

from hub.registers.values import Mended
from schemas.town.town import Town

DIVISION_DIGITS = (12, 9, 6)
"""Digits of the codes of a village, township and county, the longest first."""


class KnownGrids:
    """The grids of a town by code, with the division of each."""

    def __init__(self, town: Town) -> None:
        self._divisions: Mapping[str, str] = {grid.code: grid.division_code for grid in town.grids}
        self._today = {former.former: former.code for former in town.former_codes}
        self._near = lru_cache(maxsize=1000)(self._nearest)

    def division_of(self, grid: str) -> str:
        """Return the division of a grid; empty for an unknown one."""
        return self._divisions.get(grid, "")

    def read(self, code: str) -> Mended:
        """Return the code of a grid as it is today; raises ValueError for an unknown grid."""
        if code in self._divisions:
            return Mended(code)
        for today in self._renamed(code):
            if today in self._divisions:
                return Mended(today, f"grid {code} has the code {today} today (former_codes.csv)")
        raise ValueError(f"grid {code[:40]} is not in grids.geojson{self._near(code)}")

    def _renamed(self, code: str) -> Iterable[str]:
        for digits in DIVISION_DIGITS:
            if today := self._today.get(code[:digits]):
                yield today + code[digits:]

    def _nearest(self, code: str) -> str:
        near = get_close_matches(code, self._divisions, n=1, cutoff=0.8)
        return f"; did you mean {near[0]}?" if near else "; write a code of that file"
