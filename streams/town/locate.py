"""Placing reports 定位: by grid code, else coordinates, else division code, else a place name."""

from geocoordinates_ffi import geocoordinates_ffi as geo

from schemas.reports.event import Place
from schemas.reports.fact import Datum, PlaceHint
from schemas.town.register import PlaceName
from streams.town.place_names import NameMatch
from streams.town.register import Register

COUNTY, TOWNSHIP = 6, 9
"""Digits of their codes."""
CHINA = (73.0, 3.0, 136.0, 54.0)
"""West, south, east, north in degrees. Coordinates outside are wrong and are not used."""


def to_wgs84(lon: float, lat: float, datum: Datum) -> tuple[float, float] | None:
    """Return WGS-84 lon, lat in degrees; None if the point is not in China."""
    west, south, east, north = CHINA
    if not (west <= lon <= east and south <= lat <= north):
        return None
    if datum is Datum.WGS84:
        return round(lon, 7), round(lat, 7)
    if datum is Datum.GCJ02:
        turned = geo.gcj02_to_wgs84_refined(geo.Gcj02(lat=lat, lon=lon))
    else:
        turned = geo.bd09_to_wgs84_refined(geo.Bd09(lat=lat, lon=lon))
    return round(turned.lon, 7), round(turned.lat, 7)


def place(hint: PlaceHint, text: str, register: Register) -> Place:
    """Return the place of a fact.

    Place names are searched in the hint's own text first, then in `text`.
    """
    point = None
    if hint.lon is not None and hint.lat is not None:
        point = to_wgs84(hint.lon, hint.lat, hint.datum)
    lon, lat = point if point is not None else (None, None)
    code = hint.division_code if hint.division_code.isdigit() else ""
    # Some systems have the name of the division in the field for its code.
    texts = (hint.text, "" if code else hint.division_code, text)
    match = next((match for words in texts if (match := _named(words, register))), None)
    named = match.place if match else None
    coded_grid = register.grid(hint.grid_code)
    around = register.grid_at(*point) if point is not None else None
    known = Place(
        text=hint.text,
        lon=lon,
        lat=lat,
        name=named.name if named and named.grid_code else "",
        said=match.text if match else "",
    )
    if coded_grid is not None:
        return known.model_copy(
            update=_settled(coded_grid.division_code, coded_grid.code, "grid_code"),
        )
    if around is not None:
        return known.model_copy(update=_settled(around.division_code, around.code, "coordinates"))
    division = register.today(code if code.strip("0") else "")
    area = register.area_of(division)
    if len(area) >= TOWNSHIP:
        grid = named.grid_code if named and _within(named, area) else ""
        code = named.division_code if named and grid else area.ljust(12, "0")
        return known.model_copy(update=_settled(code, grid, "division_code"))
    if named is not None:
        update = _settled(named.division_code, named.grid_code, "place_name")
        if point is None:
            update |= {"lon": named.lon, "lat": named.lat}
        return known.model_copy(update=update)
    if len(division) >= COUNTY and not area:
        # The place is in another county. Its code is kept, so that the case can be handed over.
        return known.model_copy(update=_settled(division.ljust(12, "0"), "", "division_code"))
    return known


def _settled(division: str, grid: str, by: str) -> dict[str, str | float | None]:
    return {"division_code": division, "grid_code": grid, "settled_by": by}


def _within(named: PlaceName, area: str) -> bool:
    return named.division_code.startswith(area)


def _named(text: str, register: Register) -> NameMatch | None:
    """Return the place that the text names, or None if it names none or an ambiguous one."""
    every = register.places_in(text)
    # A quarter or road is more precise than the village or township that contains it.
    matches = [match for match in every if match.place.grid_code] or every
    if not matches:
        return None
    longest = [match for match in matches if match.text == matches[0].text]
    if len(longest) == 1:
        return longest[0]
    # Several places have this name. Another name in the text may show which of them is meant.
    others = {match.place.division_code[:9] for match in matches if match.text != matches[0].text}
    fitting = [match for match in longest if match.place.division_code[:9] in others]
    return fitting[0] if len(fitting) == 1 else None
