"""Columns as JSON 列值: every value that a database driver returns has a form in JSON."""

import datetime as dt
import json
import math
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from connectors.contract import FaultError
from connectors.values.text import decode_text

TEXTS = frozenset({"content", "reporter_name", "address", "company", "pollution_type", "phone"})
"""Columns that a person wrote: their bytes are text, also where one byte is damaged."""
CHARSETS = ("utf-8", "gb18030")
NO_TEXT = frozenset({"Cc", "Cn", "Co", "Cs"})
"""Unicode categories that a text does not have: controls, unassigned, private, surrogates."""
WESTERN = 0x100
"""Above all code points of Latin-1."""
UNREADABLE, CHARSET = "_unreadable", "_charset"
"""Keys that a row gets in addition: columns that were left out, columns that were decoded anew."""
SHORTEST_MOJIBAKE = 4


def row_body(row: Mapping[str, Any], damaged: Mapping[str, str], most: int) -> bytes:
    """Return a row as JSON: column name → value.

    `damaged` are columns that could not be read, with the reason. A row of over `most` bytes loses
    its longest columns. `_unreadable` names both.
    """
    values = {name: json_value(value, name) for name, value in row.items()}
    repaired = {name: text for name, value in values.items() if (text := _repaired(value))}
    values |= repaired
    if repaired:
        values[CHARSET] = dict.fromkeys(repaired, "gb18030")
    left_out = dict(damaged)
    while True:
        body = _dumped(values | ({UNREADABLE: left_out} if left_out else {}))
        longest = max(values, key=lambda name: len(str(values[name])), default="")
        if len(body) <= most or not longest:
            return body
        left_out[longest] = f"too large: {len(str(values.pop(longest)))} characters"


def _dumped(values: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps(values, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        # Half of a surrogate pair: as an escape it is not lost.
        return json.dumps(values).encode()


def json_value(value: Any, column: str = "") -> Any:
    """Return a value of a driver as JSON; what has no form there as its text."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return _clock(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return _text_or_hex(bytes(value), column)
    if isinstance(value, Mapping):
        return {str(key): json_value(item, column) for key, item in value.items()}
    if isinstance(value, Iterable):
        return [json_value(item, column) for item in value]
    return str(value)


def _clock(value: dt.timedelta) -> str:
    """Return what MySQL's TIME writes: `-838:59:59` to `838:59:59`."""
    seconds, sign = abs(value).total_seconds(), "-" if value < dt.timedelta() else ""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{sign}{hours:02}:{minutes:02}:{rest:09.6f}".removesuffix(".000000")


def _text_or_hex(raw: bytes, column: str) -> str:
    texts = [text for charset in CHARSETS if _is_text(text := _decoded(raw, charset))]
    for text in texts:
        # A few GBK words are well-formed UTF-8 too, with letters of other alphabets.
        if all(_is_chinese(char) for char in text if not char.isascii()):
            return text
    if texts:
        return texts[0]
    if column in TEXTS:
        try:
            return decode_text(raw)
        except FaultError:
            pass
    return raw.hex()


def _decoded(raw: bytes, charset: str) -> str:
    try:
        return raw.decode(charset)
    except UnicodeDecodeError:
        return "\0"


def _is_text(text: str) -> bool:
    return all(char in "\t\r\n" or unicodedata.category(char) not in NO_TEXT for char in text)


def _repaired(value: Any) -> str:
    """Return the Chinese text of a GBK column that was read through a Latin-1 connection."""
    if not isinstance(value, str) or value.isascii() or any(ord(char) >= WESTERN for char in value):
        return ""
    high = [char for char in value if not char.isascii()]
    try:
        text = value.encode("latin-1").decode("gb18030")
    except UnicodeDecodeError:
        return ""
    foreign = [char for char in text if not char.isascii()]
    is_chinese = len(high) >= SHORTEST_MOJIBAKE and all(map(_is_chinese, foreign))
    return text if is_chinese else ""


def _is_chinese(char: str) -> bool:
    return (
        "\u4e00" <= char <= "\u9fff" or "\u3000" <= char <= "\u303f" or char in "，。！？：；（）"
    )
