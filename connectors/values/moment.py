"""Times 时间: the many ways in which channels write a moment, all to Asia/Shanghai.

China has kept one offset since 1991 (UTC+8), and times before 2000 are refused, so a fixed offset
is exact.
"""

import math
import re
from datetime import UTC, datetime, timedelta, timezone

from connectors.contract import FaultError
from connectors.values.text import half_width
from schemas.base import BEIJING
from schemas.reports.rejected import Reason

EARLIEST = datetime(2000, 1, 1, tzinfo=BEIJING)
AHEAD = timedelta(days=1)
EXCEL_EPOCH = datetime(1899, 12, 30, tzinfo=BEIJING)
"""Day 0 of the 1900 date system, with its 29 February 1900 that never was taken into account."""
MILLISECONDS_FROM = 10**11

WRITTEN = re.compile(
    r"""^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?
        (?:[T\s]*(上午|下午|凌晨|晚上|中午)?\s*(\d{1,2})\s*[:\uff1a时点]\s*(\d{1,2})?
           (?:\s*[:\uff1a分]\s*(\d{1,2})?(?:[.,](\d{1,9}))?)?\s*[分秒]?)?
        \s*(Z|[+-]\d{2}:?\d{2})?$""",
    re.VERBOSE | re.IGNORECASE,
)
PACKED = re.compile(r"^(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?$")
NUMBER = re.compile(r"^\d{9,14}(\.\d+)?$")
AFTERNOON = ("下午", "晚上")
NOON = 12


def parse_moment(value: object, *, position: str, now: datetime) -> datetime:
    """Return the moment that `value` writes; without a zone it is Beijing time.

    Knows ISO 8601, `2026/3/5 8:05`, `2026年3月5日 下午3时20分`, `20260305080500`, epoch seconds
    and milliseconds. Raises `FaultError` bad_time where it is unreadable, before 2000, or more
    than a day after `now` (when it was received).
    """
    if isinstance(value, bool) or value is None or value == "":
        raise FaultError(Reason.BAD_TIME, "no time is given", position)
    if isinstance(value, int | float):
        return _within(_from_epoch(float(value), position), position, now)
    text = half_width(str(value)).strip()
    packed = PACKED.match(text)
    if packed:
        return _within(_packed(packed, text, position), position, now)
    if NUMBER.match(text):
        return _within(_from_epoch(float(text), position), position, now)
    match = WRITTEN.match(text)
    if not match:
        raise FaultError(Reason.BAD_TIME, f"{_cut(text)} is no time", position)
    return _within(_written(match, text, position), position, now)


def from_excel_serial(value: float, *, position: str, now: datetime) -> datetime:
    """Return the moment of an Excel serial (days since 1900, Beijing time), to the second."""
    if not math.isfinite(value) or not 0 < value < 100_000:
        raise FaultError(Reason.BAD_TIME, f"{value} is no Excel date", position)
    seconds = round(value * 86400)
    return _within(EXCEL_EPOCH + timedelta(seconds=seconds), position, now)


def _from_epoch(number: float, position: str) -> datetime:
    seconds = number / 1000 if abs(number) >= MILLISECONDS_FROM else number
    try:
        return datetime.fromtimestamp(seconds, BEIJING)
    except (OverflowError, ValueError, OSError) as error:
        raise FaultError(Reason.BAD_TIME, f"{number} is no epoch time", position) from error


def _packed(match: re.Match[str], text: str, position: str) -> datetime:
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
    return _moment(text, position, year, month, day, hour, minute, second)


def _written(match: re.Match[str], text: str, position: str) -> datetime:
    year, month, day, half, hour, minute, second, _, zone = match.groups()
    clock = int(hour or 0)
    if half in AFTERNOON and clock < NOON:
        clock += NOON
    moment = _moment(
        text, position, int(year), int(month), int(day), clock, int(minute or 0), int(second or 0)
    )
    if zone is None:
        return moment
    return moment.replace(tzinfo=_zone(zone, position)).astimezone(BEIJING)


def _zone(text: str, position: str) -> timezone:
    if text.upper() == "Z":
        return UTC
    sign = -1 if text[0] == "-" else 1
    digits = text[1:].replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    if offset >= timedelta(hours=24):
        raise FaultError(Reason.BAD_TIME, f"{text} is no offset", position)
    return timezone(sign * offset)


def _moment(text: str, position: str, *parts: int) -> datetime:
    year, month, day, hour, minute, second = parts
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=BEIJING)
    except ValueError as error:
        raise FaultError(Reason.BAD_TIME, f"{_cut(text)}: {error}", position) from error


def _within(moment: datetime, position: str, now: datetime) -> datetime:
    if moment < EARLIEST:
        raise FaultError(Reason.BAD_TIME, f"{moment.isoformat()} is before 2000", position)
    if moment > now + AHEAD:
        detail = f"{moment.isoformat()} is more than a day ahead of its receipt"
        raise FaultError(Reason.BAD_TIME, detail, position)
    return moment


def _cut(text: str) -> str:
    return repr(text[:40])
