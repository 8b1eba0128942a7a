"""Which firm of the register a report means 主体识别: a match, several to choose from, none. Pure.

At equal evidence nothing is guessed: of the branches of a chain the place decides, or a person.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from streams.matching.firms.evidence import (
    Evidence,
    Spot,
    name_evidence,
    place_evidence,
)
from streams.matching.firms.name import FirmName

ENOUGH, LEAD, OFFERED_FROM = 6.0, 1.5, 3.5
"""Points of a match, its lead before the next firm, and points from which a firm is offered."""
MOST_OFFERED = 5
SAME_CODE, NEAR_CODE, ONLY_BRAND = 20.0, 4.0, 0.5
OTHER_NAME = ("信用代码相同，名称不同",)
"""The code and the name of a report are of two firms: a person decides."""
CODE_LENGTH = 18


NOWHERE = Spot()


class Verdict(StrEnum):
    """The answer for one report."""

    MATCH = "match"
    UNSURE = "unsure"
    """several firms, or too little evidence: staff choose"""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Mention:
    """What a report says of a firm: its names, its credit code, where it is."""

    names: tuple[FirmName, ...]
    code: str = ""
    """As written; its check character may be wrong."""
    spot: Spot = NOWHERE


@dataclass(frozen=True, slots=True)
class Candidate:
    """A firm of the register."""

    code: str
    names: tuple[FirmName, ...]
    """Its name, and that of a branch with a name of its own."""
    spot: Spot = NOWHERE
    is_current: bool = True


@dataclass(frozen=True, slots=True)
class Offer:
    """A firm with its points."""

    code: str
    points: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Resolution:
    """The answer: the firm of a match, or the firms to choose from, the likeliest first."""

    verdict: Verdict
    offers: tuple[Offer, ...] = ()

    @property
    def code(self) -> str:
        """Return the credit code of a match; empty otherwise."""
        return self.offers[0].code if self.verdict is Verdict.MATCH else ""


def resolve(mention: Mention, candidates: Iterable[Candidate]) -> Resolution:
    """Return which of the candidates a report means; the result is the same in any order."""
    known = list(candidates)
    brands = Counter(name.brand for each in known for name in each.names)
    offers = sorted(
        (
            offer
            for each in known
            if (offer := _offer(mention, each, brands)).points >= OFFERED_FROM
        ),
        key=lambda offer: (-offer.points, offer.code),
    )
    if not offers:
        return Resolution(Verdict.NONE)
    is_contradicted = any(offer.words == OTHER_NAME for offer in offers)
    lead = offers[0].points - (offers[1].points if len(offers) > 1 else 0)
    if offers[0].points >= ENOUGH and lead >= LEAD and not is_contradicted:
        return Resolution(Verdict.MATCH, tuple(offers[:1]))
    return Resolution(Verdict.UNSURE, tuple(offers[:MOST_OFFERED]))


def _offer(mention: Mention, candidate: Candidate, brands: Mapping[str, int]) -> Offer:
    named = max(
        (
            name_evidence(name, registered)
            for name in mention.names
            for registered in candidate.names
        ),
        key=lambda evidence: evidence.points,
        default=Evidence(),
    )
    if mention.code and mention.code == candidate.code:
        if mention.names and named.points <= 0:
            return Offer(candidate.code, ENOUGH, OTHER_NAME)
        named += Evidence(SAME_CODE, ("信用代码相同",))
    elif named.points > 0 and _is_near_code(mention.code, candidate.code):
        named += Evidence(NEAR_CODE, ("信用代码差一两位",))
    if named.points <= 0:
        return Offer(candidate.code, 0, ())
    theirs = {name.brand for name in candidate.names}
    if any(name.brand in theirs and brands[name.brand] == 1 for name in mention.names):
        named += Evidence(ONLY_BRAND, ("字号唯一",))
    is_shop = not any(name.is_company for name in candidate.names)
    total = named + place_evidence(mention.spot, candidate.spot, is_shop=is_shop)
    if not candidate.is_current:
        total += Evidence(-1.0, ("已注销",))
    return Offer(candidate.code, total.points, total.words)


def _is_near_code(first: str, second: str) -> bool:
    """Whether two codes of 18 characters differ in two places at most."""
    pairs: Sequence[tuple[str, str]] = list(zip(first, second, strict=False))
    return len(first) == len(second) == CODE_LENGTH and sum(a != b for a, b in pairs) <= 2
