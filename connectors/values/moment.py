"""Times 时间: the many ways in which channels write a moment, all to Asia/Shanghai.

China has kept one offset since 1991 (UTC+8), and times before 2000 are refused, so a fixed offset
is exact.
"""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from connectors.contract import FaultError
from connectors.values.blank import is_blank
from connectors.values.text import half_width
from connectors.values.written_time import read_written
from schemas.base import BEIJING
from schemas.reports.rejected import Reason

EARLIEST = datetime(2000, 1, 1, tzinfo=BEIJING)
AHEAD = timedelta(days=1)
EXCEL_EPOCH = datetime(1899, 12, 30, tzinfo=BEIJING)
"""Day 0 of the 1900 date system, with its 29 February 1900 that never was taken into account."""
SERIALS = range(36526, 73051)
"""Excel serials of the years 2000 to 2099; as epoch seconds they would be of 1970."""
UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNITS = ((10**11, 10**6), (10**14, 10**3), (10**17, 1), (10**20, Decimal("0.001")))
"""Below this epoch number → its unit in microseconds: seconds, milli-, micro-, nanoseconds."""

PACKED = re.compile(r"^(?:19|20|21)\d{6}(?:\d{4}(?:\d{2}(?:\d{3})?)?)?$")
PACKED_PARTS = re.compile(r"^(?:19|20|21)\d{12}\.\d{1,9}$")
"""MySQL's `NOW(6) + 0`: the parts of a second behind a full stop."""
NUMBER = re.compile(r"^[+-]?\d{1,40}(?:\.\d*)?(?:[eE]\+?\d{1,2})?$")
DOT_NET = re.compile(r"^\\?/Date\((-?\d+)(?:[+-]\d{4})?\)\\?/$")
"""`/Date(1772323392000+0800)/`: milliseconds; the offset only says how .NET would show them."""
INSIDE = (
    "$date",
    "$numberLong",
    "time",
    "timestamp",
    "seconds",
    "_seconds",
    "epochSecond",
    "value",
)
"""Fields with the moment where a library writes an object: MongoDB, java.util.Date, protobuf."""


def parse_moment(value: object, *, position: str, now: datetime) -> datetime:
    """Return the moment that `value` writes; without a zone it is Beijing time.

    Knows the grammar of `connectors.values.written_time`, packed digits (`20260305080500`), epoch
    seconds, milli-, micro- and nanoseconds, Excel serials, `[2026, 3, 5, 8, 5]` of Jackson, and
    `/Date(…)/` of .NET. Raises `FaultError` bad_time where it is unreadable, before 2000, or more
    than a day after `now` (when it was received).
    """
    if isinstance(value, bool) or is_blank(value):
        raise FaultError(Reason.BAD_TIME, "no time is given", position)
    try:
        return _within(_read(value), position, now)
    except (ValueError, OverflowError) as error:
        raise FaultError(Reason.BAD_TIME, f"{_cut(value)} {error}", position) from error


def _read(value: object) -> datetime:
    """Return the moment; raises ValueError with a sentence, OverflowError."""
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=BEIJING)).astimezone(BEIJING)
    if isinstance(value, date):
        return datetime.combine(value, time(), BEIJING)
    if isinstance(value, Mapping):
        return _from_object(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _from_parts(value)
    text = half_width(repr(value) if isinstance(value, float) else str(value)).strip(" \t\r\n'\"")
    if match := DOT_NET.match(text):
        text = match[1]
    if NUMBER.match(text):
        return _from_number(Decimal(text))
    return read_written(text)


def _from_number(number: Decimal) -> datetime:
    if abs(number) >= UNITS[-1][0]:
        raise ValueError("is no epoch time")
    digits = f"{number:f}".rstrip("0").rstrip(".") if number % 1 else str(int(number))
    if PACKED.match(digits) or PACKED_PARTS.match(digits):
        return read_written(digits)
    if int(number) in SERIALS:
        return EXCEL_EPOCH + timedelta(seconds=round(number * 86400))
    unit = next(unit for limit, unit in UNITS if abs(number) < limit)
    return (UNIX_EPOCH + timedelta(microseconds=int(number * unit))).astimezone(BEIJING)


def _from_object(fields: Mapping[Any, Any]) -> datetime:
    if written_out := _written_out(fields):
        return written_out
    name = next((name for name in INSIDE if name in fields), None)
    if name is None or isinstance(fields[name], bool) or fields[name] is fields:
        raise ValueError("is no time")
    return _read(fields[name])


def _written_out(fields: Mapping[Any, Any]) -> datetime | None:
    """Return the moment of an object that has each part of a time; None where it is no such one.

    Gson and fastjson write a `LocalDateTime` of Java so, Gson as `{"date": {…}, "time": {…}}`.
    """
    parts = fields
    if isinstance(fields.get("date"), Mapping):
        clock = fields.get("time")
        parts = {**fields["date"], **(clock if isinstance(clock, Mapping) else {})}
    month = parts.get("monthValue", parts.get("month"))
    day = parts.get("dayOfMonth", parts.get("day"))
    if "year" not in parts or (parts is fields and "time" in fields) or isinstance(month, str):
        return None
    clock_parts = [parts.get(name, 0) for name in ("hour", "minute", "second", "nano")]
    return _from_parts([parts["year"], month, day, *clock_parts])


def _from_parts(parts: Sequence[Any]) -> datetime:
    """Return the moment of `[year, month, day, hour, minute, second, nanosecond]`.

    Jackson leaves out zeros at the end.
    """
    whole = [part for part in parts if isinstance(part, int) and not isinstance(part, bool)]
    if len(whole) != len(parts) or not 3 <= len(parts) <= 7:
        raise ValueError("is no time")
    clock, nanosecond = whole[:6], (whole[6:] or [0])[0]
    moment = datetime(*clock, tzinfo=BEIJING)  # type: ignore[misc, arg-type]
    return moment + timedelta(microseconds=nanosecond // 1000)


def from_excel_serial(value: float, *, position: str, now: datetime) -> datetime:
    """Return the moment of an Excel serial (days since 1900, Beijing time), to the second."""
    if not math.isfinite(value) or not 0 < value < 100_000:
        raise FaultError(Reason.BAD_TIME, f"{value} is no Excel date", position)
    seconds = round(value * 86400)
    return _within(EXCEL_EPOCH + timedelta(seconds=seconds), position, now)


def _within(moment: datetime, position: str, now: datetime) -> datetime:
    if moment < EARLIEST:
        raise FaultError(Reason.BAD_TIME, f"{moment.isoformat()} is before 2000", position)
    if moment > now + AHEAD:
        detail = f"{moment.isoformat()} is more than a day ahead of its receipt"
        raise FaultError(Reason.BAD_TIME, detail, position)
    return moment


def _cut(value: object) -> str:
    return repr(str(value)[:40])
