"""Coordinates 坐标 as channels send them: absent as zero, swapped, or absurd."""

from connectors.contract import FaultError
from schemas.reports.fact import Datum, PlaceHint
from schemas.reports.rejected import Reason

WEST, EAST, SOUTH, NORTH = 73.0, 136.0, 3.0, 54.0
DATUMS = {
    "wgs84": Datum.WGS84,
    "wgs-84": Datum.WGS84,
    "gps": Datum.WGS84,
    "cgcs2000": Datum.WGS84,
    "gcj02": Datum.GCJ02,
    "gcj-02": Datum.GCJ02,
    "amap": Datum.GCJ02,
    "tencent": Datum.GCJ02,
    "bd09": Datum.BD09,
    "bd-09": Datum.BD09,
    "bd09ll": Datum.BD09,
    "baidu": Datum.BD09,
}
"""CGCS2000 differs from WGS-84 by centimetres."""


def datum_of(text: str, default: Datum, position: str) -> Datum:
    """Return the datum that a channel names; raises `FaultError` for an unknown name."""
    if not text:
        return default
    datum = DATUMS.get(text.lower())
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
    """Return the hint, in degrees. Two zeros mean "no fix"; latitude given first is swapped.

    Raises `FaultError` bad_value for a point that is not on the globe, or half of one.
    """
    if (lon is None) != (lat is None):
        raise FaultError(Reason.BAD_VALUE, "one coordinate without the other", position)
    if lon is None or lat is None or (lon == 0 and lat == 0):
        lon = lat = None
    elif WEST <= lat <= EAST and SOUTH <= lon <= NORTH:
        lon, lat = lat, lon
    elif not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise FaultError(Reason.BAD_VALUE, f"({lon}, {lat}) is not on the globe", position)
    return PlaceHint(
        text=text,
        lon=lon,
        lat=lat,
        datum=datum,
        division_code=division_code,
        grid_code=grid_code,
    )
