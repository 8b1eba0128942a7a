"""Coordinates 坐标 as channels send them: absent as zero, swapped, projected, or absurd."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

from connectors.contract import FaultError
from connectors.values.blank import is_blank
from connectors.values.division import division_code as plain_division
from connectors.values.projected import is_old, is_projected, to_degrees
from connectors.values.text import tidy
from connectors.values.unread import Unread
from connectors.values.written_point import Pair, read_coordinate, read_pair
from schemas.reports.fact import Datum, PlaceHint
from schemas.reports.rejected import Reason

DIVISION_LENGTHS = range(2, 13)
"""Digits of a province to those of a village."""
WEST, EAST, SOUTH, NORTH = 73.0, 136.0, 3.0, 54.0
DECIMAL_COMMA = re.compile(r"\s*[+-]?\d{1,3}[.,]\d+\s*")
"""`114,905`: programs of some languages write a decimal comma."""
DATUMS = {
    "wgs84": Datum.WGS84,
    "84": Datum.WGS84,
    "gps": Datum.WGS84,
    "cgcs2000": Datum.WGS84,
    "天地图": Datum.WGS84,
    "epsg:4326": Datum.WGS84,
    "epsg:4490": Datum.WGS84,
    "gcj02": Datum.GCJ02,
    "02": Datum.GCJ02,
    "火星": Datum.GCJ02,
    "国测局": Datum.GCJ02,
    "amap": Datum.GCJ02,
    "高德": Datum.GCJ02,
    "tencent": Datum.GCJ02,
    "腾讯": Datum.GCJ02,
    "bd09": Datum.BD09,
    "09": Datum.BD09,
    "baidu": Datum.BD09,
    "百度": Datum.BD09,
}
"""CGCS2000 differs from WGS-84 by centimetres; 火星坐标 is the common name of GCJ-02."""


def datum_of(text: str, default: Datum, position: str) -> Datum:
    """Return the datum that a channel names; raises `FaultError` for an unknown name."""
    if is_blank(text):
        return default
    name = re.sub(r"[\s_\-]|坐标系?|地图$|ll$", "", text.lower()) or text
    datum = DATUMS.get(name) or DATUMS.get(text.strip())
    if datum is None:
        raise FaultError(Reason.BAD_VALUE, f"{text!r} is no known datum", position)
    return datum


def place_hint(
    lon: float | None,
    lat: float | None,
    datum: Datum,
    position: str,
    *,
    text: str = "",
    division_code: str = "",
    grid_code: str = "",
) -> PlaceHint:
    """Return the hint, in degrees. Two zeros mean "no position"; latitude given first is swapped.

    Raises `FaultError` bad_value for a point that is not on the globe, or half of one.
    """
    if (lon is None) != (lat is None):
        raise FaultError(Reason.BAD_VALUE, "one coordinate without the other", position)
    if lon is None or lat is None or (lon == 0 and lat == 0):
        lon = lat = None
    else:
        lon, lat, datum = _on_the_globe(lon, lat, datum, "", position)
    return PlaceHint(
        text=text,
        lon=lon,
        lat=lat,
        datum=datum,
        division_code=plain_division(division_code),
        grid_code=grid_code,
    )


def _on_the_globe(
    lon: float, lat: float, datum: Datum, name: str, position: str
) -> tuple[float, float, Datum]:
    """Return degrees, longitude first; raises `FaultError` bad_value if they are invalid."""
    if WEST <= lat <= EAST and SOUTH <= lon <= NORTH:
        return lat, lon, datum
    if -180 <= lon <= 180 and -90 <= lat <= 90:
        return lon, lat, datum
    try:
        point = to_degrees(lon, lat, name)
    except ValueError as error:
        raise FaultError(Reason.BAD_VALUE, str(error), position) from error
    if point is None:
        raise FaultError(Reason.BAD_VALUE, f"({lon}, {lat}) is not on the globe", position)
    return point.lon, point.lat, Datum.WGS84 if point.surveyed else datum


def _known_datum(default: Datum, name: str, position: str) -> Datum:
    return datum_of(name, default, position)


class PlaceFields(NamedTuple):
    """Names of a channel's fields for a point and a division; empty where it has none."""

    lon: str
    lat: str
    datum: str = ""
    division: str = ""


def read_place(
    fields: Mapping[str, Any],
    names: PlaceFields,
    default: Datum,
    unread: Unread,
    *,
    text: str = "",
    grid_code: str = "",
) -> PlaceHint:
    """Return the place hint of a report, without a point or code that cannot be used.

    These are noted with the reason: half a point, a point outside China, an unknown datum, or
    metres without a zone. The text, the codes and the words of the report still place it.
    """
    division = _division(fields, names.division, unread) if names.division else ""
    hint = PlaceHint(text=text, division_code=division, grid_code=grid_code, datum=default)
    name = str(fields.get(names.datum) or "") if names.datum else ""
    try:
        pair = _pair(fields, names)
        if pair is None:
            if names.datum and not is_projected(name):
                unread.read(names.datum, name, partial(_known_datum, default), default)
            return hint
        lon, lat, datum = _point(*pair, name, default)
    except (ValueError, FaultError) as error:
        reason = error.fault.detail if isinstance(error, FaultError) else str(error)
        for field in filter(None, (names.lon, names.lat, names.datum)):
            if not is_blank(fields.get(field)):
                unread.note(field, fields[field], reason)
        return hint
    return hint.model_copy(update={"lon": lon, "lat": lat, "datum": datum})


def _division(fields: Mapping[str, Any], name: str, unread: Unread) -> str:
    """Return the digits of a code, or the text as it is: some systems send the division's name."""
    value = fields.get(name)
    if is_blank(value) or isinstance(value, bool | dict | list):
        return ""
    code = plain_division(tidy(f"{value:.0f}" if isinstance(value, float) else value))
    if not code.isdigit() or len(code) not in DIVISION_LENGTHS:
        unread.note(name, value, f"{str(value)[:40]!r} is no division code")
    return code


def _pair(fields: Mapping[str, Any], names: PlaceFields) -> Pair | None:
    """Return both numbers as they were sent, None for "no position"; raises ValueError."""
    lon, lat = fields.get(names.lon), fields.get(names.lat)
    if lon != lat and all(DECIMAL_COMMA.fullmatch(str(value)) for value in (lon, lat)):
        # Each field has one number; a pair would stand in one field, or be the same in both.
        lon, lat = (str(value).replace(",", ".") for value in (lon, lat))
    for value in (lon, lat):
        if not is_blank(value) and (pair := read_pair(value)):
            return None if pair == (0, 0) else pair
    if is_blank(lon) and is_blank(lat):
        return None
    if is_blank(lon) or is_blank(lat):
        raise ValueError("one coordinate without the other")
    pair = (read_coordinate(lon), read_coordinate(lat))
    return None if pair == (0, 0) else pair


def _point(lon: float, lat: float, name: str, default: Datum) -> tuple[float, float, Datum]:
    """Return a point in China in degrees; raises `FaultError` or ValueError with the reason."""
    if is_old(name):
        raise ValueError(f"{name!r} has no public shift to CGCS2000: send CGCS2000")
    known = default if is_projected(name) else datum_of(name, default, "")
    lon, lat, datum = _on_the_globe(lon, lat, known, name, "")
    if not (WEST <= lon <= EAST and SOUTH <= lat <= NORTH):
        raise ValueError(f"({lon:g}, {lat:g}) is not in China")
    return lon, lat, datum
