"""The candidates 候选事项 of a report: the cases that share most of its rarest retrieval keys.

The cost of a look-up is bounded, however many cases a city has. What everybody has, such as a
crowded grid or a leaflet that was copied a thousand times, counts little and is read last.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from heapq import nlargest
from math import log
from typing import NamedTuple
from uuid import UUID

from streams.matching.retrieval import Key

MOST = 200
"""Largest number of candidates of a report."""
READ_PER_CANDIDATE = 8
"""Entries of the index that are read at most, for each candidate that is asked for."""
KIND_WEIGHTS = {"grid": 2.0, "name": 2.0, "object": 2.0, "reporter": 2.0}
"""Weights of the kinds of keys. Words and a village with a family have 1."""


class _Indexed(NamedTuple):
    last_report: float
    """Time of the last report, seconds since 1970."""
    keys: tuple[Key, ...]


@dataclass(slots=True)
class CandidateIndex:
    """Cases by their retrieval keys.

    The result depends on the indexed cases only, not on the order in which they were added.
    """

    _cases: dict[UUID, _Indexed] = field(default_factory=dict)
    _by_key: dict[Key, UUID | dict[UUID, None]] = field(default_factory=dict)
    """Most keys have one case: then there is no dictionary, which takes 200 bytes."""

    def __len__(self) -> int:
        return len(self._cases)

    def __contains__(self, case_id: object) -> bool:
        return case_id in self._cases

    def add(self, case_id: UUID, keys: Iterable[Key], last_report: float) -> None:
        """Add a case, or replace its keys."""
        indexed = _Indexed(last_report, tuple(dict.fromkeys(keys)))
        known = self._cases.get(case_id)
        if known is not None and known.keys != indexed.keys:
            self.discard(case_id)
            known = None
        self._cases[case_id] = indexed
        if known is not None:
            return
        for key in indexed.keys:
            others = self._by_key.setdefault(key, case_id)
            if isinstance(others, dict):
                others[case_id] = None
            elif others != case_id:
                self._by_key[key] = {others: None, case_id: None}

    def discard(self, case_id: UUID) -> None:
        """Remove a case, if it is indexed."""
        known = self._cases.pop(case_id, None)
        for key in known.keys if known else ():
            others = self._by_key[key]
            if isinstance(others, dict):
                del others[case_id]
                if len(others) == 1:
                    (self._by_key[key],) = others
            else:
                del self._by_key[key]

    def nearest(self, keys: Iterable[Key], most: int = MOST) -> Collection[UUID]:
        """Return up to `most` cases that share the rarest keys, most of them; in no order.

        A key weighs the logarithm of the share of cases that have it (inverse document frequency).
        Rare keys are read first. Of equal cases the latest are returned.
        """
        weights: defaultdict[UUID, float] = defaultdict(float)
        left = most * READ_PER_CANDIDATE
        for cases, weight in self._rarest_first(keys):
            if len(cases) > left:
                # A key of very many cases says little, unless a report has no other.
                return self._heaviest(weights, most) if weights else self._latest(cases, most)
            left -= len(cases)
            for case_id in cases:
                weights[case_id] += weight
        return self._heaviest(weights, most)

    def _rarest_first(self, keys: Iterable[Key]) -> list[tuple[Collection[UUID], float]]:
        """Return the cases of each known key, and the weight of the key, the rarest key first."""
        total = len(self._cases)
        found = list[tuple[Collection[UUID], float]]()
        for key in dict.fromkeys(keys):
            cases = self._by_key.get(key)
            if cases is None:
                continue
            members: Collection[UUID] = cases if isinstance(cases, dict) else (cases,)
            of_kind = 1.0 if isinstance(key, int) else KIND_WEIGHTS.get(key[0], 1.0)
            found.append((members, of_kind * log(1 + total / len(members))))
        found.sort(key=lambda item: (len(item[0]), -item[1]))
        return found

    def _heaviest(self, weights: Mapping[UUID, float], most: int) -> Collection[UUID]:
        if len(weights) <= most:
            return weights.keys()
        last = nlargest(most, weights.values())[-1]
        heavier = [case_id for case_id, weight in weights.items() if weight > last]
        equal = [case_id for case_id, weight in weights.items() if weight == last]
        return [*heavier, *self._latest(equal, most - len(heavier))]

    def _latest(self, cases: Iterable[UUID], most: int) -> Collection[UUID]:
        return nlargest(most, cases, key=self._age)

    def _age(self, case_id: UUID) -> tuple[float, UUID]:
        return self._cases[case_id].last_report, case_id
