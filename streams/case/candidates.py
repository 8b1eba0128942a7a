"""The candidates 候选事项 of a report: the cases that share most of its rarest retrieval keys.

The cost of a look-up is bounded, however many cases a city has. What everybody has, such as a
crowded grid or a leaflet that was copied a thousand times, counts little and is read last.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from heapq import nlargest
from math import log
from typing import NamedTuple
from uuid import UUID

from streams.matching.retrieval import Key

MOST = 64
"""Largest number of candidates of a report."""
READ_PER_CANDIDATE = 6
"""Entries of the index that are read at most, for each candidate that is asked for."""
KIND_WEIGHTS = {"grid": 2.0, "name": 2.0, "place": 2.0, "object": 2.0, "reporter": 2.0}
"""Weights of the kinds of keys. Words and a village with a family have 1."""


class _Indexed(NamedTuple):
    case_id: UUID
    last_report: float
    """Time of the last report, seconds since 1970."""
    keys: list[Key]


@dataclass(slots=True)
class CandidateIndex:
    """Cases by their retrieval keys.

    The result depends on the indexed cases only, not on the order in which they were added.
    """

    _numbers: dict[UUID, int] = field(default_factory=dict)
    """Case → its number in this index: a number is a far faster key than an id."""
    _cases: dict[int, _Indexed] = field(default_factory=dict)
    _by_key: dict[Key, int | set[int]] = field(default_factory=dict)
    """Most keys have one case: then there is no set, which takes 200 bytes."""
    _next: int = 0

    def __len__(self) -> int:
        return len(self._cases)

    def __contains__(self, case_id: object) -> bool:
        return case_id in self._numbers

    def add(self, case_id: UUID, keys: Iterable[Key], last_report: float) -> None:
        """Add a case, or replace its keys."""
        indexed = _Indexed(case_id, last_report, list(dict.fromkeys(keys)))
        number = self._numbers.get(case_id)
        if number is not None and self._cases[number].keys == indexed.keys:
            self._cases[number] = indexed
            return
        self.discard(case_id)
        number, self._next = self._next, self._next + 1
        self._numbers[case_id], self._cases[number] = number, indexed
        for key in indexed.keys:
            self._add_key(key, number)

    def _add_key(self, key: Key, number: int) -> None:
        others = self._by_key.setdefault(key, number)
        if isinstance(others, set):
            others.add(number)
        elif others != number:
            self._by_key[key] = {others, number}

    def extend(self, case_id: UUID, keys: Iterable[Key], last_report: float) -> None:
        """Add keys to a case that is indexed; the cost does not grow with the keys that it has."""
        number = self._numbers[case_id]
        indexed = self._cases[number]
        for key in keys:
            if not self.has(case_id, key):
                indexed.keys.append(key)
                self._add_key(key, number)
        self._cases[number] = indexed._replace(last_report=last_report)

    def has(self, case_id: UUID, key: Key) -> bool:
        """Whether a case is indexed under a key."""
        number, others = self._numbers.get(case_id), self._by_key.get(key)
        if number is None or others is None:
            return False
        return number in others if isinstance(others, set) else number == others

    def discard(self, case_id: UUID) -> None:
        """Remove a case, if it is indexed."""
        number = self._numbers.pop(case_id, None)
        if number is None:
            return
        for key in self._cases.pop(number).keys:
            others = self._by_key[key]
            if isinstance(others, set):
                others.discard(number)
                if len(others) == 1:
                    (self._by_key[key],) = others
            else:
                del self._by_key[key]

    def nearest(self, keys: Iterable[Key], most: int = MOST) -> list[UUID]:
        """Return up to `most` cases that share the rarest keys, most of them; in no order.

        A key weighs the logarithm of the share of cases that have it (inverse document frequency).
        Rare keys are read first. Of equal cases the latest are returned.
        """
        weights: defaultdict[int, float] = defaultdict(float)
        left = most * READ_PER_CANDIDATE
        nearest: Iterable[int] = ()
        for cases, weight in self._rarest_first(keys):
            if len(cases) > left:
                # A key of very many cases says little, unless a report has no other.
                nearest = () if weights else self._latest(cases, most)
                break
            left -= len(cases)
            for number in cases:
                weights[number] += weight
        if weights:
            nearest = self._heaviest(weights, most)
        return [self._cases[number].case_id for number in nearest]

    def _rarest_first(self, keys: Iterable[Key]) -> list[tuple[Collection[int], float]]:
        """Return the cases of each known key, and the weight of the key, the rarest key first."""
        total, by_key = len(self._cases), self._by_key
        rarest = list[tuple[Collection[int], float]]()
        for key in dict.fromkeys(keys):
            cases = by_key.get(key)
            if cases is None:
                continue
            members: Collection[int] = cases if isinstance(cases, set) else (cases,)
            of_kind = 1.0 if isinstance(key, int) else KIND_WEIGHTS.get(key[0], 1.0)
            rarest.append((members, of_kind * log(1 + total / len(members))))
        rarest.sort(key=lambda item: (len(item[0]), -item[1]))
        return rarest

    def _heaviest(self, weights: dict[int, float], most: int) -> Iterable[int]:
        if len(weights) <= most:
            return weights
        last = sorted(weights.values(), reverse=True)[most - 1]
        heavier = [number for number, weight in weights.items() if weight > last]
        equal = [number for number, weight in weights.items() if weight == last]
        return [*heavier, *self._latest(equal, most - len(heavier))]

    def _latest(self, numbers: Collection[int], most: int) -> Collection[int]:
        if len(numbers) <= most:
            return numbers
        return nlargest(most, numbers, key=self._age)

    def _age(self, number: int) -> tuple[float, UUID]:
        indexed = self._cases[number]
        return indexed.last_report, indexed.case_id
