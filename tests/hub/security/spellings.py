"""Spellings of personal numbers, drawn for property tests; every number is invented."""

from datetime import date

from hypothesis import strategies as st
from stdnum import luhn
from stdnum.cn import ric

ASCII = "0123456789"
DIGITS = (
    ASCII,
    "０１２３４５６７８９",
    "零一二三四五六七八九",
    "〇幺二三四五六七八九",
    "零壹贰叁肆伍陆柒捌玖",
    "⓪①②③④⑤⑥⑦⑧⑨",
    "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗",
    "oI23456789",
)
"""Ways to write the ten digits."""
SIGNS = ("", "-", " ", ".", "/", "_", "－", "—", "·", "　", " - ", "\u200b", "\u00a0")
BEFORE = ("", "请回电", "我的号码是", "楼上太吵。", "（", "反映路灯不亮，", "家里有老人：", "“")
AFTER = ("", "，谢谢", "。", "）请尽快处理", "请回电", " 王女士", "”", "！")

bodies = st.text(ASCII, min_size=9, max_size=9)


def _respelled(number: str, digits: str) -> str:
    return number.translate(str.maketrans(ASCII, digits))


@st.composite
def spelled(draw: st.DrawFn, number: str, sizes: tuple[tuple[int, ...], ...]) -> str:
    """Return a text that holds a number: grouped, with separators, in some script of digits."""
    sign, at, groups = draw(st.sampled_from(SIGNS)), 0, []
    for size in draw(st.sampled_from(sizes)):
        groups.append(number[at : at + size])
        at += size
    written = _respelled(sign.join(groups), draw(st.sampled_from(DIGITS)))
    return draw(st.sampled_from(BEFORE)) + written + draw(st.sampled_from(AFTER))


@st.composite
def mobiles(draw: st.DrawFn) -> tuple[str, str]:
    """Return the eleven digits of a mobile number, and a text that holds it."""
    number = "1" + draw(st.sampled_from("3456789")) + draw(bodies)
    prefix = draw(st.sampled_from(("", "", "+86", "0086", "86-", "(+86)", "+86 ", "０")))
    text = draw(spelled(number, ((11,), (3, 4, 4), (3, 8), (7, 4), (4, 3, 4), (1,) * 11)))
    if prefix and number[:3] in text:
        text = text.replace(number[:3], prefix + number[:3], 1)
    return number, text


@st.composite
def id_numbers(draw: st.DrawFn) -> tuple[str, str]:
    """Return a valid ID number, and a text that holds it."""
    region = draw(st.sampled_from(("42", "11", "44", "65", "31", "81", "82", "83")))
    born = draw(st.dates(date(1930, 1, 1), date(2014, 12, 31)))
    part = region + draw(st.text(ASCII, min_size=4, max_size=4)) + f"{born:%Y%m%d}"
    part += draw(st.text(ASCII, min_size=3, max_size=3))
    number = part + ric.calc_check_digit(part + "0")
    return number, draw(spelled(number, ((18,), (6, 8, 4), (6, 4, 4, 4), (4, 4, 4, 4, 2))))


@st.composite
def cards(draw: st.DrawFn) -> tuple[str, str]:
    """Return the number of a UnionPay card, and a text that holds it.

    A number that reads as a work order of Gansu, with its date, is kept by rule; so none is drawn.
    """
    size = draw(st.sampled_from((16, 17, 18, 19)))
    digits = st.text(ASCII, min_size=size - 3, max_size=size - 3)
    part = "62" + draw(digits.filter(lambda drawn: drawn[4:6] != "20"))
    number = part + str(luhn.calc_check_digit(part))
    return number, draw(spelled(number, ((size,), (4, 4, 4, size - 12), (6, size - 6))))


def is_nobodys(number: str) -> bool:
    """Return whether a run of digits has the form of no personal number."""
    size = len(number)
    if size in (11, 12, 13) and number.lstrip("0").removeprefix("86")[:1] == "1":
        return False
    return number[0] != "0" and size not in (15, 16, 17, 18, 19, 20) and not number.startswith("86")


others = st.text(ASCII, min_size=1, max_size=26).filter(is_nobodys)
