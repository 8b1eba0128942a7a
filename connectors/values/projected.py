"""Projected coordinates 投影坐标: metres of a city's grid to degrees.

China's large maps are in Gauss-Krüger (GB/T 17278, GB 22021) on CGCS2000: transverse Mercator with
scale 1 and false easting 500 km, in zones of 6° (13 to 23) or 3° (25 to 45). The zone stands before
the easting, or its central meridian is named beside the point.
"""

import math
import re
from typing import NamedTuple

from geocoordinates_ffi import geocoordinates_ffi as geo

ZONE_SIZE = 1_000_000
FALSE_EASTING = 500_000
UTM_SCALE = 0.9996
UTM_ZONE, UTM_MERIDIAN = 31, 3.0
NORTHING = range(330_000, 6_000_000)
EASTING = range(100_000, 900_000)
MERCATOR_X = range(8_100_000, 13_000_000)
"""Web Mercator of 73° to 117° E; farther east it looks like a Gauss-Krüger zone."""
MERCATOR_RADIUS = 6378137.0
CHINA_X = range(8_100_000, 15_200_000)
WIDE, NARROW = range(13, 24), range(25, 46)
"""Numbers of the zones of 6° and of 3°; they do not overlap."""
MICRODEGREES = 1_000_000

_EPSG = (
    (4491, 11, 75.0, 6.0),
    (4502, 11, 75.0, 6.0),
    (4513, 21, 75.0, 3.0),
    (4534, 21, 75.0, 3.0),
)
"""First code, number of codes, first central meridian and step of CGCS2000 in the EPSG register."""
_MERIDIAN = re.compile(
    r"(?:cm|l0|lon0|中央经线|中央子午线)\s?[=:]?\s?(\d{2,3}(?:\.\d+)?)|(?<!\d)(\d{2,3})\s?e$"
)
_ZONE = re.compile(r"(?:zone|第)\s?(\d{2})(?!\d)|(?<!\d)(\d{2})\s?(?:带|号带)")
_OLD = re.compile(
    r"xian|西安|beijing|北京|krasov|bj ?54|54坐标|80坐标|epsg:?(?:2327|23[2-9]\d|24[0-4]\d|214\d\d)"
)
_MERCATOR = re.compile(r"mercator|墨卡托|3857|900913|102100")


class Degrees(NamedTuple):
    """A point in degrees; `surveyed` if it is on CGCS2000 and not on the channel's datum."""

    lon: float
    lat: float
    surveyed: bool = False


def is_projected(name: str) -> bool:
    """Return whether a coordinate system's name is that of a projection of CGCS2000 or the web."""
    text = _plain(name)
    return bool(_meridian(text) or _MERCATOR.search(text) or "gk" in text or "高斯" in text)


def is_old(name: str) -> bool:
    """Return whether it is Beijing 1954 or Xian 1980, whose shift to CGCS2000 is not public."""
    return bool(_OLD.search(_plain(name)))


def to_degrees(first: float, second: float, name: str = "") -> Degrees | None:
    """Return the point of two numbers too large for degrees; None if they are not projected.

    `name` is the coordinate system as the channel names it. Easting and northing may come in either
    order. Raises ValueError with a sentence where the zone is missing or does not fit.
    """
    east, north = (first, second) if _is_northing(second) else (second, first)
    if lon_lat := _microdegrees(first, second):
        return lon_lat
    text = _plain(name)
    if int(max(first, second)) in CHINA_X and _MERCATOR.search(text):
        return _web_mercator(max(first, second), min(first, second))
    if not _is_northing(north):
        return None
    meridian, half = _meridian(text) or 0.0, 3.5
    zone = int(east // ZONE_SIZE)
    if zone in WIDE or zone in NARROW:
        east -= zone * ZONE_SIZE
        meridian, half = (zone * 6 - 3.0, 3.5) if zone in WIDE else (zone * 3.0, 2.0)
    elif int(east) in MERCATOR_X:
        return _web_mercator(east, north)
    if int(east) not in EASTING:
        return None
    if not meridian:
        raise ValueError(
            f"({first}, {second}) are metres without a zone: send the easting with its zone"
            " number, or name the central meridian (CGCS2000 CM 114E)"
        )
    return _gauss_kruger(east, north, meridian, half)


def _plain(name: str) -> str:
    return re.sub(r"[\s_/\-]+", " ", name).lower()


def _is_northing(number: float) -> bool:
    return math.isfinite(number) and int(number) in NORTHING and int(number) not in EASTING


def _microdegrees(first: float, second: float) -> Degrees | None:
    """Return the point of millionths of degrees, as positioning devices send (JT/T 808)."""
    lon, lat = max(first, second) / MICRODEGREES, min(first, second) / MICRODEGREES
    fits = 73 <= lon <= 136 and 3 <= lat <= 54
    return Degrees(lon, lat) if fits else None


def _meridian(text: str) -> float | None:
    if match := re.search(r"epsg:?(\d{4})", text):
        code = int(match[1])
        for first, count, meridian, step in _EPSG:
            if first <= code < first + count:
                return meridian + step * (code - first)
    if match := _MERIDIAN.search(text):
        return float(match[1] or match[2])
    if match := _ZONE.search(text):
        zone = int(match[1] or match[2])
        if zone in WIDE or zone in NARROW:
            return zone * 6 - 3.0 if zone in WIDE else zone * 3.0
    return None


def _web_mercator(x: float, y: float) -> Degrees:
    lat = math.degrees(2 * math.atan(math.exp(y / MERCATOR_RADIUS)) - math.pi / 2)
    return Degrees(math.degrees(x / MERCATOR_RADIUS), lat)


def _gauss_kruger(east: float, north: float, meridian: float, half: float) -> Degrees:
    """Return degrees: UTM is the same projection at scale 0.9996, about another meridian.

    UTM is on WGS-84, whose ellipsoid differs from CGCS2000's by a tenth of a millimetre.
    """
    point = geo.utm_to_coordinate(
        geo.Utm(
            zone=UTM_ZONE,
            hemisphere=geo.UtmHemisphere.NORTH,
            easting=FALSE_EASTING + (east - FALSE_EASTING) * UTM_SCALE,
            northing=north * UTM_SCALE,
        )
    )
    if abs(point.lon - UTM_MERIDIAN) > half:
        raise ValueError(f"({east}, {north}) is outside the zone of {meridian:g}° E")
    lon = point.lon - UTM_MERIDIAN + meridian
    return Degrees(round(lon, 8), round(point.lat, 8), surveyed=True)
