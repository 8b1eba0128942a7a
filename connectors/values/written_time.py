"""The grammar of written times 时间写法: one for all channels.

A text is read in three parts, in any order that programs and people use: a clock, a zone, a date.
ISO 8601, RFC 5322 section 3.3, `toString` of Java, JavaScript, Go and .NET in Chinese and English,
timestamps of Oracle, DB2, SQL Server and PostgreSQL, and Chinese prose.
"""

import re
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from connectors.values.text import half_width
from schemas.base import BEIJING

_DIGITS = {char: value for value, char in enumerate("〇一二三四五六七八九")} | {
    "零": 0,
    "○": 0,
    "两": 2,
}
_NUMERAL = re.compile(rf"[{''.join(_DIGITS)}十廿卅]+(?=\s*[年月日号时点點分秒])")
_QUARTERS = (("点半", "点30分"), ("时半", "时30分"), ("点一刻", "点15分"), ("点三刻", "点45分"))
_SPELLINGS = str.maketrans({"點": "点", "時": "时", "號": "号", "\u2212": "-", "\u2013": "-"})
_WEEKDAY = re.compile(
    r"(?:星期|礼拜|周)[一二三四五六日天]"
    r"|(?<![A-Za-z])(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?(?![A-Za-z])\.?",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"\(([^()]*)\)")

_MORNING = "上午|凌晨|早上|早晨|清晨|早间|早|a\\.?m\\.?"
_AFTERNOON = "下午|傍晚|p\\.?m\\.?"
_HALF = rf"{_MORNING}|{_AFTERNOON}|晚上|夜晚|晚间|夜间|夜里|深夜|半夜|午夜|晚|中午|正午"
_CLOCK = re.compile(
    rf"""(?<![\d+])(?:(?P<half>{_HALF})\s*)?(?P<hour>\d{{1,2}})\s*(?:
        :\s*(?P<minute>\d{{1,2}})(?:\s*[:分]\s*(?P<second>\d{{1,2}})(?:[.,:](?P<part>\d{{1,9}}))?)?
        |[时点]\s*(?:(?P<minute_>\d{{1,2}})\s*(?:[:分]\s*(?P<second_>\d{{1,2}})?
            (?:\.(?P<part_>\d{{1,9}}))?)?|整|钟)?
    )\s*[分秒]?(?!\d)(?:\s*(?P<half_>{_HALF})(?![A-Za-z]))?""",
    re.VERBOSE | re.IGNORECASE,
)
_DOTTED = re.compile(
    rf"""(?<!\d)(?:(?P<half>{_HALF})\s*)?(?P<hour>\d{{1,2}})\.(?P<minute>\d{{2}})
        \.(?P<second>\d{{2}})(?:\.(?P<part>\d{{1,9}}))?(?![\d.])(?:\s*(?P<half_>{_HALF}))?""",
    re.VERBOSE | re.IGNORECASE,
)
"""Oracle and DB2 write the clock with full stops."""
_PACKED = re.compile(
    r"^(\d{4})(\d{2})(\d{2})(?:[T\s]?(\d{2})(\d{2})(?:(\d{2})(?:[.,]?(\d{1,9}))?)?)?\s*(\D.*)?$",
    re.IGNORECASE,
)

