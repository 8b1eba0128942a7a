"""Prints 指纹 of a wording: its sets as bits, so that what two share at most is known at once."""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

SETS = (("characters", 1024), ("sounds", 1024), ("words", 512))
"""The sets, by the feature that compares them, and how many bits each has."""
WORDS = sum(bits for _, bits in SETS) // 64
PARTS = np.repeat(np.eye(len(SETS), dtype=np.float32), [bits // 64 for _, bits in SETS], axis=0)
"""Which words of 64 bits belong to which set."""
_SPREAD = np.uint32(2654435761)
"""Knuth's multiplier: neighbours fall far from each other."""

Bits = NDArray[np.uint64]
Codes = NDArray[np.uint32]


def pairs_of(codes: Codes) -> Codes:
    """Return each two codes below 65,536 that follow each other, as one; a single code as it is."""
    return codes[:-1] << np.uint32(16) | codes[1:] if len(codes) > 1 else codes


def print_of(characters: Codes, sounds: Codes, words: Collection[str]) -> Bits:
    """Return the print of three sets.

    Which bit a member has differs from process to process; that equal members have one bit is all
    that is asked of it.
    """
    spread = np.zeros(64 * WORDS, dtype=np.bool_)
    spread[characters * _SPREAD >> np.uint32(22)] = True
    spread[1024 + (sounds * _SPREAD >> np.uint32(22))] = True
    spread[[2048 + (hash(word) & 511) for word in words]] = True
    return np.packbits(spread, bitorder="little").view(np.uint64)
