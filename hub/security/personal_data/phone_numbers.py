"""Phone numbers 电话号码: mobile numbers, landlines, local numbers after a label, foreign numbers.

Numbers of firms and offices that anybody may call are not personal: 400 and 800 numbers, and short
ones such as 110, 12345 or 95598.
"""

import re
from collections.abc import Iterator

import phonenumbers

from hub.security.personal_data.levelling import level
from hub.security.personal_data.number_runs import SIGN, Reading, before, readings
from hub.security.personal_data.span import PersonalData, Span

_T = rf"{SIGN}{{0,3}}"
_COUNTRY = rf"(?:\(?(?:\+|00)?86\)?{_T}(?:\(0\){_T})?)"
_MOBILE = re.compile(rf"(?<![\d*])(?:{_COUNTRY}|0(?=1))?(1{_T}[3-9](?:{_T}\d){{9}})(?![\d*])")
_LANDLINE = re.compile(
    rf"(?<![\d*])(?:{_COUNTRY}\(?0?|\(?0)(10|2[0-57-9]|[3-9]\d\d)\)?{_T}([2-8]\d{{2,3}}{_T}\d{{4}})"
    r"(?![\d*])(?:\(?\s*(?:转|分机号?|内线|[eE][xX][tT]\.?|[#xX~]|-)(?:分机)?号?[\s:]*\d{1,6}(?!\d)\)?)?"
)
_END = rf"(?:(?=\s?[/,;]\s?[2-8]\d{{6,7}}(?!\d))|(?!{_T}[\doOlI]))(?!\*)(?!\.\d)"
_LOCAL = re.compile(rf"([2-8]\d{{2,3}}{_T}\d{{4}}){_END}")
_FURTHER = re.compile(rf"\s?[/,;或和及]\s?([2-8]\d{{2,3}}{_T}\d{{4}}){_END}")
"""A second local number behind the first: 3061234或3061235."""
_FOREIGN = re.compile(rf"(?<![\dA-Za-z*])(?<!\d\W)(?:\+|00)([1-9](?:{_T}\d){{6,14}})(?![\d*])")
_SCIENTIFIC = re.compile(r"(?<![\d*.])1\.([3-9]\d{9})[eE]\+?10(?!\d)")

_LABEL = re.compile(
    r"(?:电话|電話|宅电|座机|手機|聯絡|聯繫|固话|手机|小灵通|联系方式|联系号|致电|回电|拨打|电联|传真|来电|打我|联系[我他她]?"
    r"|(?:^|[^A-Za-z])(?:[tT][eE][lL]|[pP]hone|[mM]obile|TELEPHONE|telephone))"
    r"(?:号码?|是|为|:|\(|\)|=|\.|,|\s|本地|家里|家中|单位|或|/)*$"
)
_COUNTED = re.compile(
    r"(?:单号|编号|工单|订单|流水|票号|案号|受理号|合同|运单|编码|条码|串号|序列号|型号|批号|货号|文号)"
    r"(?:号码?|是|为|:|\s)*[A-Za-z]{0,4}$"
)
"""Before these a number is a thing's, not a person's."""
_AMOUNT = re.compile(r"(?:\.\d+)?\s?(?:元(?![旦宵月])|万|亿|千瓦|度电|平方|立方|吨|公里)")
_DATE = re.compile(
    r"(?:19|20)\d\d(?:(?P<sign>[-./ ])(?:0?[1-9]|1[0-2])(?P=sign)(?:0[1-9]|[12]\d|3[01]|[1-9])"
    r"|(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?!\d)"
)
_HEX = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-|(?=[0-9]*[a-fA-F])[0-9a-fA-F]{20,}")
_UUID_END = re.compile(r"[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{8,12}")
_LONGEST_HEX = 64
_USUAL_GROUPS = frozenset({(11,), (3, 4, 4), (3, 8), (7, 4)})


def phones_in(reading: Reading) -> Iterator[Span]:
    """Yield the phone numbers of one reading of a run of digits."""
    yield from _mobiles(reading)
    if reading.text.find("0", reading.first, reading.last) >= 0 or "86" in reading.text:
        yield from _landlines(reading)
    yield from _local(reading)
    yield from _foreign(reading)


def first_phone(text: str) -> str:
    """Return E.164 of a number in China in a text, without its extension; empty if it has none.

    Of several the first mobile number counts: a landline may be that of a whole office.
    """
    landline = ""
    for reading in readings(level(text).text):
        if match := _MOBILE.search(reading.text):
            return _e164(match)
        if not landline and (match := _LANDLINE.search(reading.text)):
            landline = _e164(match)
    return landline


def _e164(match: re.Match[str]) -> str:
    return "+86" + "".join(filter(str.isdigit, "".join(match.groups())))


def show_mobile(digits: str) -> str:
    """Return 138****5678."""
    return f"{digits[:3]}****{digits[-4:]}"


def show_landline(area: str, digits: str) -> str:
    """Return 0714****061: the area code and the last three digits."""
    return f"0{area}****{digits[-3:]}"


def show_local(digits: str) -> str:
    """Return ****234."""
    return f"****{digits[-3:]}"


def _span(reading: Reading, start: int, end: int, shown: str) -> Span:
    """Return the span in the whole text; brackets around the number belong to it."""
    text = reading.text
    part = text[start:end]
    if start and text[start - 1] == "(" and part.count(")") > part.count("("):
        start -= 1
    return Span(start + reading.offset, end + reading.offset, shown, PersonalData.PHONE)


