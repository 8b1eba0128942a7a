"""Masking of drawn numbers: personal numbers do not survive in any spelling; other numbers do."""

import re

from hypothesis import given
from hypothesis import strategies as st

from hub.security.masking import find_personal_data, mask_text
from hub.security.personal_data.levelling import level
from tests.hub.security.spellings import AFTER, BEFORE, cards, id_numbers, mobiles, others

NUMERALS = str.maketrans(
    "零一二三四五六七八九〇幺壹贰叁肆伍陆柒捌玖oOI", "012345678901123456789001"[:24]
)
WORDS = st.text(
    "张三我叫李四联系人电话微信号身份证车牌鄂B邮箱qz@.:-* 0123456789一二幺，。（）EX卡号",
    max_size=60,
)


def digits_of(text: str) -> str:
    """Return the digits of a text, however they are written."""
    return re.sub(r"[^0-9X]", "", level(text).text.translate(NUMERALS).upper())


@given(mobiles())
def test_no_mobile_number_survives(drawn: tuple[str, str]) -> None:
    """It is masked in any spelling, and the words around it do not change."""
    number, text = drawn
    masked = mask_text(text)
    assert number not in digits_of(masked)
    assert f"{number[:3]}****{number[-4:]}" in masked


@given(id_numbers())
def test_no_id_number_survives(drawn: tuple[str, str]) -> None:
    """It is masked in any spelling."""
    number, text = drawn
    masked = mask_text(text)
    assert number not in digits_of(masked)
    assert f"{number[:4]}**********{number[-4:]}" in masked


@given(cards())
def test_no_card_survives(drawn: tuple[str, str]) -> None:
    """It is masked in any spelling."""
    number, text = drawn
    masked = mask_text(text)
    assert number not in digits_of(masked)
    assert "****" in masked


@given(others, st.sampled_from(BEFORE[:2] + BEFORE[3:]), st.sampled_from(AFTER))
def test_other_numbers_survive(number: str, before: str, after: str) -> None:
    """A number without the form of a personal number does not change."""
    text = f"{before.replace('请回电', '编了')}{number}{after}"
    assert mask_text(text) == text


@given(WORDS)
def test_masking_twice_equals_masking_once(text: str) -> None:
    """A text may be masked at several places on its way."""
    once = mask_text(text)
    assert mask_text(once) == once


@given(st.text(max_size=80))
def test_every_other_character_stays(text: str) -> None:
    """Only the matches are replaced, in the order of the text, without overlaps."""
    at, rebuilt = 0, []
    for span in find_personal_data(text):
        assert at <= span.start < span.end <= len(text)
        rebuilt += text[at : span.start], span.shown
        at = span.end
    assert "".join(rebuilt) + text[at:] == mask_text(text)
