"""Spans of personal data 个人信息片段: the position in a levelled text, and the masked form."""

from bisect import bisect
from collections.abc import Iterable
from enum import StrEnum
from operator import attrgetter
from typing import NamedTuple


class PersonalData(StrEnum):
    """The kinds of personal data that are recognised."""

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
    """Return the spans in text order; if two overlap, keep the one earlier in `spans`."""
    accepted: list[Span] = []
    for span in spans:
        at = bisect(accepted, span.start, key=_start)
        after_last = at == 0 or accepted[at - 1].end <= span.start
        if after_last and (at == len(accepted) or span.end <= accepted[at].start):
            accepted.insert(at, span)
    return accepted


_start = attrgetter("start")
