"""The premises that a report means 涉及场所: named in its words, or nearest to its place. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, hypot, radians

from streams.matching.firms.name import plain

SHORTEST_NAME = 3
"""Characters of a name that a text is searched for."""
NEAR_METRES, CLEAR_METRES = 60.0, 20.0
"""Greatest distance of the nearest premises, and by how much the next ones must be farther away.

A phone's position is right to about 10 to 20 metres.
"""
DEGREE_METRES = 111_320.0


@dataclass(frozen=True, slots=True)
class KnownPremises:
    """Premises of the register; degrees are WGS-84, None where they are not known."""

    code: str
    name: str
    kind: str = ""
    address: str = ""
    grid_code: str = ""
    lon: float | None = None
    lat: float | None = None


@dataclass(frozen=True, slots=True)
class MeantPremises:
    """Premises that a report means: named in its words, or `metres` away and the nearest."""

    premises: KnownPremises
    is_named: bool
    metres: int | None


def meant_premises(
    texts: Iterable[str], lon: float | None, lat: float | None, known: Sequence[KnownPremises]
) -> MeantPremises | None:
    """Return the premises that a report means; None if several could be meant.

    The longest name in the texts counts first. Of premises with one name the place decides, if it
    is clear. `known` are the premises of the area.
    """
    named = _named(texts, known)
    nearest = _nearest(lon, lat, named or known)
    if len(named) == 1:
        return MeantPremises(named[0], is_named=True, metres=_metres(lon, lat, named[0]))
    if nearest is None:
        return None
    return MeantPremises(nearest, is_named=bool(named), metres=_metres(lon, lat, nearest))


def _named(texts: Iterable[str], known: Sequence[KnownPremises]) -> list[KnownPremises]:
    """Return the premises with the longest name that stands in a text."""
    joined = "|".join(map(plain, texts))
    matches = [
        (len(name), each)
        for each in known
        if len(name := plain(each.name)) >= SHORTEST_NAME and name in joined
    ]
    longest = max((length for length, _ in matches), default=0)
    longest_names = {each.name for length, each in matches if length == longest}
    if len(longest_names) != 1:
        return []
    return [each for length, each in matches if length == longest]


def _nearest(
    lon: float | None, lat: float | None, known: Iterable[KnownPremises]
) -> KnownPremises | None:
    """Return the nearest premises, if they are near and no others are about as near."""
    distances = sorted(
        (metres, each.code, each)
        for each in known
        if (metres := _metres(lon, lat, each)) is not None
    )
    if not distances or distances[0][0] > NEAR_METRES:
        return None
    if len(distances) > 1 and distances[1][0] - distances[0][0] < CLEAR_METRES:
        return None
    return distances[0][2]


def _metres(lon: float | None, lat: float | None, premises: KnownPremises) -> int | None:
    """Return the distance; None where a place is not known. Flat: a few hundred metres at most."""
    if lon is None or lat is None or premises.lon is None or premises.lat is None:
        return None
    east = (premises.lon - lon) * DEGREE_METRES * cos(radians(lat))
    return round(hypot(east, (premises.lat - lat) * DEGREE_METRES))
