"""What citizens write, in one spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.matching.text import level, sound, wording


@pytest.mark.parametrize(
    ("written", "levelled"),
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
def test_one_spelling(written: str, levelled: str) -> None:
    """Numerals before a counted thing, traditional and full-width forms are levelled."""
    assert level(written) == levelled


@given(st.text(max_size=40))
def test_any_text_has_a_wording(text: str) -> None:
    """Whatever was written; levelled twice is levelled once."""
    told = wording("", text)
    assert level(level(text)) == level(text)
    assert len(sound(told.text)) == len(told.text)


def test_what_sounds_alike_sounds_the_same() -> None:
    """Slips of hearing, and what dialects do not tell apart: zh z, n l, ng n."""
    assert sound("性福小区") == sound("幸福小区")
    assert sound("兰州") == sound("南周")
    assert sound("路") != sound("灯")


def test_a_masked_plate_is_still_a_mark() -> None:
    """Two reports of one vehicle are compared by what masking leaves of its plate."""
    assert wording("", "鄂B***45占道").marks == {"plates": {"鄂b***45"}}


def test_marks_are_read_however_they_are_written() -> None:
    """Building, unit, door, line, plate and the name of a body."""
    told = wording("", "阳光花园三栋2单元，12路和鄂B12345，人民路5号旁边的天隆超市")
    body = told.marks["超市"]
    assert told.marks == {
        "buildings": {"3", "/5"}, "units": {"2"}, "lines": {"12"}, "plates": {"鄂b12345"},
        "超市": body,
    }  # fmt: skip
    assert len(body) == 1
    assert wording("", "路灯不亮").marks == {}


@pytest.mark.parametrize("text", ["我们公司欠薪", "旁边的超市吵", "热力公司来过", "中心小学门口"])
def test_what_is_no_name_marks_nothing(text: str) -> None:
    """A body that anyone may mean tells nothing apart."""
    assert wording("", text).marks == {}


def test_the_name_of_the_place_makes_no_texts_alike() -> None:
    """It is left out, as it was said."""
    assert "幸福" not in wording("", "幸福小区路灯不亮", "幸福小区").text
