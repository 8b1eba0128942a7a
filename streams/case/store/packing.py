"""Packed cases 压缩事项: a case that nobody reads takes a tenth of its memory as an object.

The texts of cases are short, and what they have in common is longer: names of fields, units, grids,
phrases. So they are compressed with a dictionary (RFC 8878) that is trained from the first of them.
"""

import sys
from collections.abc import Sequence

from schemas.cases.case import Case
from schemas.cloudevent import from_record

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdCompressor, ZstdDict, ZstdError, decompress, train_dict
else:
    from backports.zstd import ZstdCompressor, ZstdDict, ZstdError, decompress, train_dict

SAMPLES = 500
"""Cases from which the dictionary is trained."""
DICTIONARY_BYTES = 16_384
FEWEST_SAMPLES = 100
"""With fewer samples nothing can be trained: then there is no dictionary."""
LEVEL = 3
"""Compression level of zstd; a higher one saves little on a kilobyte."""


class CasePacker:
    """Packs the JSON of cases with the dictionary of its samples. It is never trained again."""

    def __init__(self, samples: Sequence[bytes] = ()) -> None:
        self._dictionary = _trained(samples)
        digested = self._dictionary and self._dictionary.as_digested_dict
        self._compressor = ZstdCompressor(LEVEL, zstd_dict=digested)

    def pack(self, body: bytes) -> bytes:
        """Return the JSON of a case packed."""
        return self._compressor.compress(body, ZstdCompressor.FLUSH_FRAME)

    def unpack(self, packed: bytes) -> Case:
        """Return the case that was packed by this packer."""
        return from_record(Case, decompress(packed, zstd_dict=self._dictionary))


def _trained(samples: Sequence[bytes]) -> ZstdDict | None:
    """Return the dictionary of samples; None if they are too few or too short."""
    if len(samples) < FEWEST_SAMPLES:
        return None
    try:
        return train_dict(samples, min(DICTIONARY_BYTES, sum(map(len, samples)) // 10))
    except ZstdError:
        return None


def to_json(case: Case) -> bytes:
    """Return the JSON of a case, without the default values of its fields."""
    return case.model_dump_json(exclude_defaults=True).encode()
