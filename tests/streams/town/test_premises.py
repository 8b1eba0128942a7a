"""The premises that a report means: named in its words, or clearly the nearest."""

import pytest

from streams.town.premises import KnownPremises, meant_premises

LON, LAT = 114.9, 30.0
METRE = 1 / 111_320
"""Degrees of latitude."""


def premises(code: str, name: str, north: float | None = None) -> KnownPremises:
    """Return premises so many metres north of the report."""
    lat = None if north is None else LAT + north * METRE
    return KnownPremises(code, name, lon=None if north is None else LON, lat=lat)


@pytest.mark.parametrize(
    ("text", "known", "code"),
    [
        ("实验小学门口乱停车", [premises("A", "实验小学"), premises("B", "第二小学")], "A"),
        ("實驗小學 门口", [premises("A", "实验小学")], "A"),
        ("实验小学南校区旁", [premises("A", "实验小学"), premises("B", "实验小学南校区")], "B"),
        ("消火栓坏了", [premises("A", "消火栓", 30), premises("B", "消火栓", 90)], "A"),
        ("消火栓坏了", [premises("A", "消火栓", 30), premises("B", "消火栓", 40)], ""),
        ("消火栓坏了", [premises("A", "消火栓"), premises("B", "消火栓")], ""),
        ("井盖坏了", [premises("A", "人民医院", 20)], "A"),
        ("井盖坏了", [premises("A", "人民医院", 80)], ""),
        ("井盖坏了", [premises("A", "人民医院", 20), premises("B", "停车场", 30)], ""),
        ("实验小学和第二小学", [premises("A", "实验小学"), premises("B", "第二小学")], ""),
        ("井盖坏了", [], ""),
    ],
)
def test_which_premises_are_meant(text: str, known: list[KnownPremises], code: str) -> None:
    """The longest name counts; of equal names the clearly nearest; else nothing."""
    meant = meant_premises([text], LON, LAT, known)
    assert (meant.premises.code if meant else "") == code


def test_the_distance_is_in_metres() -> None:
    """Premises or reports without coordinates have none."""
    known = [premises("A", "实验小学", 250)]
    meant = meant_premises(["实验小学"], LON, LAT, known)
    assert meant is not None
    assert (meant.metres, meant.is_named) == (250, True)
    meant = meant_premises(["实验小学"], None, None, known)
    assert meant is not None
    assert meant.metres is None
