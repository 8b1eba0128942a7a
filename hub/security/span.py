"""A span of personal data 个人信息片段: where it stands in a levelled text, and what is shown."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple


class PersonalData(StrEnum):
    """What kinds of personal data are recognised."""

    PHONE = "phone"
    ID_NUMBER = "id_number"
    CARD = "card"
    DOCUMENT = "document"
    PLATE = "plate"
    EMAIL = "email"
    ACCOUNT = "account"
    NAME = "name"


class Span(NamedTuple):
    """One piece of personal data in a levelled text, and its masked form."""

    start: int
    end: int
    shown: str
    kind: PersonalData


def without_overlaps(spans: Iterable[Span]) -> list[Span]:
    """Return the spans in the order of the text; of two that overlap, the one that came first."""
    kept: list[Span] = []
    for span in spans:
        if all(span.end <= one.start or one.end <= span.start for one in kept):
            kept.append(span)
    return sorted(kept)
