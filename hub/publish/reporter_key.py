"""Keys that identify a person 举报人识别: one form of a phone number, ID number or account.

The key is empty for a value that many people share: a number with stars, a number of a firm or an
office that anybody may call, and what software writes for a missing value.
"""

import re
from decimal import Decimal

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from connectors.values.blank import is_blank
from connectors.values.id_number import of_today
from connectors.values.text import half_width
from hub.security.personal_data.phone_numbers import first_phone

_MASKED = re.compile(r"[*•●×＊※]|(?<=\d)[xX#_?]{2,}|[xX#_?]{2,}(?=\d)")
_BETWEEN = re.compile(r"[,;，；、/|\n]|或|和")
_NUMBER = re.compile(r"^\s*'?(\d+\.0*|\d(?:\.\d+)?[eE]\+?\d{1,2})\s*$")
"""A phone number that software has turned into a number: 13800001234.0, 1.3800001234E10."""
_FILLING = re.compile(r"^(?:\+86)?(?:(\d)\1{5,}|1[3-9]\d0{8}|0?1234567\d*)$")
"""Digits that fill a required field."""
_SHARED = frozenset(
    (
        PhoneNumberType.TOLL_FREE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.UAN,
    )
)
_FEWEST, _MOST = 7, 15
"""Digits of the shortest local number, and of the longest number (E.164)."""


def phone_key(text: str) -> str:
    """Return E.164 of the number in a field that identifies its owner; else empty.

    The first mobile number counts, else the first landline. Extensions are dropped: the line
    identifies the person. A local number without an area code stays without one.
    """
    clear = [part for part in _BETWEEN.split(half_width(text)) if not _MASKED.search(part)]
    parts = [_plain(part) for part in clear if not is_blank(part)]
    if not parts:
        return ""
    number = first_phone(", ".join(parts))
    if not number:
        number = next((key for part in parts if (key := _other_number(part))), "")
    return "" if _FILLING.match(number) else number


def _plain(text: str) -> str:
    return f"{Decimal(match[1]):.0f}" if (match := _NUMBER.match(text)) else text


def _other_number(text: str) -> str:
    """Return E.164 of a foreign or local number, or a landline that lost its zero; else empty."""
    try:
        number = phonenumbers.parse(re.sub(r"[A-Za-z\u4e00-\u9fff:]+", " ", text).strip(), "CN")
    except phonenumbers.NumberParseException:
        return ""
    if not _FEWEST <= len(str(number.national_number)) <= _MOST:
        return ""
    if phonenumbers.number_type(number) in _SHARED:
        return ""
    number.extension = None
    return str(phonenumbers.format_number(number, PhoneNumberFormat.E164))


def id_key(text: str) -> str:
    """Return an ID number in one form; empty if it is masked or a filler.

    A citizen's number of 15 digits (GB 11643-1989) becomes the 18 digits of today.
    """
    number = re.sub(r"[\s\-']", "", half_width(text)).upper()
    if is_blank(number) or _MASKED.search(text) or len(set(number)) <= 2:
        return ""
    if re.search(r"[.+]", number):
        return ""
    return of_today(number)


def account_key(text: str) -> str:
    """Return an account or address; empty for what software writes for a missing one."""
    plain = text.strip()
    return "" if is_blank(plain) or not plain.strip("0") or _MASKED.search(plain) else plain
