"""The building that a case names 房屋提示: its dwellings and other reports of it, as counts. Pure.

Only a building that is certain is shown: the text names one building, and the register has one
estate of that name with it, in the grid of the case if that is known. No person, owner or household
is named.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.cases.case import Case
from schemas.registers.dwelling import DWELLING_NAMES, DwellingKind
from streams.town.dwelling_address import DwellingAddress, names_estate, parse_dwelling

DWELLINGS_OF_BUILDING = """
SELECT estate, grid_code, kind, count() AS dwellings, sum(households) AS households FROM (
    SELECT d.estate AS estate, d.grid_code AS grid_code, d.kind AS kind, h.households AS households
    FROM (
        SELECT code, estate, grid_code, kind FROM dwellings
        WHERE standing = 'current' AND building = {building:String} AND estate != ''
              AND endsWith({before:String}, estate)
              AND ({grid:String} = '' OR grid_code = {grid:String})
              AND ({unit:String} = '' OR unit = {unit:String})
              AND ({room:String} = '' OR room = {room:String})
    ) AS d
    LEFT JOIN (
        SELECT dwelling, count() AS households FROM registered_households
        WHERE standing = 'current' AND dwelling != '' GROUP BY dwelling
    ) AS h ON h.dwelling = d.code
)
GROUP BY estate, grid_code, kind ORDER BY kind"""
REPORTS_NEAR = """
SELECT place_name, place_text, title FROM events
WHERE grid_code = {grid:String} AND received_at > now() - INTERVAL 12 MONTH
      AND event_id NOT IN {ids:Array(UUID)}
      AND positionCaseInsensitiveUTF8(concat(place_name, ' ', place_text, ' ', title),
                                      {estate:String}) > 0
LIMIT 2000"""
"""Reports of the last twelve months that may be of the building; their text decides."""


@dataclass(frozen=True, slots=True)
class Building:
    """A building of the register, and the part of it that the case names."""

    estate: str
    grid_code: str
    address: DwellingAddress
    kinds: tuple[tuple[str, int], ...]
    dwellings: int
    households: int

    @property
    def name(self) -> str:
        """The part that the counts are about, in the words of an address."""
        parts = ((self.address.unit, "单元"), (self.address.room, "室"))
        more = "".join(f"{number}{word}" for number, word in parts if number)
        return f"{self.estate}{self.address.building.upper()}号楼{more}"


def address_of(case: Case) -> DwellingAddress | None:
    """Return the building that the place, the title or the text of a case names; else None."""
    for text in (case.place_name, case.title, case.content):
        if (address := parse_dwelling(text)) is not None:
            return address
    return None


def asked_of(address: DwellingAddress, grid: str) -> dict[str, Any]:
    """Return the parameters of `DWELLINGS_OF_BUILDING`."""
    return {
        "building": address.building,
        "before": address.before,
        "grid": grid,
        "unit": address.unit,
        "room": address.room,
    }


def building_of(address: DwellingAddress, rows: Iterable[Mapping[str, Any]]) -> Building | None:
    """Return the building of the rows of `DWELLINGS_OF_BUILDING`; None if it is not certain."""
    named = [row for row in rows if names_estate(address.before, str(row["estate"]))]
    places = {(str(row["estate"]), str(row["grid_code"])) for row in named}
    if len(places) != 1:
        return None
    ((estate, grid),) = places
    kinds = tuple(
        (DWELLING_NAMES.get(DwellingKind(row["kind"]), "用途未登记"), int(row["dwellings"]))
        for row in named
    )
    return Building(
        estate=estate,
        grid_code=grid,
        address=address,
        kinds=kinds,
        dwellings=sum(count for _, count in kinds),
        households=sum(int(row["households"]) for row in named),
    )


def reports_of(building: Building, rows: Iterable[Mapping[str, Any]]) -> int:
    """Return how many of the rows of `REPORTS_NEAR` name the building."""
    return sum(
        any(_is_of(building, str(row[column])) for column in ("place_name", "place_text", "title"))
        for row in rows
    )


def _is_of(building: Building, text: str) -> bool:
    address = parse_dwelling(text)
    return (
        address is not None
        and address.building == building.address.building
        and names_estate(address.before, building.estate)
    )
