"""Coordinates and division codes in the forms that channels send."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.values.coordinates import PlaceFields, read_place
from connectors.values.division import division_code
from connectors.values.projected import to_degrees
from connectors.values.unread import Unread
from schemas.reports.fact import Datum, PlaceHint

FIELDS = PlaceFields("lng", "lat", "datum", "code")


def read(lng: Any, lat: Any, datum: Any = "", code: Any = "") -> tuple[PlaceHint, dict[str, Any]]:
    """Return the hint of four fields, and what goes to native."""
    unread = Unread()
    fields = {"lng": lng, "lat": lat, "datum": datum, "code": code}
    return read_place(fields, FIELDS, Datum.GCJ02, unread), unread.native


@pytest.mark.parametrize(
    ("lng", "lat"),
    [
        (114.905, 30.052),
        ("114.905", "30.052"),
        (30.052, 114.905),
        ("１１４．９０５", "３０．０５２"),
        ("114.905,30.052", None),
        ("", "30.052，114.905"),
        ("114.905 30.052", "114.905 30.052"),
        ("经度：114.905 纬度：30.052", None),
        ("POINT(114.905 30.052)", None),
        ("SRID=4326;POINT (114.905 30.052)", None),
        ([114.905, 30.052], None),
        ({"type": "Point", "coordinates": [114.905, 30.052]}, None),
        ({"lng": "114.905", "lat": "30.052"}, ""),
        ("E114.905", "N30.052"),
        ("东经114.905°", "北纬30.052°"),
        ("114°54′18″", "30°3′7.2″"),
        ("114度54分18秒", "30度3分7.2秒"),
        ("114 54 18", "30 3 7.2"),
        (114905000, 30052000),
        ("114,905", "30,052"),
        ("114,905", "30.052"),
    ],
)
def test_a_point_is_read_in_any_form(lng: Any, lat: Any) -> None:
    """Degrees as numbers, texts, pairs, geometries, and millionths are the same point."""
    hint, native = read(lng, lat)
    assert (hint.lon, hint.lat) == pytest.approx((114.905, 30.052), abs=1e-9)
    assert (hint.datum, native) == (Datum.GCJ02, {})


@pytest.mark.parametrize(
    ("lng", "lat"), [(None, None), (" ", " "), (0, 0), ("0", "0.0"), ("null", "NaN"), ("0,0", "")]
)
def test_no_fix_is_no_point(lng: Any, lat: Any) -> None:
    """Blanks, two zeros and words for nothing are not unreadable: they say nothing."""
    hint, native = read(lng, lat)
    assert (hint.lon, hint.lat, native) == (None, None, {})


@pytest.mark.parametrize(
    ("lng", "lat", "datum", "reason"),
    [
        ("东", "西", "", "is no number"),
        (114.905, None, "", "one coordinate without the other"),
        (999, 30, "", "is not on the globe"),
        (0.5, 0.5, "", "is not in China"),
        (True, 30, "", "is no number"),
        ("114°61′0″", "30°0′0″", "", "60 minutes"),
        (114.905, 30.052, "moon", "is no known datum"),
        (512345.67, 3326789.12, "", "without a zone"),
        (512345.67, 3326789.12, "Xian 1980", "no public shift"),
        (38812345.67, 3326789.12, "", "outside the zone"),
    ],
)
def test_a_point_that_cannot_be_used_costs_only_itself(
    lng: Any, lat: Any, datum: Any, reason: str
) -> None:
    """`native` has the values with the reason."""
    hint, native = read(lng, lat, datum)
    assert (hint.lon, hint.lat) == (None, None)
    assert {"lng": lng, "lat": lat}.items() >= {
        name: native[name] for name in ("lng", "lat") if name in native
    }.items()
    assert any(reason in text for text in native["unread"].values())


@pytest.mark.parametrize(
    ("lng", "lat", "datum"),
    [
        (38512345.67, 3326789.12, ""),
        (3326789.12, 38512345.67, ""),
        (512345.67, 3326789.12, "CGCS2000_3_Degree_GK_CM_114E"),
        (512345.67, 3326789.12, "EPSG:4547"),
        (512345.67, 3326789.12, "CGCS2000 38带"),
        (512345.67, 3326789.12, "中央经线114"),
    ],
)
def test_metres_of_the_national_grid_become_degrees(lng: Any, lat: Any, datum: Any) -> None:
    """PROJ gives 114.1280298345 E, 30.0601590928 N for EPSG:4526."""
    hint, native = read(lng, lat, datum)
    assert (hint.lon, hint.lat) == pytest.approx((114.1280298345, 30.0601590928), abs=1e-7)
    assert (hint.datum, native) == (Datum.WGS84, {})


def test_web_mercator_keeps_the_datum_of_its_map() -> None:
    """A Chinese web map draws GCJ-02 in the same projection."""
    hint, _ = read(12791000, 3500000)
    assert (hint.lon, hint.lat) == pytest.approx((114.9035, 29.9724), abs=1e-4)
    assert hint.datum is Datum.GCJ02


@given(st.integers(25, 45), st.floats(400_000, 600_000), st.floats(2_000_000, 5_900_000))
def test_neighbouring_zones_and_orders_agree(zone: int, east: float, north: float) -> None:
    """The zone before the easting, its central meridian by name, and either order are one point."""
    zoned = to_degrees(zone * 1_000_000 + east, north)
    named = to_degrees(east, north, f"CM {zone * 3}E")
    swapped = to_degrees(north, zone * 1_000_000 + east)
    assert zoned is not None
    assert zoned == swapped
    assert named == pytest.approx(zoned, abs=1e-7)
    assert abs(zoned.lon - zone * 3) < 2.0
    assert zoned.lat == pytest.approx(north / 110_900, rel=0.01)


@pytest.mark.parametrize("name", ["GCJ-02", "gcj02ll", "火星坐标", "高德地图", "amap", "国测局"])
def test_a_datum_has_many_names(name: str) -> None:
    """火星坐标 is the common name of GCJ-02."""
    assert read(114.905, 30.052, name)[0].datum is Datum.GCJ02


@given(st.floats(73.1, 135.9), st.floats(3.1, 53.9), st.booleans())
def test_degrees_make_the_round_trip_through_minutes(lon: float, lat: float, swap: bool) -> None:
    """Degrees, minutes and seconds to a thousandth are a point to three centimetres."""
    written = [_in_parts(lon), _in_parts(lat)]
    hint, _ = read(*(reversed(written) if swap else written))
    assert (hint.lon, hint.lat) == pytest.approx((lon, lat), abs=1e-6)


def _in_parts(degrees: float) -> str:
    thousandths = round(degrees * 3_600_000)
    minutes, rest = divmod(thousandths, 60_000)
    return f"{minutes // 60}°{minutes % 60}′{rest / 1000:.3f}″"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("429999001001.0", "429999001001"),
        ("429999-001-001", "429999001001"),
        ("４２９９９９", "429999"),
        ("429999001001001", "429999001001"),
        ("城关街道", "城关街道"),
        ("", ""),
    ],
)
def test_a_division_code_is_its_digits(written: str, code: str) -> None:
    """Decimals, separators and the digits of a village group are no part of it."""
    assert division_code(written) == code


def test_a_division_that_is_no_code_is_kept_with_the_reason() -> None:
    """The name of a division still places the report; a code that Excel has cut does not."""
    hint, native = read(None, None, "", "城关街道")
    assert (hint.division_code, native["code"]) == ("城关街道", "城关街道")
    assert "no division code" in read(None, None, "", "4.29999E+11")[1]["unread"]["code"]
    assert read(None, None, "", 429999001001.0)[0].division_code == "429999001001"
