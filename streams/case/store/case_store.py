"""The cases of a partition 事项集: those that were read lately as objects, the others packed.

A worker of a great city has a million open cases, and most of them are read by nobody today.
"""

from collections.abc import Iterable, Iterator, MutableMapping, Sequence
from datetime import datetime
from itertools import islice
from typing import overload
from uuid import UUID

from schemas.cases.case import SETTLED_STATES, Case
from streams.case.store.packing import SAMPLES, CasePacker, to_json
from streams.matching.comparable_cases import StoredCases

UNPACKED = 20_000
"""Cases that are kept as objects, 5 kB each: those that were stored or unpacked last."""


class Snapshot:
    """The newest snapshot of a case. A change of the case makes another object of this class."""

    __slots__ = ("__weakref__", "packed")

    def __init__(self) -> None:
        self.packed: bytes | None = None
        """None while only the object exists."""


class CaseStore(MutableMapping[UUID, Case]):
    """Cases by id. Only `UNPACKED` of them are objects; the others are unpacked when read.

    A packed case takes 0.5 kB. A case is packed when it makes room for others, so a case that
    changes often is not packed each time, and a small partition packs none.
    """

    def __init__(self, packer: CasePacker | None = None) -> None:
        self._snapshots: dict[UUID, Snapshot] = {}
        self._unpacked: dict[UUID, Case] = {}
        """In the order in which they were stored or unpacked."""
        self._settled_since: dict[UUID, datetime] = {}
        """Settled case → time of its last entry."""
        self._packer = packer
        """None: it is trained from the first cases when the first one is packed."""

    def __getitem__(self, case_id: UUID) -> Case:
        """Return a case; raises `KeyError`."""
        case = self._unpacked.get(case_id)
        if case is None:
            case = self.peek(case_id)
            self._keep(case_id, case)
        return case

    def __setitem__(self, case_id: UUID, case: Case) -> None:
        """Store the newest snapshot of a case."""
        self._unpacked.pop(case_id, None)
        self._snapshots[case_id] = Snapshot()
        if case.state in SETTLED_STATES:
            self._settled_since[case_id] = case.updated_at
        else:
            self._settled_since.pop(case_id, None)
        self._keep(case_id, case)

    def __delitem__(self, case_id: UUID) -> None:
        """Delete a case; raises `KeyError`."""
        del self._snapshots[case_id]
        self._unpacked.pop(case_id, None)
        self._settled_since.pop(case_id, None)

    def __contains__(self, case_id: object) -> bool:
        """Whether there is a case with this id; nothing is unpacked."""
        return case_id in self._snapshots

    def __iter__(self) -> Iterator[UUID]:
        """Yield all ids."""
        return iter(self._snapshots)

    def __len__(self) -> int:
        """Return the number of cases."""
        return len(self._snapshots)

    def _keep(self, case_id: UUID, case: Case) -> None:
        """Keep a case as an object; pack the one that was kept first, if there are too many."""
        self._unpacked[case_id] = case
        while len(self._unpacked) > UNPACKED:
            first = next(iter(self._unpacked))
            snapshot = self._snapshots[first]
            if snapshot.packed is None:
                snapshot.packed = self._trained().pack(to_json(self._unpacked[first]))
            del self._unpacked[first]

    def _trained(self) -> CasePacker:
        if self._packer is None:
            samples = islice(self._unpacked.values(), SAMPLES)
            self._packer = CasePacker([to_json(case) for case in samples])
        return self._packer

    def unpack(self, packed: bytes) -> Case:
        """Return a case that the packer of this store has packed."""
        return self._trained().unpack(packed)

    def keep_packed(self, case_id: UUID, packed: bytes) -> None:
        """Take the packed form of a case that was just stored: it need not be packed again."""
        self._snapshots[case_id].packed = packed

    def peek(self, case_id: UUID) -> Case:
        """Return a case as `[]` does, without making room for it among those read lately."""
        return self._unpacked.get(case_id) or self.unpack(self._snapshots[case_id].packed or b"")

    def snapshot(self, case_id: UUID) -> Snapshot | None:
        """Return what stands for the newest snapshot of a case, packed or not; None: no case."""
        return self._snapshots.get(case_id)

    def read_later(self, case_ids: Sequence[UUID]) -> StoredCases:
        """Return cases that are unpacked only where they are read."""
        return _ReadLater(self, case_ids)

    def open_ids(self) -> Iterator[UUID]:
        """Yield the ids of the open cases."""
        return (case_id for case_id in self._snapshots if case_id not in self._settled_since)

    def open(self) -> Iterator[Case]:
        """Yield the open cases."""
        return map(self.peek, self.open_ids())

    def settled_ids_before(self, moment: datetime) -> list[UUID]:
        """Return the ids of the settled cases whose last entry is before `moment`."""
        return [case_id for case_id, since in self._settled_since.items() if since < moment]

    def settled_before(self, moment: datetime) -> list[Case]:
        """Return the settled cases whose last entry is before `moment`."""
        return [self.peek(case_id) for case_id in self.settled_ids_before(moment)]


class _ReadLater(StoredCases):
    """Some cases of a store."""

    def __init__(self, store: CaseStore, case_ids: Sequence[UUID]) -> None:
        self._store, self._case_ids = store, case_ids

    @property
    def snapshots(self) -> Iterable[object]:
        """Return an object for each case that is another one after a change of the case."""
        return map(self._store.snapshot, self._case_ids)

    def __len__(self) -> int:
        return len(self._case_ids)

    @overload
    def __getitem__(self, at: int) -> Case: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Case]: ...
    def __getitem__(self, at: int | slice) -> Case | Sequence[Case]:
        if isinstance(at, slice):
            return _ReadLater(self._store, self._case_ids[at])
        return self._store[self._case_ids[at]]
