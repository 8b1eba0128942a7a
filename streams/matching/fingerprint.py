"""Fingerprints 指纹 of texts: sets stored as bits, for a quick upper bound of an overlap."""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

SETS = (("characters", 1024), ("sounds", 1024), ("words", 512))
"""Name and number of bits of each set. The name is that of the feature that compares the sets."""
UINT64_COUNT = sum(bits for _, bits in SETS) // 64
"""Length of a fingerprint in unsigned 64-bit integers."""
SET_COLUMNS = np.repeat(
    np.eye(len(SETS), dtype=np.float32), [bits // 64 for _, bits in SETS], axis=0
)
"""Matrix of shape (UINT64_COUNT, sets): 1 where an integer of the fingerprint belongs to a set.

Multiply bit counts by it to get the number of bits per set.
"""
_SPREAD = np.uint32(2654435761)
"""Knuth's multiplicative hash: it sends neighbouring codes to distant bits."""

Bits = NDArray[np.uint64]
Codes = NDArray[np.uint32]


def pairs_of(codes: Codes) -> Codes:
    """Return each pair of adjacent codes as one number; a single code stays as it is.

    Codes are below 65,536: the first of a pair takes the upper 16 bits, the second the lower.
    """
    return codes[:-1] << np.uint32(16) | codes[1:] if len(codes) > 1 else codes


def distinct(pairs: Codes) -> int:
    """Return the number of different pairs of a text; of an empty text 1, as its set has the 0."""
    ordered = np.sort(pairs)
    return 1 + int(np.count_nonzero(ordered[1:] != ordered[:-1]))


def fingerprint(characters: Codes, sounds: Codes, words: Collection[str]) -> Bits:
    """Return the fingerprint of three sets; shape (UINT64_COUNT,).

    The bit of a word differs between processes, because Python randomises the hash of strings.
    Compare fingerprints of one process only.
    """
    spread = np.zeros(64 * UINT64_COUNT, dtype=np.bool_)
    bits = np.concatenate((characters, sounds)) * _SPREAD >> np.uint32(22)
    bits[len(characters) :] += np.uint32(1024)
    spread[bits] = True
    spread[[2048 + (hash(word) & 511) for word in words]] = True
    return np.packbits(spread, bitorder="little").view(np.uint64)
