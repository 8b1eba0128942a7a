"""JSON without loss: digits, repeated keys, half characters, texts inside texts."""

import json
import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import DAMAGED, FaultError
from connectors.formats.json_body import names, optional, rest
from connectors.formats.json_text import REPEATED, parse
from connectors.values.unread import Unread
from schemas.reports.rejected import Reason


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("20260301000000001234", "20260301000000001234"),
        ("20260301000000001234.0", "20260301000000001234"),
        ("2.0260301000000001234E19", "20260301000000001234"),
        ("429999001001.0", "429999001001"),
        ("1.0", "1"),
        ("1e3", "1000"),
        ("-0.5", "-0.5"),
        ("0.1234567890123456789", "0.1234567890123456789"),
        ("1e400", "1e400"),
        ("1.2e20", "120000000000000000000"),
        ("2.0260301080312345E19", "2.0260301080312345E19"),
        ("true", "true"),
        ("NaN", ""),
        ("null", ""),
    ],
)
def test_a_number_keeps_its_digits_as_text(written: str, text: str) -> None:
    """An order number beyond 2**53 is nobody else's, and a code has no decimals."""
    assert optional(parse(f'{{"no": {written}}}'), "no") == text


@given(st.integers(-(10**40), 10**40))
def test_whole_numbers_make_the_round_trip(number: int) -> None:
    """No digit is lost, however long the number is."""
    assert optional(parse(json.dumps({"no": number})), "no") == str(number)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=12))
def test_fractions_make_the_round_trip(number: Decimal) -> None:
    """A fraction is the number that was sent, to its last place."""
    assert Decimal(optional(parse(f'{{"x": {number:f}}}'), "x")) == number


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.text() | st.integers(1 - 2**53, 2**53 - 1) | st.floats(0, 1),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(min_size=1), inner),
    max_leaves=12,
)


@given(st.dictionaries(st.text(min_size=1), JSON_VALUES))
def test_ordinary_json_is_read_as_the_standard_library_reads_it(value: dict[str, object]) -> None:
    """Leniency changes nothing for what is well-formed and unique."""
    assert parse(json.dumps(value)) == value
    assert parse(json.dumps(value, ensure_ascii=False)) == value


def test_half_of_an_emoji_is_a_mark_in_its_place() -> None:
    """The rest of the text, and the other half where it is there, are whole."""
    assert parse(r'["灯坏了\ud83d", "\ude00吵", "\ud83d\ude00"]') == [
        f"灯坏了{DAMAGED}",
        f"{DAMAGED}吵",
        "😀",
    ]


def test_a_mark_of_damage_is_counted_in_native() -> None:
    """The reader of a report sees which field is damaged."""
    fields = parse(r'{"content": "灯\ud83d坏\ud83d", "seat": 7}')
    assert rest(fields, names("content"), Unread()) == {
        "seat": 7,
        "unread": {"content": f"damaged characters: 2, shown as {DAMAGED}"},
    }


def test_of_a_repeated_key_no_value_is_lost() -> None:
    """The last that is not blank counts, the others are kept beside it, arrays are joined."""
    assert parse('{"a": 1, "a": 2}') == {"a": 2, REPEATED: {"a": [1]}}
    assert parse('{"a": "停水", "a": ""}') == {"a": "停水"}
    assert parse('{"a": 1, "a": 1}') == {"a": 1}
    assert parse('{"orders": [1], "orders": [2]}') == {"orders": [1, 2]}


def test_what_surrounds_a_text_or_breaks_its_lines_costs_nothing() -> None:
    """A line feed inside a string, NUL behind the end, and JSON in a string are read."""
    assert parse('{"a": "一\n二"}\0\0') == {"a": "一\n二"}
    assert parse(json.dumps(json.dumps({"a": 1}))) == {"a": 1}
    assert parse('"[not json"') == "[not json"


def test_infinity_is_a_word_and_nan_is_nothing() -> None:
    """Pandas writes NaN for a missing value."""
    assert parse("[NaN, Infinity, -Infinity]") == [None, "Infinity", "-Infinity"]
    assert optional({"x": math.nan}, "x") == ""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.NO_CONTENT),
        (" \0\n", Reason.NO_CONTENT),
        ("{'a': 1}", Reason.BAD_SYNTAX),
        ('{"a": 1,}', Reason.BAD_SYNTAX),
        ('{"a": 1} {"b": 2}', Reason.BAD_SYNTAX),
        ("[" * 100_000, Reason.BAD_SYNTAX),
        ("[" * 200 + "]" * 200, Reason.BAD_SYNTAX),
    ],
)
def test_what_is_no_json_is_refused(text: str, reason: Reason) -> None:
    """Syntax stays strict, and depth has a bound."""
    with pytest.raises(FaultError) as refused:
        parse(text)
    assert refused.value.fault.reason is reason


def test_what_has_no_place_is_kept_at_any_depth() -> None:
    """Unknown fields of objects and of members, and known fields of another shape, go to native."""
    known = names("no title caller.name caller.phone files. files.url")
    fields = {
        "no": 1,
        "title": ["甲", "乙"],
        "caller": {"name": "王", "gender": "女", "phone": ""},
        "files": ["a", {"url": "b", "size": 3}, 7, {"url": "c"}],
        "seat": None,
    }
    assert rest(fields, known) == {
        "title": ["甲", "乙"],
        "caller": {"gender": "女"},
        "files": [{"size": 3}, 7],
        "seat": None,
    }
    assert rest({"caller": "王小二"}, known) == {"caller": "王小二"}
