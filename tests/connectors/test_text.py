"""Bytes become text by what they are; the declared charset is a hint."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import DAMAGED, FaultError
from connectors.values.charset import charset_of_name
from connectors.values.text import decode_text, read_text, tidy
from schemas.channel import Channel
from tests.connectors.messages import decode

MATTER = "我家住在翠湖家园三号楼，小区停水三天无人管"
TRADITIONAL = "臺灣停水三天了，請市長處理"
COMMON = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处理世车"  # noqa: E501
COMMON_TEXT = st.text(st.sampled_from(sorted(set(COMMON))), min_size=4, max_size=60)
CHINESE_NAMES = ("gb2312", "GBK", "x-gbk", "cp936", "windows-936", '"GB18030"', "gb_2312-80")
WRONG_NAMES = ("undefined", "base64", "hex", "zip", "rot13", "idna", "8bit", "", "x-unknown", "\0")


@pytest.mark.parametrize("declared", [*CHINESE_NAMES, *WRONG_NAMES, "utf-8", "us-ascii", "utf-16"])
@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
def test_the_bytes_win_over_the_declared_charset(charset: str, declared: str) -> None:
    """UTF-8 and GB18030 are read whatever the sender calls them."""
    assert decode_text(MATTER.encode(charset), declared=declared) == MATTER


@given(COMMON_TEXT, st.sampled_from([*CHINESE_NAMES, *WRONG_NAMES, "iso-8859-1", "windows-1252"]))
def test_common_chinese_text_makes_the_round_trip(text: str, declared: str) -> None:
    """Common characters come back in either charset under any of these names."""
    for charset in ("utf-8", "gb18030"):
        if charset == "gb18030" and declared in WRONG_NAMES and _is_utf_8(text.encode(charset)):
            # No reader can tell: both readings are valid and nothing is declared.
            continue
        assert read_text(text.encode(charset), declared=declared).text == text


def _is_utf_8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


@given(st.text())
def test_all_text_in_utf_8_makes_the_round_trip(text: str) -> None:
    """With a byte order mark, every text that has a form in UTF-8 comes back."""
    assert read_text(b"\xef\xbb\xbf" + text.encode()).text == text


@pytest.mark.parametrize(
    ("text", "charset", "declared"),
    [
        (TRADITIONAL, "big5", "big5"),
        (TRADITIONAL, "big5", ""),
        (MATTER, "gb18030", "big5"),
        ("Müller über Café", "latin-1", "iso-8859-1"),
        ("José Müller, Zürich", "latin-1", ""),
        ("José Müller, Zürich", "latin-1", "utf-8"),
        ("It\u2019s \u2013 ok", "cp1252", "iso-8859-1"),
        ("Привет мир, как дела", "cp1251", "windows-1251"),
        ("안녕하세요", "euc-kr", "ks_c_5601-1987"),
        ("あいう水", "shift_jis", "shift_jis"),
        ("あ水", "iso2022_jp", "iso-2022-jp"),
        ("停水三天", "hz", "hz-gb-2312"),
        ("路", "gb18030", "gbk"),
        ("喆镕", "gb18030", "gb2312"),
        ("停水\t三天\r\n", "utf-16", ""),
        ("停水 K-1\t三天\r\n", "utf-16-le", ""),
        ("停水 K-1\t三天\r\n", "utf-16-be", "gbk"),
        ("停水三天没有人管", "utf-16-le", "unicode"),
        ("停水三天没有人管", "utf-16-be", "utf-16"),
        ("停水三天", "utf-32", ""),
        ("\ue863\U0002c364", "gb18030", "gbk"),
    ],
)
def test_an_honest_charset_is_read(text: str, charset: str, declared: str) -> None:
    """Other charsets are read by their name, UTF-16 and Big5 by their bytes too."""
    assert read_text(text.encode(charset), declared=declared).text == text


@given(st.integers(0, len(MATTER) - 1))
def test_a_lost_byte_of_utf_8_costs_one_character(at: int) -> None:
    """Half a character is marked and counted; all others stay."""
    head, char, tail = MATTER[:at], MATTER[at], MATTER[at + 1 :]
    text = read_text(head.encode() + char.encode()[:-1] + tail.encode())
    assert (text.text, text.damaged) == (head + DAMAGED + tail, 1)
    assert text.first_damaged == len(head.encode())


@pytest.mark.parametrize("half", [b"", b"\xc4", b"\x85", b"\xff"])
@given(st.integers(0, len(MATTER) - 7))
def test_a_bad_byte_of_gb18030_costs_its_neighbours_at_most(half: bytes, at: int) -> None:
    """A byte too many or too few does not shift the pairs up to the next ASCII character."""
    rest = MATTER[at:].encode("gbk")[0 if half else 1 :]
    text = read_text(MATTER[:at].encode("gbk") + half + rest, declared="gbk")
    assert text.damaged == 1
    assert text.text.startswith(MATTER[: max(at - 3, 0)])
    assert text.text.endswith(MATTER[at + 4 :])


@pytest.mark.parametrize("tail", ["\n", ",", '"', "<", "\r\n", " ", "1"])
def test_half_a_character_leaves_the_delimiter_behind_it(tail: str) -> None:
    """A field that was cut at a byte does not swallow the line end, comma, quote or tag."""
    text = read_text(MATTER.encode("gbk") + b"\xd5" + tail.encode() + MATTER.encode("gbk"))
    assert text.text == MATTER + DAMAGED + tail + MATTER


def test_lines_of_two_charsets_are_both_read() -> None:
    """A file that two programs appended to has UTF-8 and GB18030 lines."""
    body = f"{MATTER}\n".encode() + f"{MATTER}\n".encode("gbk") + b"K-3\n"
    text = read_text(body, declared="gbk")
    assert (text.text, text.damaged) == (f"{MATTER}\n{MATTER}\nK-3\n", 0)


@pytest.mark.parametrize("body", [b"ab\0c", b"K-1\0\0\0\0\0", b"ab\0cdefgh\0"])
def test_stray_zero_bytes_are_no_utf_16(body: bytes) -> None:
    """Only text whose ASCII characters all have a zero byte is UTF-16."""
    assert read_text(body).charset == "utf-8"


def test_halves_of_an_emoji_in_utf_8_are_joined() -> None:
    """Java and Oracle write CESU-8."""
    assert read_text("停".encode() + b"\xed\xa0\xbd\xed\xb8\x80").text == "停\U0001f600"


def test_the_euro_sign_of_windows_is_read() -> None:
    """Code page 936 has it as the single byte 0x80."""
    assert read_text("罚款".encode("gbk") + b"\x80" + "一百元".encode("gbk")).text == "罚款€一百元"


def test_a_mark_that_was_sent_is_not_counted_twice() -> None:
    """U+FFFD in valid UTF-8 is text of the sender, not damage on the way here."""
    assert read_text(f"停{DAMAGED}水".encode()).damaged == 0


def test_what_is_no_text_is_refused_with_its_position() -> None:
    """A picture does not become a text of marks."""
    with pytest.raises(FaultError) as caught:
        decode_text(b"PNG" + bytes(range(256)) * 4)
    assert caught.value.fault.position == "byte 131"


@given(st.binary(max_size=200), st.sampled_from([*CHINESE_NAMES, *WRONG_NAMES, "big5", "utf-16"]))
def test_no_bytes_stop_the_reader(body: bytes, declared: str) -> None:
    """Any bytes under any name give a text, and no half of a surrogate pair."""
    assert read_text(body, declared=declared).text.encode() is not None


@given(st.text(max_size=40))
def test_no_name_of_a_charset_stops_the_reader(declared: str) -> None:
    """Any name is one of ours, or none."""
    charset = charset_of_name(declared)
    assert charset == "" or "a".encode(charset)


@pytest.mark.parametrize(
    ("text", "tidied"),
    [
        ("赵\ue863", "赵\ue863"),
        ("赵\U0002c364", "赵\U0002c364"),
        ("👨\u200d👩\u200d👧三口", "👨\u200d👩\u200d👧三口"),
        ("\u202a13800001234\u202c", "13800001234"),
        ("K\u200d-1\u200b", "K-1"),
        ("停\x0b水\r三\u2028天\r\n", "停\n水\n三\n天"),
        ("停\x00\x07水", "停水"),
        ("停\ud83d水", f"停{DAMAGED}水"),
        ("停\ud83d\ude00水", "停\U0001f600水"),
        (None, ""),
        (5, "5"),
    ],
)
def test_tidy_drops_only_what_no_reader_sees(text: object, tidied: str) -> None:
    r"""Private-use characters and joiners of emoji stay; line ends are \n."""
    assert tidy(text) == tidied
    assert tidy(tidied) == tidied


def test_a_reason_that_quotes_a_damaged_value_is_not_counted() -> None:
    """`damaged_characters` counts each damaged character once."""
    order = {
        "workOrderNo": "1",
        "callTime": "2026-03-02 08:15",
        "content": "停水",
        "urgency": DAMAGED,
    }
    decoded = decode(Channel.HOTLINE_12345, json.dumps(order).encode())
    assert decoded.facts[0].native["damaged_characters"] == 1
    assert DAMAGED in str(decoded.facts[0].native["unread"])
