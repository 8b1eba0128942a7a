"""Numbers of documents 证件号码: checked by the kind of document, also where a row states none.

A sentence of an error shows no number. Checks: GB 11643-1999 for the 18 characters of citizens, of
people of Hong Kong, Macao and Taiwan with a residence permit (they begin with 81, 82 or 83), and of
foreigners with a permanent residence card of 2023 (they begin with 9). The other documents have no
check character of which the rule is public; their form is checked.
"""

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from connectors.formats.sheets.sheet import Cell
from connectors.values.id_number import LENGTH, OLD_LENGTH, is_id_number, of_today
from hub.registers.values import Mended, code, shown, usable
from schemas.registers.document import DOCUMENT_NAMES, DocumentKind

HIDDEN = re.compile(r"[*•●×＊※]")
OF_18 = re.compile(r"[0-9]{17}[0-9X]")
SHORTEST_CUT = 12
"""Digits from which a number is probably one of 18 that was cut."""
FORMS: Mapping[DocumentKind, re.Pattern[str]] = {
    DocumentKind.PERMANENT: re.compile(r"[A-Z]{3}[0-9]{12}"),
    DocumentKind.PASSPORT: re.compile(r"(?=.*[0-9])[0-9A-Z]{5,15}"),
    DocumentKind.HONG_KONG_MACAO: re.compile(r"[HM][0-9]{8}(?:[0-9]{2})?"),
    DocumentKind.TAIWAN: re.compile(r"[0-9]{8}(?:[0-9]{2}[0-9A-Z]?)?"),
    DocumentKind.BIRTH: re.compile(r"[A-Z][0-9]{9}"),
}
SPOKEN_FORMS: Mapping[DocumentKind, str] = {
    DocumentKind.PERMANENT: "18 characters, or before 2023 three letters and 12 digits",
    DocumentKind.PASSPORT: "5 to 15 letters and digits",
    DocumentKind.HONG_KONG_MACAO: "H or M and 8 digits",
    DocumentKind.TAIWAN: "8 digits",
    DocumentKind.BIRTH: "a letter and 9 digits",
}
FIRST_OF: Mapping[DocumentKind, tuple[str, ...]] = {
    DocumentKind.RESIDENCE: ("81", "82", "83"),
    DocumentKind.PERMANENT: ("9",),
}
"""How the 18 characters of a kind begin; those of a citizen begin otherwise or so."""
UNMISTAKABLE = (DocumentKind.PERMANENT, DocumentKind.BIRTH)
"""Kinds whose form no other kind has, in the order in which they are tried."""
_KIND_OF: Mapping[str, DocumentKind] = {
    **{name: kind for kind, name in DOCUMENT_NAMES.items()},
    **dict.fromkeys(("身份证", "二代身份证", "居民身份证号", "户口簿"), DocumentKind.ID_CARD),
    **dict.fromkeys(("港澳台居住证", "港澳居民居住证", "台湾居民居住证"), DocumentKind.RESIDENCE),
    **dict.fromkeys(("外国人永久居留证", "永久居留证", "永居证"), DocumentKind.PERMANENT),
    **dict.fromkeys(("外国护照", "外籍护照", "普通护照", "中国护照"), DocumentKind.PASSPORT),
    **dict.fromkeys(("港澳通行证", "回乡证", "港澳居民通行证"), DocumentKind.HONG_KONG_MACAO),
    **dict.fromkeys(("台胞证", "台湾通行证", "台湾居民来往内地通行证"), DocumentKind.TAIWAN),
    **dict.fromkeys(("出生证", "出生证明", "医学出生证明"), DocumentKind.BIRTH),
}


def document_kind(cell: Cell) -> Mended:
    """Return the kind of a document, by its name or a usual one; raises ValueError."""
    text = usable(cell)
    if text in set(DocumentKind):
        return Mended(DocumentKind(text))
    if text not in _KIND_OF:
        known = "、".join(DOCUMENT_NAMES.values())
        raise ValueError(f"{shown(text)} is no kind of document; write one of {known}")
    return Mended(_KIND_OF[text])


def written_number(cell: Cell) -> Mended:
    """Return a number as it is written, in capitals without blanks; raises ValueError."""
    plain, note = code(cell)
    plain = plain.upper()
    if not plain.isalnum():
        if HIDDEN.search(plain):
            raise ValueError("the number is masked with stars; the register needs the whole number")
        plain = re.sub(r"[-()（）]", "", plain)
    return Mended(plain, note)


def checked_number(plain: str, kind: DocumentKind | None) -> tuple[DocumentKind, str, str]:
    """Return the kind, the number and a note; `kind` is None where the row does not state it.

    Raises ValueError with a sentence.
    """
    if kind is None and OF_18.fullmatch(plain):
        kind = _kind_of_18(plain)
    elif kind is None:
        kind = next(
            (each for each in UNMISTAKABLE if FORMS[each].fullmatch(plain)), DocumentKind.ID_CARD
        )
        if kind is not DocumentKind.ID_CARD:
            note = f"it was read as the number of a document {DOCUMENT_NAMES[kind]}"
            return kind, plain, note
    if kind in (DocumentKind.ID_CARD, DocumentKind.RESIDENCE) or (
        kind is DocumentKind.PERMANENT and len(plain) == LENGTH
    ):
        return kind, *_of_18(plain, kind)
    if not FORMS[kind].fullmatch(plain):
        raise ValueError(
            f"a document {DOCUMENT_NAMES[kind]} has {SPOKEN_FORMS[kind]}; this has {len(plain)}"
            " characters"
        )
    return kind, plain, ""


def _kind_of_18(plain: str) -> DocumentKind:
    for kind, first in FIRST_OF.items():
        if plain.startswith(first):
            return kind
    return DocumentKind.ID_CARD


def _of_18(plain: str, kind: DocumentKind) -> tuple[str, str]:
    """Return a number of 18 characters and a note; one of 15 digits gets today's form."""
    note = ""
    if len(plain) == OLD_LENGTH and plain.isdigit():
        plain, note = of_today(plain), "an ID number of 15 digits got its 18 of today"
    if not OF_18.fullmatch(plain):
        is_other = len(plain) < SHORTEST_CUT or not plain[:-1].isdigit()
        more = "; for another document write its kind in 证件类型" if is_other else ""
        raise ValueError(
            f"an ID number has 17 digits and a digit or X; this has {len(plain)}{more}"
        )
    if not is_id_number(plain):
        raise ValueError("the check character of the ID number does not fit: a digit is wrong")
    first = FIRST_OF.get(kind)
    if first and not plain.startswith(first):
        spoken = " or ".join(first)
        raise ValueError(f"the number of a document {DOCUMENT_NAMES[kind]} begins with {spoken}")
    if kind is not DocumentKind.PERMANENT and born_by(plain) is None:
        raise ValueError("the ID number has no date of birth: a digit is wrong")
    return plain, note


def born_by(number: str) -> date | None:
    """Return the date of birth that a number of 18 characters has; None if that is no date."""
    return _day(number[6:14])


@lru_cache(maxsize=50_000)
def _day(digits: str) -> date | None:
    """Return eight digits as a day; a century has 36,525."""
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
