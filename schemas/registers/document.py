"""Documents of people 证件: one who has no citizen's number is known by another. Pure data.

Citizens, and people of Hong Kong, Macao and Taiwan with a residence permit, have a number of 18
characters (GB 11643-1999; 港澳台居民居住证申领发放办法, 2018). The permanent residence
card of foreigners has one of the same form since December 2023, and one of 15 before.
"""

from collections.abc import Mapping
from enum import StrEnum


class DocumentKind(StrEnum):
    """The document whose number identifies a person."""

    ID_CARD = "id_card"
    RESIDENCE = "residence_permit"
    PERMANENT = "permanent_residence"
    PASSPORT = "passport"
    HONG_KONG_MACAO = "hong_kong_macao_permit"
    TAIWAN = "taiwan_permit"
    BIRTH = "birth_certificate"


DOCUMENT_NAMES: Mapping[DocumentKind, str] = {
    DocumentKind.ID_CARD: "居民身份证",
    DocumentKind.RESIDENCE: "港澳台居民居住证",
    DocumentKind.PERMANENT: "外国人永久居留身份证",
    DocumentKind.PASSPORT: "护照",
    DocumentKind.HONG_KONG_MACAO: "港澳居民来往内地通行证",
    DocumentKind.TAIWAN: "台湾居民来往大陆通行证",
    DocumentKind.BIRTH: "出生医学证明",
}
UNIQUE = frozenset({DocumentKind.ID_CARD, DocumentKind.RESIDENCE, DocumentKind.PERMANENT})
"""Kinds whose numbers cannot be mistaken for those of another kind."""
