"""The time at which a mail was sent: its Date, else when the mail server received it."""

import re
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import parsedate_to_datetime

from connectors.contract import FaultError
from connectors.formats.mail.header import decode_words, raw_header
from connectors.values.moment import parse_moment
from schemas.base import BEIJING

LATE = timedelta(days=30)
"""No mail server keeps a mail that long; an earlier Date comes from a clock that is wrong."""
AHEAD = timedelta(days=1)

_OFFSET = re.compile(r"\b(?:GMT|UTC?|Z)\s*([+-])\s*(\d{1,2}):?(\d{2})?\b", re.IGNORECASE)
_COMMENT = re.compile(r"\([^()]*\)?")
_EASTERN = re.compile(
    r"\b(?:CST|HKT|SGT|PRC)\b|China Standard Time|中国标准时间|北京时间", re.IGNORECASE
)
"""CST is read as China Standard Time. RFC 5322 has it as obsolete, for America only."""
_ZONE = re.compile(r"(?:[+-]\d{2}:?\d{2}|\b[A-Z]{1,5})\s*$")
_MONTH = re.compile(r"(?<=\s)(1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])月(?=\s)")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_NUMERALS = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"]
_HALF = re.compile(r"\b(\d{1,2})(:\d{2}(?::\d{2})?)\s*([AP])M\b", re.IGNORECASE)
_WEEKDAY = re.compile(r"^\s*(?:星期|周|礼拜)[一二三四五六日天]\s*[,，]?\s*")


def sent_at(message: Message, received_at: datetime) -> tuple[datetime, str]:
    """Return the moment, and the Date header where it is not that moment.

    The order is: Date; the newest Received header, which our own mail server wrote; `received_at`.
    """
    date = decode_words(raw_header(message, "Date"))
    received = _moment(raw_header(message, "Received").rpartition(";")[2], received_at)
    moment = _moment(date, received_at)
    if moment is None or (received and not -LATE <= moment - received <= AHEAD):
        return received or received_at, date
    return moment, ""


def _moment(text: str, now: datetime) -> datetime | None:
    plain = _COMMENT.sub(" ", _EASTERN.sub("+0800", _OFFSET.sub(_numeric, text))).strip()
    plain = _HALF.sub(_whole_day, _WEEKDAY.sub("", _MONTH.sub(_english, plain)))
    if not plain:
        return None
    try:
        moment = parsedate_to_datetime(plain)
        if moment.tzinfo is None or not _ZONE.search(plain):
            # "-0000" is a moment in UTC (RFC 5322, 3.3); without any zone it is local time.
            moment = moment.replace(tzinfo=UTC if plain.endswith("-0000") else BEIJING)
        return _checked(moment.isoformat(), now)
    except (ValueError, TypeError, IndexError, OverflowError):
        return _checked(plain, now)


def _checked(text: str, now: datetime) -> datetime | None:
    try:
        return parse_moment(text, position="header Date", now=now)
    except FaultError:
        return None


def _numeric(match: re.Match[str]) -> str:
    return f"{match[1]}{int(match[2]):02}{match[3] or '00'}"


def _english(match: re.Match[str]) -> str:
    written = match[1]
    number = _NUMERALS.index(written) if written in _NUMERALS else int(written) - 1
    return _MONTHS[number]


def _whole_day(match: re.Match[str]) -> str:
    hour = int(match[1])
    if hour > 12:
        return f"{match[1]}{match[2]}"
    return f"{hour % 12 + (12 if match[3] in 'pP' else 0):02}{match[2]}"
