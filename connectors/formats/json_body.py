"""JSON bodies, read field by field: a required field has a position, an optional one a default.

`rest` returns all other fields, and values that could not be read, for `native`.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from connectors.contract import DAMAGED, FaultError, Limits
from connectors.formats.identifier import check_whole
from connectors.formats.inflate import charset_of, payload
from connectors.formats.json_text import digits_of, parse, unpacked
from connectors.formats.tally import Tally
from connectors.values.blank import is_blank
from connectors.values.moment import parse_moment
from connectors.values.text import decode_text, half_width, tidy
from connectors.values.unread import Unread
from schemas.reports.fact import Decoded, Fact
from schemas.reports.raw import RawMessage
from schemas.reports.rejected import Reason

Json = dict[str, Any]

__all__ = ["Json", "parse"]


MARKS = b"\xef\xbb\xbf\xff\xfe \t\r\n\0"
"""Marks of an encoding, and blanks: what may stand before the first bracket."""


def is_json(body: bytes) -> bool:
    """Whether a body begins as a JSON object or array does; else it is a table."""
    return body.lstrip(MARKS)[:1] in (b"{", b"[")


def load_body(raw: RawMessage, limits: Limits) -> Any:
    """Return the parsed JSON of a message; any charset that Chinese systems send."""
    body = payload(raw, limits)
    return parse(decode_text(body, declared=charset_of(raw.content_type)))


def as_object(value: Any, position: str) -> Json:
    """Return `value` if it is an object, or a text that holds one."""
    value = unpacked(value)
    if not isinstance(value, dict):
        detail = f"an object is expected, not {type(value).__name__}"
        raise FaultError(Reason.BAD_VALUE, detail, position)
    return value


def as_list(value: Any, position: str) -> list[Any]:
    """Return `value` if it is an array, or a text that holds one; a blank one is empty.

    One object is an array of one: programs that turn XML into JSON write it so.
    """
    value = unpacked(value)
    if is_blank(value):
        return []
    if isinstance(value, dict):
        return [value]
    if not isinstance(value, list):
        detail = f"an array is expected, not {type(value).__name__}"
        raise FaultError(Reason.BAD_VALUE, detail, position)
    return value


def inner(obj: Mapping[str, Any], key: str) -> Json:
    """Return an optional object inside another; empty for other types (`rest` keeps the value)."""
    value = unpacked(obj.get(key))
    return value if isinstance(value, dict) else {}


def members(obj: Mapping[str, Any], key: str) -> list[Any]:
    """Return the members of an optional array; a single value is an array of one."""
    value = unpacked(obj.get(key))
    if is_blank(value):
        return []
    return value if isinstance(value, list) else [value]


def decode_each(
    items: Sequence[Any], root: str, limits: Limits, fact: Callable[[Json, str], Fact]
) -> Decoded:
    """Decode a list of objects one by one: a bad one does not affect the others.

    `fact(object, position)` makes the fact; positions are `root`/index.
    """
    tally = Tally(limits)
    for index, item in enumerate(items):
        position = f"{root}/{index}"
        with tally.part(position):
            tally.add(fact(as_object(item, position), position))
    return tally.decoded()


def optional(obj: Mapping[str, Any], key: str) -> str:
    """Return a scalar field as text; empty where absent or null; structures have no text.

    A number has no needless decimals: 1.0 is 1, and 4.29999001001e11 is 429999001001.
    """
    value = obj.get(key)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return digits_of(value) if math.isfinite(value) else ""
    return "" if isinstance(value, dict | list) else tidy(value)


def require(obj: Mapping[str, Any], key: str, position: str) -> str:
    """Return a field as text; raises `FaultError` missing_field."""
    text = optional(obj, key)
    if not text:
        raise FaultError(Reason.MISSING_FIELD, f"{key} is needed", f"{position}/{key}")
    return text


def identifier(obj: Mapping[str, Any], key: str, position: str) -> str:
    """Return a number that names a matter.

    Raises `FaultError` missing_field, bad_value if it has lost digits, bad_charset if damaged.
    """
    if isinstance(obj.get(key), bool):
        raise FaultError(Reason.MISSING_FIELD, f"{key} is needed", f"{position}/{key}")
    text = require(obj, key, position)
    check_whole(text, f"{position}/{key}")
    return text


def require_moment(obj: Mapping[str, Any], key: str, position: str, now: datetime) -> datetime:
    """Return a field's time, in any JSON type; raises `FaultError` missing_field or bad_time."""
    if is_blank(obj.get(key)):
        raise FaultError(Reason.MISSING_FIELD, f"{key} is needed", f"{position}/{key}")
    return parse_moment(obj[key], position=f"{position}/{key}", now=now)


