"""The features of a text 特征: characters, pairs of characters and words, and their rows.

A text has about 130 known features of 100,000. Looking them up one by one in a dictionary takes
longer than the sum over their weights, so all pairs of a text are looked up at once.
"""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from streams.matching.fingerprint import Codes
from streams.matching.text import NormalisedText, codes_of

RowNumbers = NDArray[np.int32]

UNKNOWN = -1
_CHARACTERS = 1 << 16
_NO_PAIR = np.uint32(0xFFFFFFFF)
"""In a free place of the table: no two characters of a normalised text have this code."""
_SPREAD = np.uint32(2654435761)
"""Knuth's multiplicative hash: the upper bits of the product are spread evenly."""
PER_BUCKET = 2
"""Pairs for each bucket of the table, on average."""


def features(text: NormalisedText) -> frozenset[str]:
    """Return the features of a text: characters `x`, pairs of characters `x y`, words `=word`."""
    pairs = map(" ".join, pairwise(text.text))
    return frozenset((*text.text, *pairs, *(f"={word}" for word in text.words)))


class FeatureIndex:
    """Finds the rows of `features`, with pairs coded as in `NormalisedText.pairs`."""

    def __init__(self, rows: Mapping[str, int]) -> None:
        self._characters: RowNumbers = np.full(_CHARACTERS, UNKNOWN, dtype=np.int32)
        for feature, row in rows.items():
            if len(feature) == 1:
                self._characters[ord(feature)] = row
        self._words = {feature[1:]: row for feature, row in rows.items() if feature[0] == "="}
        self._pairs = _PairTable(
            {
                ord(feature[0]) << 16 | ord(feature[2]): row
                for feature, row in rows.items()
                if feature[1:2] == " "
            }
        )

    def rows_of(self, text: NormalisedText) -> RowNumbers:
        """Return the rows of the features of a text: each once, sorted, so that sums never differ.

        The shape is (known features,).
        """
        words = [row for row in map(self._words.get, text.words) if row is not None]
        rows = np.concatenate(
            (
                self._characters.take(codes_of(text.text)),
                # The pair of a text of one character is that character: it is in no table.
                self._pairs.rows_of(text.pairs),
                np.asarray(words, dtype=np.int32),
            )
        )
        rows.sort()
        is_new = rows[1:] != rows[:-1]
        known = rows[1:][is_new]
        return known if not len(rows) or rows[0] == UNKNOWN else np.concatenate((rows[:1], known))


class _PairTable:
    """The rows of pairs of characters: a hash table with buckets of one size."""

    def __init__(self, rows: Mapping[int, int]) -> None:
        pairs = np.fromiter(rows.keys(), np.uint32, len(rows))
        bits = max(1, (len(rows) // PER_BUCKET).bit_length())
        self._shift = np.uint32(32 - bits)
        buckets = self._bucket_of(pairs)
        counts = np.bincount(buckets, minlength=1 << bits)
        order = np.argsort(buckets, kind="stable")
        starts = np.cumsum(counts) - counts
        places = np.arange(len(rows)) - starts[buckets[order]]
        shape = (1 << bits, max(1, int(counts.max())))
        self._pairs: Codes = np.full(shape, _NO_PAIR, dtype=np.uint32)
        self._rows: RowNumbers = np.full(shape, UNKNOWN, dtype=np.int32)
        self._pairs[buckets[order], places] = pairs[order]
        self._rows[buckets[order], places] = np.fromiter(rows.values(), np.int32, len(rows))[order]

    def _bucket_of(self, pairs: Codes) -> NDArray[np.uint32]:
        return np.asarray(pairs * _SPREAD >> self._shift)

    def rows_of(self, pairs: Codes) -> RowNumbers:
        """Return the rows of the known pairs among some, in no order."""
        buckets = self._bucket_of(pairs)
        equal = self._pairs.take(buckets, axis=0) == pairs[:, None]
        return np.asarray(self._rows.take(buckets, axis=0)[equal])
