"""The candidates 候选事项 of a report: the cases that share most of its rarest retrieval keys.

The cost of a look-up is bounded, however many cases a city has. What everybody has, such as a
crowded grid or a leaflet that was copied a thousand times, counts little and is read last.
"""

from array import array
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Collection, Iterable
from heapq import nlargest
from math import log
from uuid import UUID

from streams.matching.retrieval import Key

MOST = 64
"""Largest number of candidates of a report."""
READ_PER_CANDIDATE = 6
"""Entries of the index that are read at most, for each candidate that is asked for."""
KIND_WEIGHTS = {"grid": 2.0, "name": 2.0, "place": 2.0, "object": 2.0, "reporter": 2.0}
"""Weights of the kinds of keys. Words and a village with a family have 1."""


_TUPLE = 1 << 62
"""The bit of the codes of tuples. Three characters in a row have 48 bits."""


class CandidateIndex:
    """Cases by their retrieval keys.

    The result depends on the indexed cases only, not on the order in which they were added. A case
    has a number in this index, and each key a sorted array of numbers: four bytes for each case.
    """

    def __init__(self) -> None:
        self._numbers: dict[UUID, int] = {}
        self._free: list[int] = []
        """Numbers of cases that were removed."""
        self._case_ids: list[UUID] = []
        """By number, as are the next two."""
        self._last_reports = array("d")
        """Time of the last report, seconds since 1970."""
        self._keys: list[bytes] = []
        """The codes of the keys of each case, as an array of type `Q`."""
        self._by_key: dict[int, int | array[int]] = {}
        """By the code of a key. Most keys have one case: then there is no array."""

    def __len__(self) -> int:
        return len(self._numbers)

    def __contains__(self, case_id: object) -> bool:
        return case_id in self._numbers

    def __eq__(self, other: object) -> bool:
        """Whether the same cases have the same keys."""
        return isinstance(other, CandidateIndex) and self._content() == other._content()

    __hash__ = None  # type: ignore[assignment]

    def _content(self) -> dict[UUID, tuple[float, frozenset[int]]]:
        return {
            case_id: (self._last_reports[number], frozenset(array("Q", self._keys[number])))
            for case_id, number in self._numbers.items()
        }

    def add(self, case_id: UUID, keys: Iterable[Key], last_report: float) -> None:
        """Add a case, or replace its keys."""
        codes = array("Q", dict.fromkeys(map(_code, keys)))
        number = self._numbers.get(case_id)
        if number is not None and self._keys[number] == codes.tobytes():
            self._last_reports[number] = last_report
            return
        self.discard(case_id)
        number = self._new_number(case_id)
        self._last_reports[number], self._keys[number] = last_report, codes.tobytes()
        for code in codes:
            self._add_code(code, number)

    def _new_number(self, case_id: UUID) -> int:
        if self._free:
            number = self._free.pop()
            self._case_ids[number] = case_id
        else:
            number = len(self._case_ids)
            self._case_ids.append(case_id)
            self._last_reports.append(0.0)
            self._keys.append(b"")
        self._numbers[case_id] = number
        return number

    def _add_code(self, code: int, number: int) -> None:
        others = self._by_key.setdefault(code, number)
        if isinstance(others, array):
            if number > others[-1]:
                others.append(number)
            else:
                insort(others, number)
        elif others != number:
            self._by_key[code] = array("I", sorted((others, number)))

    def extend(self, case_id: UUID, keys: Iterable[Key], last_report: float) -> None:
        """Add keys to a case that is indexed; the cost does not grow with the keys that it has."""
        number = self._numbers[case_id]
        new = array(
            "Q", (code for code in dict.fromkeys(map(_code, keys)) if not self._has(number, code))
        )
        for code in new:
            self._add_code(code, number)
        if new:
            self._keys[number] += new.tobytes()
        self._last_reports[number] = last_report

    def has(self, case_id: UUID, key: Key) -> bool:
        """Whether a case is indexed under a key."""
        number = self._numbers.get(case_id)
        return number is not None and self._has(number, _code(key))

    def _has(self, number: int, code: int) -> bool:
        others = self._by_key.get(code)
        if not isinstance(others, array):
            return number == others
        at = bisect_left(others, number)
        return at < len(others) and others[at] == number

    def discard(self, case_id: UUID) -> None:
        """Remove a case, if it is indexed."""
        number = self._numbers.pop(case_id, None)
        if number is None:
            return
        for code in array("Q", self._keys[number]):
            others = self._by_key[code]
            if isinstance(others, array):
                del others[bisect_left(others, number)]
                if len(others) == 1:
                    (self._by_key[code],) = others
            else:
                del self._by_key[code]
        self._keys[number] = b""
        self._free.append(number)

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
        return [self._case_ids[number] for number in nearest]

    def _rarest_first(self, keys: Iterable[Key]) -> list[tuple[Collection[int], float]]:
        """Return the cases of each known key, and the weight of the key, the rarest key first."""
        total, by_key = len(self._numbers), self._by_key
        rarest = list[tuple[Collection[int], float]]()
        for key in dict.fromkeys(keys):
            cases = by_key.get(_code(key))
            if cases is None:
                continue
            members: Collection[int] = cases if isinstance(cases, array) else (cases,)
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
        return self._last_reports[number], self._case_ids[number]


def _code(key: Key) -> int:
    """Return a key as a number of 63 bits. It differs between processes, as hashes of texts do."""
    return key if isinstance(key, int) else hash(key) & (_TUPLE - 1) | _TUPLE
