"""Learns the rarity 罕见度 (IDF) of pairs of characters from many texts."""

from collections.abc import Iterable

import numpy as np

from streams.matching.terms import BUCKETS, TEXT_READ, Rarity, buckets_of
from streams.matching.text import normalise, pairs_in

VERSION = "words-1"


def learn_rarity(texts: Iterable[str]) -> Rarity:
    """Return the rarity of each bucket: the logarithm of texts per text that has it.

    It holds no words, and a pair of characters that no text has is the rarest.
    """
    counts, total = np.zeros(BUCKETS), 0
    for text in texts:
        counts[np.unique(buckets_of(pairs_in(normalise(text[:TEXT_READ]))))] += 1
        total += 1
    values = np.log((1 + total) / (1 + counts))
    return Rarity(VERSION, values.astype(np.float16).astype(np.float32))
