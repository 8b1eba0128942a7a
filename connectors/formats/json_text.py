"""JSON texts to values 解析, without loss: what RFC 8259 leaves open, and what senders get wrong.

The syntax is strict, except for NaN of pandas, cut emoji and line feeds in a text. Numbers keep
their digits, repeated keys keep every value, and half a surrogate pair becomes U+FFFD.
"""

import json
import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.contract import DAMAGED, FaultError
from connectors.values.blank import is_blank
from schemas.reports.rejected import Reason

REPEATED = "repeated keys"
"""Field with the values of repeated keys that do not count, by key."""
DEEPEST = 100
"""Levels of arrays and objects; the samples have five."""
EXACT = 2**53 - 1
"""Above it other readers of JSON round a whole number (RFC 8259 section 6): it stays a text."""
LONGEST_EXPONENT = 40
KEPT_DIGITS = 15
"""Significant digits that every double keeps."""

_HALF_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_AROUND = " \t\r\n\0\ufeff"
"""Programs in C end a text with NUL, others begin it with a byte order mark."""


def parse(text: str, position: str = "") -> Any:
    """Return the value; raises `FaultError` bad_syntax with line and column.

    A whole number beyond 2**53, and a fraction that a float would round, is a text of its digits.
    NaN is None. A JSON text inside a JSON string is parsed too.
    """
    if not text.strip(_AROUND):
        raise FaultError(Reason.NO_CONTENT, "nothing in it", position)
    try:
        value = _DECODER.decode(text.rstrip(_AROUND).lstrip("\0\ufeff"))
    except json.JSONDecodeError as error:
        where = position or f"line {error.lineno} column {error.colno}"
        raise FaultError(Reason.BAD_SYNTAX, f"no JSON: {error.msg}", where) from error
    except RecursionError as error:
        raise FaultError(Reason.BAD_SYNTAX, "no JSON: nested too deeply", position) from error
    if _depth_exceeds(text, value):
        raise FaultError(Reason.BAD_SYNTAX, f"nested deeper than {DEEPEST} levels", position)
    if _HALF_ESCAPE.search(text):
        value = _mended(value)
    return unpacked(value)


def unpacked(value: Any) -> Any:
    """Return an object or array that was sent as a text, parsed; any other value as it is."""
    if not (isinstance(value, str) and value.lstrip(_AROUND)[:1] in ("{", "[")):
        return value
    try:
        inner = _DECODER.decode(value.strip(_AROUND))
    except (json.JSONDecodeError, RecursionError):
        return value
    if _depth_exceeds(value, inner):
        return value
    return _mended(inner) if _HALF_ESCAPE.search(value) else inner


def digits_of(number: float) -> str:
    """Return a number as people write it: 1.0 as 1, 4.29e11 as 429000000000."""
    text = f"{Decimal(repr(number)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _whole(text: str) -> int | str:
    if len(text) > len(str(EXACT)) + 1:
        return text
    number = int(text)
    return number if abs(number) <= EXACT else text


def _fraction(text: str) -> float | str:
    """Return the float, or the digits where the float would not show the same number."""
    try:
        exact, rounded = Decimal(text), float(text)
        if Decimal(repr(rounded)) == exact and abs(rounded) <= EXACT:
            return rounded
    except (InvalidOperation, OverflowError):
        return text
    if exact.adjusted() < LONGEST_EXPONENT and exact == exact.to_integral_value():
        if _is_cut(exact, text):
            return text
        return f"{exact:f}".partition(".")[0]
    return text


def _is_cut(exact: Decimal, text: str) -> bool:
    """Return whether a whole number with an exponent has lost its last digits.

    A double has 15 to 17 digits; `2.0260301080312345E19` had 20.
    """
    digits = len(exact.as_tuple().digits)
    return "e" in text.lower() and KEPT_DIGITS <= digits <= exact.adjusted()


def _constant(word: str) -> str | None:
    return None if word == "NaN" else word


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; of a repeated key the last value that is not blank counts.

    The other values stand under `REPEATED`, arrays are joined.
    """
    fields = dict(pairs)
    if len(fields) == len(pairs):
        return fields
    left: dict[str, list[Any]] = {}
    for key in dict.fromkeys(key for key, _ in pairs):
        values = [value for name, value in pairs if name == key]
        if len(values) > 1:
            fields[key], others = _chosen(values)
            if others:
                left[key] = others
    return {**fields, REPEATED: left} if left else fields


def _chosen(values: list[Any]) -> tuple[Any, list[Any]]:
    filled = [value for value in values if not is_blank(value)]
    if filled and all(isinstance(value, list) for value in filled):
        return [item for value in filled for item in value], []
    chosen = filled[-1] if filled else values[-1]
    return chosen, [value for value in filled if value != chosen]


_DECODER = json.JSONDecoder(
    strict=False,
    object_pairs_hook=_object,
    parse_int=_whole,
    parse_float=_fraction,
    parse_constant=_constant,
)


def _depth_exceeds(text: str, value: Any) -> bool:
    if text.count("[") + text.count("{") <= DEEPEST:
        return False
    level: Iterable[Any] = (value,)
    for _ in range(DEEPEST + 1):
        level = [item for part in level for item in _inside(part)]
        if not level:
            return False
    return True


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _mended(value: Any) -> Any:
    """Return the value with a mark for each half of a surrogate pair: of an emoji cut in two."""
    if isinstance(value, str):
        return _SURROGATE.sub(DAMAGED, value)
    if isinstance(value, dict):
        return {_mended(key): _mended(item) for key, item in value.items()}
    return [_mended(item) for item in value] if isinstance(value, list) else value
