"""Watermarks 水位: which values of a time column can be compared, and with what bound.

A watermark works where the database sorts the values of the column as time does: dates and times,
numbers of seconds or milliseconds, packed digits, and text in one sortable form. NULL,
`0000-00-00`, `1970-01-01`, `2026/3/1` and a time in the future are not watermarks. A row with one
of these values does not move the watermark; it is found by its key
(`hub.intake.collectors.database`).
"""

import datetime as dt
import re
from decimal import Decimal
from typing import Any

from sqlalchemy import Column, ColumnElement, literal, type_coerce, types

from schemas.base import BEIJING

OVERLAP = dt.timedelta(minutes=15)
"""A row that is committed at most this far behind the watermark is still found."""
EARLIEST = dt.datetime(2000, 1, 1, tzinfo=BEIJING)
SORTABLE = re.compile(
    r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(Z|[+-]\d\d(?::?\d\d)?)?)?"
)
DIGITS = re.compile(r"\d{10}|\d{13}|\d{14}|\d{16}|\d{19}")
"""Seconds, milliseconds, packed date and time, microseconds, nanoseconds."""
PACKED, PACKED_DIGITS = "%Y%m%d%H%M%S", 14
UNITS = {10: 1, 13: 10**3, 16: 10**6, 19: 10**9}
"""Number of digits → parts of a second; the number of digits is fixed from 2001 to 2286."""


def moment_of(value: Any, now: dt.datetime) -> dt.datetime | None:
    """Return the moment of a value; None if it cannot be a watermark.

    Text and naive times are Beijing time. `now` is the time of the reading.
    """
    try:
        moment = _moment(value)
    except (ValueError, OverflowError):
        return None
    if moment is None:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=BEIJING)
    return moment if EARLIEST <= moment <= now + OVERLAP else None


def _moment(value: Any) -> dt.datetime | None:
    if isinstance(value, dt.datetime):
        return value
    if isinstance(value, dt.date):
        return dt.datetime.combine(value, dt.time())
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    text = value if isinstance(value, str) else str(int(value))
    if DIGITS.fullmatch(text):
        return _of_digits(text)
    return dt.datetime.fromisoformat(text) if SORTABLE.fullmatch(text) else None


def _of_digits(text: str) -> dt.datetime:
    if len(text) == PACKED_DIGITS:
        return dt.datetime.strptime(text, PACKED).replace(tzinfo=BEIJING)
    return dt.datetime.fromtimestamp(int(text) / UNITS[len(text)], BEIJING)


def form_of(mark: str) -> str:
    """Return the form of a watermark; the database sorts only values of one form as time does."""
    if DIGITS.fullmatch(mark):
        return f"{len(mark)} digits"
    match = SORTABLE.fullmatch(mark)
    return f"text {match[1] or ''}" if match else ""


def since(mark: str, column: Column[Any]) -> ColumnElement[bool]:
    """Return the condition for the rows at and after the watermark, less the overlap.

    `mark` is the text of a value for which `moment_of` returned a moment.
    """
    # The driver's own form of the value: SQLite has any kind of value in any kind of column.
    return type_coerce(column, types.NULLTYPE) >= literal(_bound(mark, column.type))


def _bound(mark: str, column: types.TypeEngine[Any]) -> dt.datetime | dt.date | int | str:
    if DIGITS.fullmatch(mark):
        digits = _digits_behind(mark)
        return digits if isinstance(column, types.String) else int(digits)
    behind = dt.datetime.fromisoformat(mark) - OVERLAP
    if isinstance(column, types.DateTime):
        return behind
    if isinstance(column, types.Date):
        return behind.date()
    # A space sorts before "T" and the zone is left out: the bound is never too late.
    return behind.replace(tzinfo=None).isoformat(" ")


def _digits_behind(mark: str) -> str:
    if len(mark) == PACKED_DIGITS:
        return (_of_digits(mark) - OVERLAP).strftime(PACKED)
    return str(int(mark) - int(OVERLAP.total_seconds()) * UNITS[len(mark)])


def mark_text(value: Any) -> str:
    """Return a value as the journal keeps it; only for values with a moment."""
    return str(value) if isinstance(value, str | dt.date) else str(int(value))