def number(obj: Mapping[str, Any], key: str, position: str) -> float | None:
    """Return a field as a finite number, None where absent; raises `FaultError` bad_value."""
    value = obj.get(key)
    if is_blank(value):
        return None
    try:
        if isinstance(value, bool):
            result = math.nan
        else:
            result = float(half_width(value) if isinstance(value, str) else value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        result = math.nan
    if not math.isfinite(result):
        detail = f"{str(value)[:40]!r} is no number"
        raise FaultError(Reason.BAD_VALUE, detail, f"{position}/{key}")
    return result


YES = frozenset({"true", "1", "是", "y", "yes"})
MORE_YES = YES | {"t", "on", "是的", "有", "需要", "要", "保密", "要求保密", "匿名", "紧急"}
NO = frozenset(
    {"false", "0", "否", "n", "no", "f", "off", "不", "不是", "没有", "不需要", "不要"}
    | {"不保密", "公开", "可公开", "实名", "不匿名", "不紧急"}
)


def flag(
    obj: Mapping[str, Any], key: str, unread: Unread | None = None, *, unclear: bool = False
) -> bool:
    """Return whether a field means yes, in any of the forms that channels use.

    A word that is neither yes nor no is `unclear`, and noted in `unread`.
    """
    word = optional(obj, key).lower()
    if is_blank(word) or word in NO:
        return False
    if word in MORE_YES:
        return True
    if unread is not None:
        unread.note(key, obj[key], f"{word[:40]!r} is neither yes nor no")
    return unclear


def names(text: str) -> frozenset[str]:
    """Return the field names in a text.

    `caller.name` is a field of an object, or of each object of an array. `picUrls.` is an array
    whose texts are read. Other names are of scalars.
    """
    return frozenset(text.split())


def rest(obj: Mapping[str, Any], known: frozenset[str], unread: Unread | None = None) -> Json:
    """Return unknown fields, at any depth, and unreadable values, for `native`.

    A known field is returned too if its JSON type is not the one in `known`.
    """
    kept = dict(_left(obj, known))
    if unread is None:
        return kept
    for name, damaged in _damage(obj, known):
        unread.explain(name, f"damaged characters: {damaged}, shown as {DAMAGED}")
    return {**kept, **unread.native}


def _left(obj: Mapping[str, Any], known: frozenset[str]) -> Iterator[tuple[str, Any]]:
    inside = _inside(known)
    for key, value in obj.items():
        if key in inside:
            value = _left_of(unpacked(value), inside[key])
            if not is_blank(value):
                yield key, value
        elif key not in known or (isinstance(value, dict | list) and value):
            yield key, value


def _left_of(value: Any, known: frozenset[str]) -> Any:
    """Return what is left of an object, of each object of an array, or of a scalar in its place."""
    if isinstance(value, dict):
        return dict(_left(value, known)) if known else value
    if isinstance(value, list):
        return [part for item in value if not is_blank(part := _left_of(item, known))]
    return None if isinstance(value, str) and "" in known else value


@lru_cache(maxsize=64)
def _inside(known: frozenset[str]) -> dict[str, frozenset[str]]:
    """Return, by field, the names known inside it."""
    inside: dict[str, set[str]] = {}
    for name in known:
        head, dot, tail = name.partition(".")
        if dot:
            inside.setdefault(head, set()).add(tail)
    return {head: frozenset(tails) for head, tails in inside.items()}


def _damage(obj: Mapping[str, Any], known: frozenset[str]) -> Iterator[tuple[str, int]]:
    """Yield the known fields that show a mark of damage, and how many."""
    fields = known | _inside(known).keys()
    for key, value in obj.items():
        if key in fields and (count := _marks(value)):
            yield key, count


def _marks(value: Any) -> int:
    if isinstance(value, str):
        return value.count(DAMAGED)
    if isinstance(value, dict | list):
        return sum(map(_marks, value.values() if isinstance(value, dict) else value))
    return 0
