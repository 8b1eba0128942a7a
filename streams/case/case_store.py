"""The cases that a partition holds 案件集: those that are open as they are, settled ones packed.

Of a month's cases most are settled, and wait for a word that comes late.
"""

from collections.abc import Iterator, MutableMapping, ValuesView
from datetime import datetime
from typing import NamedTuple
from uuid import UUID
from zlib import compress, decompress

from schemas.binding import decode
from schemas.case import SETTLED_STATES, Case

EFFORT = 3
"""Of zlib: more of it saves little of a text of two kilobytes."""


class _Packed(NamedTuple):
    settled_since: datetime
    """Its last entry."""
    body: bytes


class Cases(MutableMapping[UUID, Case]):
    """Cases by their id. One that is settled takes 1 kB instead of 5, and is read when asked for.

    It comes back equal, but as another object each time.
    """

    def __init__(self) -> None:
        self._open: dict[UUID, Case] = {}
        self._packed: dict[UUID, _Packed] = {}

    def __getitem__(self, case_id: UUID) -> Case:
        """Return a case; raises `KeyError` where there is none of that id."""
        case = self._open.get(case_id)
        return _unpacked(self._packed[case_id]) if case is None else case

    def __setitem__(self, case_id: UUID, case: Case) -> None:
        """Hold a case in place of its former snapshot."""
        if case.state in SETTLED_STATES:
            self._open.pop(case_id, None)
            body = case.model_dump_json(exclude_defaults=True).encode()
            self._packed[case_id] = _Packed(case.updated_at, compress(body, EFFORT))
        else:
            self._packed.pop(case_id, None)
            self._open[case_id] = case

    def __delitem__(self, case_id: UUID) -> None:
        """Let go of a case."""
        if self._open.pop(case_id, None) is None:
            del self._packed[case_id]

    def __contains__(self, case_id: object) -> bool:
        """Whether there is a case of that id; none is read for it."""
        return case_id in self._open or case_id in self._packed

    def __iter__(self) -> Iterator[UUID]:
        """Yield all ids."""
        yield from self._open
        yield from self._packed

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._open) + len(self._packed)

    def open(self) -> ValuesView[Case]:
        """Return those that are not settled."""
        return self._open.values()

    def settled_before(self, moment: datetime) -> list[Case]:
        """Return those that are settled, and have been quiet since `moment`."""
        return [_unpacked(one) for one in self._packed.values() if one.settled_since < moment]


def _unpacked(packed: _Packed) -> Case:
    return decode(Case, decompress(packed.body))
