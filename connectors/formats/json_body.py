"""JSON bodies: parsed strictly, read field by field with the position of every fault."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from connectors.contract import FaultError, Limits
from connectors.formats.inflate import charset_of, payload
from connectors.formats.tally import Tally
from connectors.values.text import decode_text, tidy
from schemas.reports.fact import Decoded, Fact
from schemas.reports.raw import RawMessage
from schemas.reports.rejected import Reason

Json = dict[str, Any]


def load_body(raw: RawMessage, limits: Limits) -> Any:
    """Return the parsed JSON of a message; any charset that Chinese systems send."""
    body = payload(raw, limits)
    return parse(decode_text(body, declared=charset_of(raw.content_type)))


def parse(text: str, position: str = "") -> Any:
    """Return the value; raises `FaultError` bad_syntax with line and column."""
    if not text.strip():
        raise FaultError(Reason.NO_CONTENT, "nothing in it", position)
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        where = position or f"line {error.lineno} column {error.colno}"
        raise FaultError(Reason.BAD_SYNTAX, f"no JSON: {error.msg}", where) from error


def as_object(value: Any, position: str) -> Json:
    """Return `value` if it is an object."""
    if not isinstance(value, dict):
        detail = f"an object is expected, not {type(value).__name__}"
        raise FaultError(Reason.BAD_VALUE, detail, position)
    return value


def as_list(value: Any, position: str) -> list[Any]:
    """Return `value` if it is an array; an absent one is empty."""
    if value is None:
        return []
    if not isinstance(value, list):
        detail = f"an array is expected, not {type(value).__name__}"
        raise FaultError(Reason.BAD_VALUE, detail, position)
    return value


def decode_each(
    items: Sequence[Any], root: str, limits: Limits, fact: Callable[[Json, str], Fact]
) -> Decoded:
    """Decode a list of objects one by one: a bad one costs only itself.

    `fact(object, position)` makes the fact; positions are `root`/index.
    """
    tally = Tally(limits)
    for index, item in enumerate(items):
        position = f"{root}/{index}"
        with tally.part(position):
            tally.add(fact(as_object(item, position), position))
    return tally.decoded()


def optional(obj: Mapping[str, Any], key: str) -> str:
    """Return a scalar field as text; empty where absent or null; structures have no text."""
    value = obj.get(key)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if isinstance(value, dict | list) else tidy(value)


def require(obj: Mapping[str, Any], key: str, position: str) -> str:
    """Return a field as text; raises `FaultError` missing_field."""
    text = optional(obj, key)
    if not text:
        raise FaultError(Reason.MISSING_FIELD, f"{key} is needed", f"{position}/{key}")
    return text


def number(obj: Mapping[str, Any], key: str, position: str) -> float | None:
    """Return a field as a finite number, None where absent; raises `FaultError` bad_value."""
    value = obj.get(key)
    if value is None or value == "":
        return None
    try:
        result = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        result = math.nan
    if not math.isfinite(result):
        detail = f"{str(value)[:40]!r} is no number"
        raise FaultError(Reason.BAD_VALUE, detail, f"{position}/{key}")
    return result


YES = frozenset({"true", "1", "是", "y", "yes"})


def flag(obj: Mapping[str, Any], key: str) -> bool:
    """Return whether a field means yes, in any of the forms that channels use."""
    return optional(obj, key).lower() in YES


def names(text: str) -> frozenset[str]:
    """Return the field names in a text."""
    return frozenset(text.split())


def rest(obj: Mapping[str, Any], known: frozenset[str]) -> Json:
    """Return the fields that had no place of their own."""
    return {key: value for key, value in obj.items() if key not in known}
