"""Normalising the texts of citizens, and the identifiers in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.matching.text import normalise, normalised_text, sound


@pytest.mark.parametrize(
    ("written", "normalised"),
    [
        ("三號樓二單元", "3号楼2单元"),
        ("３号楼", "3号楼"),
        ("二十三栋", "23栋"),
        ("一百零五号", "105号"),
        ("二〇一室", "201室"),
        ("十二路公交", "12路公交"),
        ("路燈壞了，一直沒人管", "路灯坏了,一直没人管"),
        ("KTV吵", "ktv吵"),
    ],
)
def test_spellings_are_unified(written: str, normalised: str) -> None:
    """Numerals before a counter, traditional and full-width forms get one spelling."""
    assert normalise(written) == normalised


@given(st.text(max_size=40))
def test_any_text_can_be_normalised(text: str) -> None:
    """Normalising is idempotent, and each character has exactly one sound."""
    normalised = normalised_text("", text)
    assert normalise(normalise(text)) == normalise(text)
    assert len(sound(normalised.text)) == len(normalised.text)


def test_similar_sounds_are_equal() -> None:
    """Homophones are equal, and so are sounds that dialects confuse: zh z, n l, ng n."""
    assert sound("性福小区") == sound("幸福小区")
    assert sound("兰州") == sound("南周")
    assert sound("路") != sound("灯")


def test_a_masked_plate_is_still_an_identifier() -> None:
    """Two reports of one vehicle are compared by the part of the plate that masking leaves."""
    assert normalised_text("", "鄂B***45占道").identifiers == {"plates": {"鄂b***45"}}


def test_identifiers_are_recognised_in_any_spelling() -> None:
    """Building, unit, door, bus line, plate and the name of an organisation are identifiers."""
    normalised = normalised_text("", "阳光花园三栋2单元，12路和鄂B12345，人民路5号旁边的天隆超市")
    shops = normalised.identifiers["超市"]
    assert normalised.identifiers == {
        "buildings": {"3", "/5"},
        "units": {"2"},
        "lines": {"12"},
        "plates": {"鄂b12345"},
        "超市": shops,
    }
    assert len(shops) == 1
    assert normalised_text("", "路灯不亮").identifiers == {}


@pytest.mark.parametrize("text", ["我们公司欠薪", "旁边的超市吵", "热力公司来过", "中心小学门口"])
def test_an_organisation_without_a_name_is_no_identifier(text: str) -> None:
    """我们公司 or 旁边的超市 may be any firm or shop."""
    assert normalised_text("", text).identifiers == {}


def test_the_name_of_the_place_is_left_out() -> None:
    """Two texts must not be similar only because both name one place."""
    assert "幸福" not in normalised_text("", "幸福小区路灯不亮", "幸福小区").text
