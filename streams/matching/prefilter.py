"""Sifting 粗筛: the most that can speak for two reports being one matter, of many reports at once.

A report meets dozens of cases of its grid, and hardly any is its like. What is reckoned here is
never less than what `compare.features` and the weights come to, so that whatever is sifted out is
what they would not have shown to anyone either.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import cos, inf, log, nan, radians, sin

import numpy as np
from numpy.typing import NDArray

from streams.matching.classify import Vector
from streams.matching.compare import (
    COPIED_LENGTH,
    EARTH_METRES,
    FAR_METRES,
    GENERAL,
    NEAR_METRES,
    WINDOW,
    Told,
)
from streams.matching.fingerprint import PARTS, SETS, WORDS, Bits

ROUNDING = 0.01
"""Log odds that the rounding of features may add, and more."""
ROUNDED_SCORE = 0.0001
SHORTENED = 0.999
"""Of a distance: the chord between two points is taken, which is never longer than the arc."""
EQUAL = ("same_leaf", "same_name", "same_reporter", "same_object", "copied", "grid")
"""What two reports may have the same of: features, and the grid, which has no weight."""
WHEN, UNPLACED = 0, 1
WHERE, FLAGS, SAME, SIZES = slice(2, 5), slice(5, 9), slice(9, 15), slice(15, 18)
COLUMNS = 18
UNKNOWN_GRID = 8
NAME, GRID = 1, 5
"""Columns of `SAME`."""
WINDOW_AND_MORE = 1.0001
TINY = 1e-9
FEWEST = 256

Numbers = NDArray[np.float64]
Rows = NDArray[np.intp]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """What is sifted of one report, in numbers: a row of each of the sieve's tables."""

    numbers: Numbers
    bits: Bits
    roots: Vector


def trace_of(told: Told) -> Trace:
    """Return what is sifted of a report.

    What two reports may have the same of is known by its hash: where two happen to have one hash,
    too much is let through. What a report does not have is no number, and equal to nothing.
    """
    words = told.wording
    general = told.category in GENERAL
    placed = told.lon is not None and told.lat is not None
    numbers = np.asarray(
        (
            told.at.timestamp() / WINDOW.total_seconds(),
            not placed,
            *_on_the_globe(told.lon or 0.0, told.lat or 0.0),
            general,
            bool(words.marks),
            bool(told.attachments),
            not told.grid_code,
            nan if general else _number(told.category),
            _number(told.name),
            _number(told.reporter),
            _number(told.object_name),
            _number(words.text if len(words.text) >= COPIED_LENGTH else ""),
            _number(told.grid_code),
            len(words.grams),
            len(words.sounds),
            len(words.words),
        )
    )
    return Trace(numbers, words.bits, told.sense.roots)


def _number(text: str) -> float:
    return float(hash(text)) if text else nan


def _on_the_globe(lon: float, lat: float) -> tuple[float, float, float]:
    """Return a point in metres from the middle of the earth."""
    east, north = radians(lon), radians(lat)
    out = EARTH_METRES * cos(north)
    return out * cos(east), out * sin(east), EARTH_METRES * sin(north)


