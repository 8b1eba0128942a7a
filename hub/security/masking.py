"""Masking 脱敏: the only place that recognises personal data in a text.

Data is recognised in the levelled text (`personal_data.levelling`) and masked in the original text.
Masking a masked text changes nothing. Forms: 138****5678, 0714****061, 4202**********1234,
6222************1234, 张*, 鄂B***45, z***@qq.com, E****78.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from hub.security.personal_data.accounts_in_text import accounts_in
from hub.security.personal_data.documents_in_text import papers_in, plates_in
from hub.security.personal_data.identity_numbers import identities_in
from hub.security.personal_data.levelling import level, without_markers
from hub.security.personal_data.names_in_text import names_in, show_name
from hub.security.personal_data.number_runs import readings
from hub.security.personal_data.phone_numbers import phones_in
from hub.security.personal_data.span import Span, without_overlaps

Mask = Callable[[str], str]

_FEW = 4
_LONGEST_SPACED = 4
"""Longest name, in characters, that is also searched for with spaces inside."""
_ONLY_NAMES = re.compile(
    r"(?:[\u4e00-\u9fff]\*{1,3}[\s、,，和及]*)+(?:等?[\d一二三四五六七八九十]*人)?"
)
_PLACES_AND_OFFICES = tuple("湾庄村组局店厂队院所会校馆站处部办委社镇乡街坊屯寨记")
"""Last characters of places and offices whose first is a family name: 张家湾, 文旅局."""
_PHONE_KEY = re.compile(r"(?i)phone|mobile|tel(?!l)|电话|手机|联系方式|^(lx)?dh$|sjh")
_ID_KEY = re.compile(r"(?i)id_?card|id_?(number|no)$|card_?no|身份证|证件|sfz|^zjhm$")
_NAME_KEY = re.compile(
    r"(?i)^(link|contact|caller|reporter|user|real|true|person|applicant|citizen|owner)_?(name|man)?$"
    r"|姓名|联系人|[来投举反]\S{1,2}人$|户主|当事人|^xm$|^lxr$"
)
_PLATE_KEY = re.compile(r"(?i)plate|车牌|车号|^cph$")
_ACCOUNT_KEY = re.compile(r"(?i)wechat|weixin|微信|(?<![a-z])qq(?![a-z])")
_LABELS = (
    (_PHONE_KEY, "电话:"),
    (_ID_KEY, "身份证:"),
    (_NAME_KEY, "姓名:"),
    (_PLATE_KEY, "车牌:"),
    (_ACCOUNT_KEY, "微信号:"),
)
"""Patterns of field names, and the label that each gives to the value of the field."""


def find_personal_data(text: str) -> list[Span]:
    """Return the personal data of a text, with positions in the original text."""
    levelled = level(text)
    plain = levelled.text
    spans = list(_spans(plain))
    if (unmarked := without_markers(text)) != text:
        spans += _spans(level(unmarked).text)
    spans = without_overlaps(spans)
    if levelled.positions is None:
        return spans
    return [Span(*levelled.place_of(span.start, span.end), span.shown, span.kind) for span in spans]


def _spans(plain: str) -> Iterator[Span]:
    yield from accounts_in(plain)
    for reading in readings(plain):
        yield from identities_in(reading)
        yield from phones_in(reading)
    yield from papers_in(plain)
    yield from plates_in(plain)
    yield from names_in(plain)


def mask_text(text: str) -> str:
    """Return a text with its personal data masked and all other characters unchanged."""
    if not text:
        return text
    parts: list[str] = []
    at = 0
    for span in find_personal_data(text):
        parts += text[at : span.start], span.shown
        at = span.end
    return "".join((*parts, text[at:])) if parts else text


def mask_name(name: str) -> str:
    """Mask a name: 张*."""
    return show_name(name)


def mask_party(text: str) -> str:
    """Mask the name of a giver or contractor: an organisation stays, names of people are masked.

    A text is names of people if it is nothing else: 张*; 张*、李**; 张*等5人.
    """
    named = _mask_labelled(text, "姓名:", mask_text)
    is_named = _ONLY_NAMES.fullmatch(named) and not text.endswith(_PLACES_AND_OFFICES)
    return named if is_named else mask_text(text)


def mask_phone(phone: str) -> str:
    """Mask the value of a phone number field, even if it is not a phone number."""
    return _mask_field(phone, "电话:", 3)


def mask_id_number(number: str) -> str:
    """Mask the value of an ID number field, even if it is not an ID number."""
    return _mask_field(number, "身份证:", 4)


def _mask_field(value: str, label: str, visible: int) -> str:
    """Mask a value by its label; of an unrecognised value show only the last characters."""
    masked = _mask_labelled(value, label, mask_text)
    shown = sum(character.isalnum() for character in masked)
    if masked != value or shown <= _FEW or ("*" in value and shown <= 2 * _FEW):
        return masked
    return f"****{value[-visible:]}"


def _mask_labelled(value: str, label: str, mask: Mask) -> str:
    masked = mask(f"{label}{value}")
    return masked.removeprefix(label)


def masker_of(names: Iterable[str], values: Iterable[str] = ()) -> Mask:
    """Return a function that masks personal data, and also these names and other values.

    Ignores names of one character and values of fewer than five.
    """
    hidden = {value: _mask_value(value) for value in values if len(value) > _FEW}
    hidden |= {name: show_name(name) for name in names if len(name) > 1}
    known = sorted(hidden.items(), key=lambda pair: (-len(pair[0]), pair[0]))

    def mask(text: str) -> str:
        for clear, shown in known:
            text = text.replace(clear, shown)
            if len(clear) <= _LONGEST_SPACED and all(character in text for character in clear):
                text = _spaced(clear).sub(shown, text)
        return mask_text(text)

    return mask


@lru_cache(maxsize=256)
def _spaced(clear: str) -> re.Pattern[str]:
    """Return a pattern that matches a name with spaces or zero-width characters inside."""
    return re.compile(r"[\s\u200b-\u200f\u2060\ufeff]*".join(map(re.escape, clear)))


def _mask_value(value: str) -> str:
    masked = mask_text(value)
    return masked if masked != value else f"{value[0]}***"


def mask_values(value: Any, mask: Mask) -> Any:
    """Apply `mask` to every text, number and key inside any JSON value.

    A field's name counts as the label of its value: {"phone": "3061234"} is masked.
    """
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return _mask_fields(value, mask)
    if isinstance(value, list | tuple):
        return [mask_values(item, mask) for item in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        masked = mask(str(value))
        return value if masked == str(value) else masked
    return value


def _mask_fields(fields: Mapping[Any, Any], mask: Mask) -> dict[str, Any]:
    masked: dict[str, Any] = {}
    for key, item in fields.items():
        label = _label_of(str(key))
        shown = mask_values(item, _labelled(label, mask) if label else mask)
        name = mask(str(key))
        while name in masked:
            name += "'"
        masked[name] = shown
    return masked


@lru_cache(maxsize=1024)
def _label_of(key: str) -> str:
    """Return the label that a field's name gives to its value; empty if it gives none."""
    return next((label for form, label in _LABELS if form.search(key)), "")


def _labelled(label: str, mask: Mask) -> Mask:
    return lambda text: _mask_labelled(text, label, mask)
