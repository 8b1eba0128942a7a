"""Terms 用词: the rarest pairs of characters of a title, a text and its places, with their weights.

Two reports are compared by the cosine of their weights (TF-IDF). A pair of characters is counted by
its bucket, so a text of any length has at most `TERMS` entries, and names that nobody has seen
before are as rare as they should be.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from streams.matching.fingerprint import Codes

BUCKETS = 1 << 16
"""Number of buckets into which pairs of characters are hashed."""
UNUSED = BUCKETS - 1
"""The bucket of columns without a term."""
SIZES = {"title": 24, "text": 128, "place": 24}
"""Largest number of terms that are kept of each part of a report: its rarest."""
SEGMENTS = tuple(SIZES)
TERMS = sum(SIZES.values())
TEXT_READ = 640
"""Characters of a text that are read. A long text names its matter at the beginning."""
COMPARED = 256
"""Pairs of reports whose cosines are cached: the rules and the features of a pair read them."""
_SPREAD = np.uint32(2654435761)
"""Knuth's multiplicative hash: it sends neighbouring codes to distant buckets."""
SEGMENT_STARTS = np.cumsum([0, *SIZES.values()])[:-1]
"""First column of each segment of `Terms`."""
SEGMENT_OF = np.repeat(np.arange(len(SIZES)), list(SIZES.values()))
"""Number of the segment of each column of `Terms`."""
_COLUMNS = tuple(zip(SEGMENT_STARTS.tolist(), SIZES.values(), strict=True))
"""First column and length of each segment."""
_EMPTY = (SEGMENT_OF << 16 | UNUSED).astype(np.uint32)

_TEXT = np.uint32(1 << 16)
"""The bit that marks the buckets of the text beside those of the title."""
_SUBLINEAR = (1 + np.log(np.maximum(1, np.arange(TEXT_READ + 1)))).astype(np.float32)
"""The weight of a pair of characters that occurs so many times."""

Weights = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """The terms of one report, in columns: those of the title, of the text, of the places.

    `codes` has the shape (TERMS,) and is sorted: the segment in the upper bits, the bucket in the
    lower 16. An unused column has the bucket `UNUSED` and the weight 0. The weights of a segment
    have the length 1, or are all 0.
    """

    codes: Codes
    weights: Weights


@dataclass(frozen=True, eq=False)
class Rarity:
    """How rare each bucket is (IDF): shape (BUCKETS,), 0 for a pair that is in every text.

    Without a learnt table all pairs are equally rare.
    """

    version: str = "equal"
    values: Weights = field(repr=False, default_factory=lambda: np.ones(BUCKETS, dtype=np.float32))

    def terms(
        self, title: Codes, text: Codes, places: Iterable[tuple[Iterable[int], float]]
    ) -> Terms:
        """Return the terms of a report from the pairs of characters of its parts.

        Each place has the buckets of its name, and the weight with which it counts, 0..1.
        """
        codes, weights = _EMPTY.copy(), np.zeros(TERMS, dtype=np.float32)
        both = buckets_of(np.concatenate((title, text)))
        both[len(title) :] |= _TEXT
        both.sort()
        is_first = np.ones(len(both), dtype=np.bool_)
        np.not_equal(both[1:], both[:-1], out=is_first[1:])
        first = is_first.nonzero()[0]
        counts = np.empty_like(first)
        np.subtract(first[1:], first[:-1], out=counts[:-1])
        counts[-1:] = len(both) - first[-1:]
        both = both[first]
        counted = _SUBLINEAR.take(counts, mode="clip")
        split = int(both.searchsorted(_TEXT))
        parts = (
            (both[:split], counted[:split]),
            (both[split:] & np.uint32(UNUSED), counted[split:]),
            _strongest(places),
        )
        for (start, size), (buckets, strengths) in zip(_COLUMNS, parts, strict=True):
            values = strengths * self.values.take(buckets)
            if len(buckets) > size:
                kept = np.argsort(-values, kind="stable")[:size]
                kept.sort()
                buckets, values = buckets[kept], values[kept]
            norm = sqrt(float(values @ values))
            if norm:
                end = start + len(buckets)
                codes[start:end] -= UNUSED - buckets
                weights[start:end] = values / norm
        return Terms(codes, weights)


def buckets_of(pairs: Codes) -> Codes:
    """Return the bucket of each pair of characters."""
    return np.asarray(np.minimum(pairs * _SPREAD >> np.uint32(16), np.uint32(UNUSED - 1)))


def _strongest(places: Iterable[tuple[Iterable[int], float]]) -> tuple[Codes, Weights]:
    """Return the sorted buckets of all names, each with the weight of its surest name."""
    best: dict[int, float] = {}
    for buckets_of_name, weight in places:
        for bucket in buckets_of_name:
            best[bucket] = max(best.get(bucket, 0.0), weight)
    buckets = sorted(best)
    values = [best[bucket] for bucket in buckets]
    return np.asarray(buckets, dtype=np.uint32), np.asarray(values, dtype=np.float32)


@lru_cache(maxsize=COMPARED)
def cosines(first: Terms, other: Terms) -> tuple[float, ...]:
    """Return the cosine of each segment of two reports, 0..1, in the order of `SEGMENTS`."""
    at = first.codes.searchsorted(other.codes)
    shared = first.codes.take(at, mode="clip") == other.codes
    products = first.weights.take(at, mode="clip") * other.weights * shared
    sums = np.add.reduceat(products, SEGMENT_STARTS)
    return tuple(min(1.0, value) for value in sums.tolist())