class Sieve:
    """The traces of many reports in tables: kept by a row, sifted, let go."""

    def __init__(self, weights: Mapping[str, float], bias: float, suggest_at: float) -> None:
        def weight(name: str) -> float:
            return weights.get(name, 0.0)

        def at_most(name: str) -> float:
            return max(0.0, weight(name))

        # Two texts clash by none at least; so much the more may speak for them.
        self._bias = bias + at_most("other_trouble")
        self._least = _odds(suggest_at - ROUNDED_SCORE) - ROUNDING
        self._days, self._trouble = weight("days"), weight("trouble")
        self._near, self._far, self._not_far = at_most("near"), weight("far"), at_most("far")
        self._other_leaf = weight("other_leaf")
        self._equal = np.asarray([weight(name) for name in EQUAL])
        self._flags = np.asarray([0.0, at_most("marks"), at_most("attachment"), 0.0])
        self._shared = 2 * np.asarray([at_most(name) for name, _ in SETS])
        self._numbers: Numbers = np.empty((0, COLUMNS))
        self._bits: Bits = np.empty((0, WORDS), dtype=np.uint64)
        self._roots: Vector = np.empty((0, 0), dtype=np.float32)
        self._free: list[int] = []

    def keep(self, trace: Trace) -> int:
        """Take a report in; return its row."""
        if not self._free:
            self._grow(len(trace.roots))
        row = self._free.pop()
        self._numbers[row], self._bits[row] = trace.numbers, trace.bits
        self._roots[row] = trace.roots
        return row

    def let_go(self, rows: Iterable[int]) -> None:
        """Let rows hold other reports."""
        self._free.extend(rows)

    def _grow(self, troubles: int) -> None:
        held = len(self._numbers)
        more = max(FEWEST, held // 2)
        self._numbers = np.vstack((self._numbers, np.zeros((more, COLUMNS))))
        self._bits = np.vstack((self._bits, np.zeros((more, WORDS), dtype=np.uint64)))
        known = self._roots if held else np.empty((0, troubles), dtype=np.float32)
        self._roots = np.vstack((known, np.zeros((more, troubles), dtype=np.float32)))
        self._free.extend(reversed(range(held, held + more)))

    def sift(self, here: Trace, rows: Rows) -> tuple[Flags, Flags]:
        """Return of each row whether it may be like `here` enough, and whether its grid lets it.

        A case that has no row of the one, or none of the other, is certainly not shown.
        """
        if self._least == -inf:
            every = np.ones(len(rows), dtype=np.bool_)
            return every, every
        table, mine = self._numbers.take(rows, axis=0), here.numbers
        apart = np.abs(table[:, WHEN] - mine[WHEN])
        same = table[:, SAME] == mine[SAME]
        general, marked, attached, ungridded = mine[FLAGS].tolist()
        # Where neither is general, two leaves that are not the same are other ones.
        other = 0.0 if general else self._other_leaf
        odds = self._days * np.minimum(apart, 1.0) + (self._bias + other)
        odds += same @ (self._equal - (other, 0, 0, 0, 0, 0))
        odds += table[:, FLAGS] @ (self._flags * (0, marked, attached, 0) - (other, 0, 0, 0))
        odds += self._trouble * (self._roots.take(rows, axis=0) @ here.roots)
        odds += self._of_words(here, table, rows)
        # Near each other, two grids are a person's to judge; otherwise they are two matters.
        one_grid = same[:, NAME] | same[:, GRID] | (table[:, UNKNOWN_GRID] + ungridded > 0)
        if not mine[UNPLACED]:
            line = table[:, WHERE] - mine[WHERE]
            metres = np.sqrt(np.einsum("ij,ij->i", line, line)) * SHORTENED
            near = np.minimum(1.0, (FAR_METRES - metres) * (1 / (FAR_METRES - NEAR_METRES)))
            told = np.where(metres > FAR_METRES, self._far, self._near * near + self._not_far)
            placed = table[:, UNPLACED] == 0
            odds += told * placed
            one_grid |= (metres <= NEAR_METRES) & placed
        return np.asarray((apart <= WINDOW_AND_MORE) & (odds >= self._least)), one_grid

    def _of_words(self, here: Trace, table: Numbers, rows: Rows) -> Numbers:
        shared = np.bitwise_count(self._bits.take(rows, axis=0) & here.bits)
        sizes = here.numbers[SIZES]
        # Members that fall on the bit of another are taken for shared.
        crowded = sizes - np.bitwise_count(here.bits).astype(np.float32) @ PARTS
        most = shared.astype(np.float32) @ PARTS + crowded
        return np.asarray((most / (table[:, SIZES] + sizes + TINY)) @ self._shared)


def _odds(probability: float) -> float:
    if probability <= 0:
        return -inf
    return log(probability / (1 - probability))
