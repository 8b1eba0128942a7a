"""The cases of a partition 事项集: open ones as objects, settled ones compressed.

Most cases of a month are settled, and are kept only for late follow-ups and evaluations.
"""

from collections.abc import Iterator, MutableMapping, ValuesView
from datetime import datetime
from typing import NamedTuple
from uuid import UUID
from zlib import compress, decompress

from schemas.cases.case import SETTLED_STATES, Case
from schemas.cloudevent import from_record

UNPACKED = 2000
"""Settled cases that are kept decompressed, 5 kB each."""
LEVEL = 3
"""Compression level of zlib; a higher one saves little on two kilobytes."""


class _Packed(NamedTuple):
    settled_since: datetime
    """Time of the last entry."""
    body: bytes


class CaseStore(MutableMapping[UUID, Case]):
    """Cases by id. A settled case takes 1 kB instead of 5, and is decompressed when it is read.

    The last `UNPACKED` settled cases that were read stay decompressed: a matter that is reported
    again is often reported several times.
    """

    def __init__(self) -> None:
        self._open: dict[UUID, Case] = {}
        self._packed: dict[UUID, _Packed] = {}
        self._unpacked: dict[UUID, Case] = {}
        """Settled cases that were read lately."""

    def __getitem__(self, case_id: UUID) -> Case:
        """Return a case; raises `KeyError`."""
        case = self._open.get(case_id) or self._unpacked.get(case_id)
        if case is None:
            case = self._unpacked[case_id] = _unpacked(self._packed[case_id])
            if len(self._unpacked) > UNPACKED:
                del self._unpacked[next(iter(self._unpacked))]
        return case

    def __setitem__(self, case_id: UUID, case: Case) -> None:
        """Store the newest snapshot of a case."""
        self._unpacked.pop(case_id, None)
        if case.state in SETTLED_STATES:
            self._open.pop(case_id, None)
            body = case.model_dump_json(exclude_defaults=True).encode()
            self._packed[case_id] = _Packed(case.updated_at, compress(body, LEVEL))
        else:
            self._packed.pop(case_id, None)
            self._open[case_id] = case

    def __delitem__(self, case_id: UUID) -> None:
        """Delete a case."""
        self._unpacked.pop(case_id, None)
        if self._open.pop(case_id, None) is None:
            del self._packed[case_id]

    def __contains__(self, case_id: object) -> bool:
        """Whether there is a case with this id; nothing is decompressed."""
        return case_id in self._open or case_id in self._packed

    def __iter__(self) -> Iterator[UUID]:
        """Yield all ids."""
        yield from self._open
        yield from self._packed

    def __len__(self) -> int:
        """Return the number of cases."""
        return len(self._open) + len(self._packed)

    def open(self) -> ValuesView[Case]:
        """Return the open cases."""
        return self._open.values()

    def settled_ids_before(self, moment: datetime) -> list[UUID]:
        """Return the ids of the settled cases whose last entry is before `moment`."""
        return [
            case_id for case_id, packed in self._packed.items() if packed.settled_since < moment
        ]

    def settled_before(self, moment: datetime) -> list[Case]:
        """Return the settled cases whose last entry is before `moment`."""
        return [
            _unpacked(packed) for packed in self._packed.values() if packed.settled_since < moment
        ]


def _unpacked(packed: _Packed) -> Case:
    return from_record(Case, decompress(packed.body))
