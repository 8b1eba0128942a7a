"""A person corrects the place of a case 更正地点: by a point on the map, or by a place name."""

from collections.abc import Mapping
from typing import Any

from schemas.cases.case import Case
from schemas.route import city_of
from schemas.town.register import PlaceName
from streams.town.register import Register


class PlaceError(ValueError):
    """The place cannot be that of the case; the message says why and what to do."""


def corrected_place(data: Mapping[str, Any], case: Case, register: Register) -> dict[str, Any]:
    """Return the changes by `data.place`; empty without it. Raises `PlaceError`.

    `data.place` has `lon` and `lat` (WGS-84, degrees), or `name` of the register of place names
    with `grid_code` where several places share the name. The case stays in its city: another city
    is another partition.
    """
    wanted = data.get("place")
    if not wanted:
        return {}
    if not isinstance(wanted, Mapping):
        raise PlaceError("data.place must be an object with lon and lat, or with name")
    if wanted.get("name"):
        named = _named(str(wanted["name"]), str(wanted.get("grid_code") or ""), register)
        changes: dict[str, Any] = {
            "lon": named.lon,
            "lat": named.lat,
            "division_code": named.division_code,
            "grid_code": named.grid_code,
            "place_name": named.name if named.grid_code else "",
        }
    else:
        changes = _at_point(wanted, register)
    _check_city(changes["division_code"], case)
    return changes


def _named(name: str, grid_code: str, register: Register) -> PlaceName:
    matches = [
        place
        for place in register.town.places
        if name in (place.name, *place.known_as) and grid_code in ("", place.grid_code)
    ]
    if not matches:
        raise PlaceError(f"地名台账中没有{name}：请从列出的地名中选择，或在图上点出位置")
    if len(matches) > 1:
        raise PlaceError(f"有{len(matches)}处叫{name}：请选择所在的网格，或在图上点出位置")
    return matches[0]


def _at_point(wanted: Mapping[str, Any], register: Register) -> dict[str, Any]:
    try:
        lon, lat = float(wanted["lon"]), float(wanted["lat"])
    except (KeyError, TypeError, ValueError) as error:
        raise PlaceError("data.place must have lon and lat in degrees, or name") from error
    grid = register.grid_at(lon, lat)
    if grid is None:
        raise PlaceError("所点位置不在任何网格内：请在网格内点选，或按地名选择")
    return {
        "lon": round(lon, 7),
        "lat": round(lat, 7),
        "division_code": grid.division_code,
        "grid_code": grid.code,
        "place_name": "",
    }


def _check_city(division: str, case: Case) -> None:
    home = case.route or case.division_code
    if home.strip("0") and city_of(division) != city_of(home):
        raise PlaceError("更正后的地点在另一城市：请转交该市，不能在本市更正")
