"""Identity numbers and bank cards 身份证号、银行卡号: by province, date and check digits.

Sources of the forms: GB 11643-1999 (18 digits, check digit ISO 7064 MOD 11-2), GB 11643-1989
(15 digits), the permits of people of Hong Kong, Macau, Taiwan (regions 81, 82, 83) and of
foreigners (first digit 9), ISO/IEC 7812 (cards, Luhn).
"""

import re
from collections.abc import Callable, Iterator
from datetime import date

from stdnum import luhn
from stdnum.cn import ric

from hub.security.personal_data.number_runs import SIGN, Reading, before
from hub.security.personal_data.span import PersonalData, Span

_T = rf"{SIGN}{{0,3}}"
_EIGHTEEN = re.compile(rf"(?<![\dA-Za-z*])([1-9](?:{_T}\d){{16}}{_T}[\dXx])(?![\dA-Za-z*])")
_TWENTY = re.compile(r"(?<![\dA-Za-z*])([1-9]\d{16}[\dXx]\d\d)(?![\dA-Za-z*])")
_FIFTEEN = re.compile(rf"(?<![\dA-Za-z*])([1-9](?:{_T}\d){{14}})(?![\dA-Za-z*])")
_CARD = re.compile(r"(?<![\dA-Za-z*])(\d(?:(?:[^\w*\n]|_){0,3}\d){14,18})(?![\dA-Za-z*])")
_ISSUED = re.compile(
    r"62\d{14,17}|4\d{15}|5[1-5]\d{14}|35\d{14}|9558\d{15}|6013\d{15}|6[05]\d{14}|3[47]\d{13}"
    r"|(?:103|30[0-9]|36|38)\d{16}|95\d{14,17}"
)
"""Prefixes and lengths of card numbers by issuer."""
_PROVINCES = frozenset(
    map(
        str,
        (
            *range(11, 16),
            *range(21, 24),
            *range(31, 38),
            *range(41, 47),
            *range(50, 55),
            *range(61, 66),
            71,
            81,
            82,
            83,
        ),
    )
)
"""First two digits of the region: GB/T 2260; 81, 82 and 83 of Hong Kong, Macau and Taiwan."""
_ID_LABEL = re.compile(
    r"(?:身份证|身份證|身分證|证件|身份|居住证|居留|社保|医保|残疾证|驾驶证|驾照|(?:^|[^A-Za-z])(?:ID|id|sfz))"
    r"(?:号码?|信息|编号|卡|是|为|:|\(|=|,|\.|\s)*$"
)
_CARD_LABEL = re.compile(
    r"(?:卡号|银行卡|储蓄卡|信用卡|借记卡|账号|帐号|账户|帐户|[工农中建交招邮]行卡?|社保卡|卡)"
    r"(?:号码?|尾号|是|为|:|\(|\)|=|\s|[\u4e00-\u9fff]{0,4}:)*$"
)
_ORDER_LABEL = re.compile(
    r"(?:单号|编号|工单|订单|流水|票号|案号|受理号|合同|运单|快递|编码|条码|串号|序列号|信用代码|税号)"
    r"(?:号码?|是|为|:|\(|\s)*$"
)
Judged = tuple[str, PersonalData] | None
NumberCheck = Callable[[str, str, str], Judged]
"""Takes a number as digits, the number as written, and the text before it."""
_CARD_GROUPS = re.compile(r"62\d\d\W\d{4}\W\d{4}\W\d{4}(?:\W\d{1,3})?")
_ADULT_BY = 2014
"""Last year of birth for which an ID number needs no check digit and no label. A later date may be
the day of a work order, whose number often is region, date and a counter."""


def identities_in(reading: Reading) -> Iterator[Span]:
    """Yield the ID numbers and cards of one reading of a run of digits."""
    length = sum(character.isdigit() for character in reading.text[reading.first : reading.last])
    if length < 15:
        return
    if length >= 17:
        yield from _search(_EIGHTEEN, reading, _eighteen)
        yield from _search(_TWENTY, reading, _twenty)
    yield from _search(_CARD, reading, _card)
    yield from _search(_FIFTEEN, reading, _fifteen)


def _search(form: re.Pattern[str], reading: Reading, check: NumberCheck) -> Iterator[Span]:
    at = reading.first
    while match := form.search(reading.text, at):
        if match.start() >= reading.last:
            return
        number = "".join(character for character in match[1] if character.isalnum()).upper()
        checked = check(number, match[1], before(reading.text, match.start()))
        at = match.end() if checked else match.start() + 1
        if checked:
            shown, kind = checked
            start, end = match.start() + reading.offset, match.end() + reading.offset
            yield Span(start, end, shown, kind)


def _born(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return 1900 <= year <= 2035


def _of_a_person(number: str) -> bool:
    """Return whether region and date of birth of an 18-digit number are plausible."""
    region = number[1:3] if number[0] == "9" else number[:2]
    if region not in _PROVINCES:
        return False
    return _born(int(number[6:10]), int(number[10:12]), int(number[12:14]))


def _eighteen(number: str, _: str, ahead: str) -> Judged:
    if not _of_a_person(number):
        return None
    checked = number[-1] == ric.calc_check_digit(number)
    labelled, ordered = _ID_LABEL.search(ahead), _ORDER_LABEL.search(ahead)
    grown = int(number[6:10]) <= _ADULT_BY
    if number[0] == "9" and not checked:
        return None
    if labelled or (grown and not ordered) or (checked and (grown or not ordered)):
        return show_id(number), PersonalData.ID_NUMBER
    return None


def _twenty(number: str, written: str, ahead: str) -> Judged:
    """Check the number of a disabled person's certificate: ID number, kind and degree."""
    return _eighteen(number[:18], written, ahead)


def _fifteen(number: str, _: str, ahead: str) -> Judged:
    if number[:2] not in _PROVINCES or not _born(
        1900 + int(number[6:8]), int(number[8:10]), int(number[10:12])
    ):
        return None
    if _ID_LABEL.search(ahead) or (int(number[6:8]) >= 30 and not _ORDER_LABEL.search(ahead)):
        return show_id(number), PersonalData.ID_NUMBER
    return None


def _card(number: str, written: str, ahead: str) -> Judged:
    if _CARD_LABEL.search(ahead):
        return show_card(number), PersonalData.CARD
    if _ORDER_LABEL.search(ahead) or not _ISSUED.fullmatch(number):
        return None
    # Nobody writes the number of a work order in groups of four.
    if _CARD_GROUPS.fullmatch(written) or (luhn.is_valid(number) and not _dated(number)):
        return show_card(number), PersonalData.CARD
    return None


def _dated(number: str) -> bool:
    """Return whether a number looks like a work order's: region, a day since 2010, a counter."""
    year = int(number[6:10])
    return (
        number[:2] in _PROVINCES
        and year >= 2010
        and _born(year, int(number[10:12]), int(number[12:14]))
    )


def show_id(number: str) -> str:
    """Return 4202**********1234, or 4202*******1234 for one of 15 digits."""
    return f"{number[:4]}{'*' * (len(number) - 8)}{number[-4:]}"


def show_card(number: str) -> str:
    """Return 6222************1234, with twelve stars for every length."""
    return f"{number[:4]}{'*' * 12}{number[-4:]}"