_EAST_8 = (
    "CST|HKT|PRC|China Standard Time|中国标准时间|北京时间|北京时|香港标准时间"
    "|Asia/(?:Shanghai|Beijing|Chongqing|Chungking|Harbin|Hong_Kong|Macau|Macao|Taipei)|Etc/GMT-8"
)
_ZONE = re.compile(
    rf"""\s*\[?(?:(?:GMT|UTC|UT)?\s?(?P<sign>[+-])(?P<hours>\d{{1,2}})(?::?(?P<minutes>\d{{2}}))?
            (?::?00)?(?!\d)
        |(?P<east>{_EAST_8})(?![A-Za-z])
        |(?P<urumqi>Asia/Urumqi)
        |(?P<zero>Etc/UTC|GMT|UTC|UT|Z)(?![A-Za-z]))\]?""",
    re.VERBOSE | re.IGNORECASE,
)
"""CST is China Standard Time: a system here that means Chicago would be the first."""
_FARTHEST = 14
"""Hours of the offset farthest from UTC."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?P<month>(?:{'|'.join(_MONTHS)})[a-z]*\.?|\d{{1,2}}\s?月)"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?P<year>\d{4})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})\s*[日号]?",
        r"(?P<year>\d{2})\s*年\s*(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})\s*[日号]?",
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})",
        rf"{_DAY}[\s/-]*{_MONTH}[\s/,-]*(?P<year>\d{{4}}|\d{{2}})",
        rf"{_MONTH}[\s-]*{_DAY}[\s,]+(?P<year>\d{{4}})",
        rf"(?P<year>\d{{4}})[\s-]+{_MONTH}[\s-]+{_DAY}",
    )
)
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})")
_DATE_ZONE = re.compile(r"(?<=\d)(Z|[+-]\d{2}:\d{2})$", re.IGNORECASE)
NOON = 12
MIDNIGHT = 24


class _Clock(NamedTuple):
    seconds: int
    microsecond: int


def read_written(written: str) -> datetime:
    """Return the moment that a text writes, in Beijing time; without a zone it is Beijing time.

    Raises ValueError with a sentence if the text is not a time, or is ambiguous.
    """
    text = _levelled(written)
    packed = _PACKED.match(text)
    if packed:
        return _from_packed(packed)
    clock = _CLOCK.search(text) or _DOTTED.search(text)
    if clock is None:
        zone = _DATE_ZONE.search(text)
        date = text[: zone.start()] if zone else text
        return _moment(_date(date), _Clock(0, 0), _offset(zone[0])[0] if zone else None)
    offset, rest = _offset(text[clock.end() :])
    return _moment(_date(f"{text[: clock.start()]} {rest}"), _clock(clock), offset)


def _levelled(written: str) -> str:
    """Return the text without weekdays, quotes and comments, its numerals as digits."""
    text = half_width(written).translate(_SPELLINGS)
    for word, digits in _QUARTERS:
        text = text.replace(word, digits)
    text = _NUMERAL.sub(lambda match: _digits(match[0]), text)
    text = _WEEKDAY.sub(" ", text)
    # A comment that names the zone is the zone where nothing before it is.
    text = _COMMENT.sub(lambda match: f" {match[1]}" if _ZONE.fullmatch(match[1]) else " ", text)
    for word in ("北京时间", "中国标准时间"):
        if text.strip().startswith(word):
            text = text.strip().removeprefix(word).lstrip(" :,")
    return re.sub(r"\s+", " ", text).strip(" '\"`,")


def _digits(numeral: str) -> str:
    """Return a Chinese numeral below 100, or a year digit by digit, in digits."""
    numeral = numeral.replace("廿", "二十").replace("卅", "三十")
    tens, ten, ones = numeral.partition("十")
    if not ten:
        return "".join(str(_DIGITS[char]) for char in numeral)
    return f"{_DIGITS.get(tens, 1) if len(tens) < 2 else tens}{_DIGITS.get(ones, 0)}"


def _from_packed(match: re.Match[str]) -> datetime:
    year, month, day, hour, minute, second, part, zone = match.groups()
    offset, rest = _offset(zone or "")
    if rest.strip():
        clock = _CLOCK.fullmatch(rest.strip())
        if clock is None or hour:
            raise ValueError("is no time")
        return _moment((int(year), int(month), int(day)), _clock(clock), offset)
    seconds = _seconds(int(hour or 0), int(minute or 0), int(second or 0))
    return _moment((int(year), int(month), int(day)), _Clock(seconds, _micro(part)), offset)


def _clock(match: re.Match[str]) -> _Clock:
    fields = match.groupdict()
    hour = int(fields["hour"])
    minute = int(fields["minute"] or fields.get("minute_") or 0)
    second = int(fields["second"] or fields.get("second_") or 0)
    words = {word.lower().replace(".", "") for word in (fields["half"], fields["half_"]) if word}
    if len(words) > 1:
        raise ValueError(f"has {' and '.join(sorted(words))}")
    for word in words:
        hour = _of_day(hour, word)
    return _Clock(_seconds(hour, minute, second), _micro(fields["part"] or fields.get("part_")))


def _of_day(hour: int, half: str) -> int:
    """Return the hour of the day, 0 to 24, of an hour with a half of the day before or behind it.

    12 in the morning is midnight (CLDR); 晚上12点 ends the day. What no clock shows is refused.
    """
    if re.fullmatch(_MORNING, half):
        if hour <= NOON:
            return hour % NOON
    elif re.fullmatch(_AFTERNOON, half):
        if hour < MIDNIGHT:
            return hour if hour >= NOON else hour + NOON
    elif half in ("中午", "正午"):
        if hour in (1, 2, 11, 12, 13, 14):
            return hour + NOON if hour < 3 else hour
    elif 5 <= hour <= MIDNIGHT:
        return hour + NOON if hour <= NOON else hour
    raise ValueError(f"has {half} with {hour} o'clock")


def _seconds(hour: int, minute: int, second: int) -> int:
    """Return seconds since midnight; 24:00 ends the day (ISO 8601), 60 is a leap second."""
    if hour > MIDNIGHT or minute > 59 or second > 60:
        raise ValueError("has no such hour, minute or second")
    seconds = hour * 3600 + minute * 60 + second
    if seconds > MIDNIGHT * 3600:
        raise ValueError("is after 24:00")
    return seconds


def _micro(part: str | None) -> int:
    return int(f"{part or '':0<6.6}")


def _offset(text: str) -> tuple[timedelta | None, str]:
    """Return the offset that a text begins with, and the rest; the first of several counts."""
    offset: timedelta | None = None
    while match := _ZONE.match(text):
        text = text[match.end() :]
        if offset is None:
            offset = _offset_of(match)
    return offset, text


def _offset_of(match: re.Match[str]) -> timedelta:
    if match["east"]:
        return timedelta(hours=8)
    if match["urumqi"]:
        return timedelta(hours=6)
    if match["zero"]:
        return timedelta()
    hours, minutes = int(match["hours"]), int(match["minutes"] or 0)
    if hours > _FARTHEST or minutes > 59:
        raise ValueError(f"has {match[0].strip()}, which is no offset")
    return timedelta(hours=hours, minutes=minutes) * (-1 if match["sign"] == "-" else 1)


def _date(text: str) -> tuple[int, int, int]:
    """Return year, month, day; raises ValueError if it is not a date, or ambiguous."""
    text = re.sub(r"(?<=[\d日号])\s*T?$", "", text.strip(" ,_:-"), flags=re.IGNORECASE).strip(" ,")
    for form in _DATES:
        if match := form.fullmatch(text):
            year, day = int(match["year"]), int(match["day"])
            return year + (2000 if len(match["year"]) == 2 else 0), _month(match["month"]), day
    if match := _YEAR_LAST.fullmatch(text):
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        if first == second or second > NOON:
            return year, first, second
        if first > NOON:
            return year, second, first
        raise ValueError("may be two days: write the year first")
    if re.fullmatch(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{1,2}", text):
        raise ValueError("may be several days: write the year first, with four digits")
    raise ValueError("is no time")


def _month(text: str) -> int:
    name = text[:3].lower()
    return _MONTHS.index(name) + 1 if name in _MONTHS else int(text.rstrip("月 "))


def _moment(date: tuple[int, int, int], clock: _Clock, offset: timedelta | None) -> datetime:
    zone = BEIJING if offset is None else timezone(offset)
    try:
        return (
            datetime(*date, tzinfo=zone)
            + timedelta(seconds=clock.seconds, microseconds=clock.microsecond)
        ).astimezone(BEIJING)
    except OverflowError as error:
        raise ValueError("is beyond all years") from error