def _mobiles(reading: Reading) -> Iterator[Span]:
    at = reading.first
    while match := _MOBILE.search(reading.text, at):
        start, end = match.span()
        if start >= reading.last:
            return
        if _is_mobile(reading, match):
            digits = "".join(filter(str.isdigit, match[1]))
            yield _span(reading, start, end, show_mobile(digits))
            at = end
        else:
            at = start + 1
    exponent = "1." in reading.text and _SCIENTIFIC.search(reading.text, reading.first)
    if exponent:
        start, end = exponent.span()
        yield _span(reading, start, end, show_mobile(f"1{exponent[1]}"))


def _is_mobile(reading: Reading, match: re.Match[str]) -> bool:
    """Return whether eleven digits that begin like a mobile number are one."""
    text, start, end = reading.text, match.start(1), match.end(1)
    groups = tuple(len(group) for group in re.findall(r"\d+", match[1]))
    ahead = before(text, match.start())
    if groups == (11,):
        if _decimals(ahead) or _in_hex(reading, start, end):
            return False
    elif not _grouped(match[1], groups, ahead):
        return False
    if _AMOUNT.match(text, end) or ahead.endswith(("¥", "￥", "$")):
        return False
    return not _COUNTED.search(ahead)


def _decimals(ahead: str) -> bool:
    """Return whether the digits are those after the point of a number such as 114.13912345678."""
    whole = ahead.endswith(".") and re.search(r"(\d+)\.$", ahead)
    return bool(whole and (len(whole[1]) > 1 or whole[1] == "0"))


def _grouped(number: str, groups: tuple[int, ...], ahead: str) -> bool:
    """Return whether eleven digits are parted as people part a phone number, not as a list."""
    if _DATE.match(number):
        return False
    if groups in _USUAL_GROUPS:
        return not (groups == (3, 8) and _DATE.match(number[-8:]))
    if re.search(r"\d\W{1,3}$", ahead):
        return False
    signs = {sign.strip() for sign in re.split(r"\d+", number)[1:-1]}
    if len(signs) > 1:
        return False
    return set(groups) == {1} or (groups[0] >= 3 and min(groups) >= 2)


def _in_hex(reading: Reading, start: int, end: int) -> bool:
    """Return whether the digits are part of a UUID or of a hash."""
    text = reading.text[max(0, start - _LONGEST_HEX) : end + _LONGEST_HEX]
    first = min(start, _LONGEST_HEX)
    last = first + end - start
    if not (re.match("[A-Fa-f-]", text[last:]) or re.search("[A-Fa-f-]$", text[:first])):
        return False
    tokens = (*_HEX.finditer(text), *_UUID_END.finditer(text))
    return any(token.start() < last and first < token.end() for token in tokens)


def _landlines(reading: Reading) -> Iterator[Span]:
    at = reading.first
    while match := _LANDLINE.search(reading.text, at):
        start, end = match.span()
        if start >= reading.last:
            return
        at = start + 1
        digits = "".join(filter(str.isdigit, match[2]))
        ahead = before(reading.text, start)
        if _decimals(ahead) or _COUNTED.search(ahead) or _in_hex(reading, start, end):
            continue
        if re.search(r"[A-Za-z]$", ahead) and not _LABEL.search(ahead):
            continue
        if _plausible(match[1], digits):
            yield _span(reading, start, end, show_landline(match[1], digits))
            yield from _further(reading, end)
            at = end


def _plausible(area: str, digits: str) -> bool:
    """Return whether area code and number fit: no ten or more digits are a phone by themselves."""
    return len(area) + len(digits) in (10, 11) and not (len(digits) == 8 and _recent_date(digits))


def _recent_date(digits: str) -> bool:
    return digits[:2] == "20" and digits[2] in "0123" and bool(_DATE.fullmatch(digits))


def _local(reading: Reading) -> Iterator[Span]:
    """Yield numbers of seven or eight digits right after a label."""
    text, at = reading.text, reading.first
    while text[at] in "(":
        at += 1
    match = _LOCAL.match(text, at)
    if not match or match.end() > reading.last or not _LABEL.search(before(text, at)):
        return
    digits = "".join(filter(str.isdigit, match[1]))
    if (digits[:3] in ("400", "800") and len(digits) > 7) or _recent_date(digits):
        return
    if _AMOUNT.match(text, match.end()) or text[match.end() : match.end() + 1] in ("年", "次"):
        return
    yield _span(reading, match.start(), match.end(), show_local(digits))
    yield from _further(reading, match.end())


def _further(reading: Reading, at: int) -> Iterator[Span]:
    """Yield the local numbers that a list goes on with."""
    while match := _FURTHER.match(reading.text, at):
        digits = "".join(filter(str.isdigit, match[1]))
        yield _span(reading, match.start(1), match.end(1), show_local(digits))
        at = match.end()


def _foreign(reading: Reading) -> Iterator[Span]:
    match = _FOREIGN.search(reading.text, reading.first)
    if not match or match.start() >= reading.last:
        return
    digits = "".join(filter(str.isdigit, match[1]))
    try:
        number = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return
    if phonenumbers.is_valid_number(number):
        yield _span(reading, match.start(), match.end(), f"+{number.country_code}****{digits[-3:]}")
