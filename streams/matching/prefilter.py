"""Prefilter 粗筛: an upper bound of the score of a report with each of many others, at once.

A report meets dozens of open cases of its grid, and few are similar. The bound is never lower than
the score by `compare.features` and the weights. So the prefilter only drops cases that the full
comparison would drop too: it saves time and changes no decision.
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
    ComparableReport,
)
from streams.matching.fingerprint import SET_COLUMNS, SETS, UINT64_COUNT, Bits

ROUNDING = 0.01
"""Log odds that the rounding of features can add, with a margin."""
ROUNDED_SCORE = 0.0001
SHORTENED = 0.999
"""Factor on distances. The chord between two points is never longer than the arc; the factor makes
up for rounding."""
EQUAL = ("same_leaf", "same_name", "same_reporter", "same_object", "copied", "grid")
"""Properties that two reports can share: features, and the grid, which has no weight."""
WHEN, UNPLACED = 0, 1
WHERE, FLAGS, SAME, SIZES = slice(2, 5), slice(5, 9), slice(9, 15), slice(15, 18)
COLUMNS = 18
"""Number of columns of the table of numbers; the names above are columns of it."""
UNKNOWN_GRID = 8
NAME, GRID = 1, 5
"""Columns of `SAME`."""
WINDOW_AND_MORE = 1.0001
"""Largest distance in time, in windows, with a margin for rounding."""
TINY = 1e-9
"""Added to a divisor that may be 0."""
FEWEST = 256
"""Rows by which the tables grow at least."""

Numbers = NDArray[np.float64]
RowNumbers = NDArray[np.intp]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class FeatureRow:
    """One report in numbers: a row of each table of the prefilter.

    `numbers` has the shape (COLUMNS,), `bits` (UINT64_COUNT,), `roots` (issue classes,).
    """

    numbers: Numbers
    bits: Bits
    roots: Vector


def feature_row(report: ComparableReport) -> FeatureRow:
    """Return the row of a report.

    Texts are compared by their hash: if two texts have the same hash, the prefilter only lets
    through too much. A missing text is NaN, which is equal to nothing.
    """
    text = report.text
    general = report.category in GENERAL
    placed = report.lon is not None and report.lat is not None
    numbers = np.asarray(
        (
            report.at.timestamp() / WINDOW.total_seconds(),
            not placed,
            *_on_the_globe(report.lon or 0.0, report.lat or 0.0),
            general,
            bool(text.identifiers),
            bool(report.attachments),
            not report.grid_code,
            nan if general else _number(report.category),
            _number(report.name),
            _number(report.reporter),
            _number(report.object_name),
            _number(text.text if len(text.text) >= COPIED_LENGTH else ""),
            _number(report.grid_code),
            len(text.pair_set),
            len(text.phonetic_set),
            len(text.word_set),
        )
    )
    return FeatureRow(numbers, text.bits, report.classification.roots)


def _number(text: str) -> float:
    return float(hash(text)) if text else nan


def _on_the_globe(lon: float, lat: float) -> tuple[float, float, float]:
    """Return a point as x, y, z in metres from the centre of the earth."""
    east, north = radians(lon), radians(lat)
    out = EARTH_METRES * cos(north)
    return out * cos(east), out * sin(east), EARTH_METRES * sin(north)


class Prefilter:
    """The feature rows of many reports in tables: rows are added, filtered and released."""

    def __init__(self, weights: Mapping[str, float], bias: float, suggest_at: float) -> None:
        def weight(name: str) -> float:
            return weights.get(name, 0.0)

        def at_most(name: str) -> float:
            return max(0.0, weight(name))

        # The clash of two texts is at least 0. Where its weight is positive, it adds at most that.
        self._bias = bias + at_most("other_trouble")
        self._least = _odds(suggest_at - ROUNDED_SCORE) - ROUNDING
        self._days, self._issue_class = weight("days"), weight("trouble")
        self._near, self._far, self._not_far = at_most("near"), weight("far"), at_most("far")
        self._other_leaf = weight("other_leaf")
        self._equal = np.asarray([weight(name) for name in EQUAL])
        self._flags = np.asarray([0.0, at_most("marks"), at_most("attachment"), 0.0])
        self._shared = 2 * np.asarray([at_most(name) for name, _ in SETS])
        self._numbers: Numbers = np.empty((0, COLUMNS))
        self._bits: Bits = np.empty((0, UINT64_COUNT), dtype=np.uint64)
        self._roots: Vector = np.empty((0, 0), dtype=np.float32)
        self._free: list[int] = []

    def add(self, features: FeatureRow) -> int:
        """Store the row of a report; return its row number."""
        if not self._free:
            self._grow(len(features.roots))
        row = self._free.pop()
        self._numbers[row], self._bits[row] = features.numbers, features.bits
        self._roots[row] = features.roots
        return row

    def release(self, rows: Iterable[int]) -> None:
        """Free rows for other reports."""
        self._free.extend(rows)

    def _grow(self, issue_classes: int) -> None:
        size = len(self._numbers)
        more = max(FEWEST, size // 2)
        self._numbers = np.vstack((self._numbers, np.zeros((more, COLUMNS))))
        self._bits = np.vstack((self._bits, np.zeros((more, UINT64_COUNT), dtype=np.uint64)))
        roots = self._roots if size else np.empty((0, issue_classes), dtype=np.float32)
        self._roots = np.vstack((roots, np.zeros((more, issue_classes), dtype=np.float32)))
        self._free.extend(reversed(range(size, size + more)))

    def filter(self, report: FeatureRow, rows: RowNumbers) -> tuple[Flags, Flags]:
        """Return two flags per row: its score may be high enough; its grid permits a merge.

        A case may be dropped if none of its rows has the first flag, or none has the second.
        """
        if self._least == -inf:
            every = np.ones(len(rows), dtype=np.bool_)
            return every, every
        table, mine = self._numbers.take(rows, axis=0), report.numbers
        apart = np.abs(table[:, WHEN] - mine[WHEN])
        same = table[:, SAME] == mine[SAME]
        general, identified, attached, ungridded = mine[FLAGS].tolist()
        # If neither category is general and the leaves are not the same, they differ.
        other = 0.0 if general else self._other_leaf
        odds = self._days * np.minimum(apart, 1.0) + (self._bias + other)
        odds += same @ (self._equal - (other, 0, 0, 0, 0, 0))
        odds += table[:, FLAGS] @ (self._flags * (0, identified, attached, 0) - (other, 0, 0, 0))
        odds += self._issue_class * (self._roots.take(rows, axis=0) @ report.roots)
        odds += self._of_texts(report, table, rows)
        # If two grids are near each other, a person decides; otherwise they are two matters.
        grid_permits = same[:, NAME] | same[:, GRID] | (table[:, UNKNOWN_GRID] + ungridded > 0)
        if not mine[UNPLACED]:
            line = table[:, WHERE] - mine[WHERE]
            metres = np.sqrt(np.einsum("ij,ij->i", line, line)) * SHORTENED
            near = np.minimum(1.0, (FAR_METRES - metres) * (1 / (FAR_METRES - NEAR_METRES)))
            bound = np.where(metres > FAR_METRES, self._far, self._near * near + self._not_far)
            placed = table[:, UNPLACED] == 0
            odds += bound * placed
            grid_permits |= (metres <= NEAR_METRES) & placed
        return np.asarray((apart <= WINDOW_AND_MORE) & (odds >= self._least)), grid_permits

    def _of_texts(self, report: FeatureRow, table: Numbers, rows: RowNumbers) -> Numbers:
        """Return the most that words, characters and sounds can add to the log odds of each row."""
        shared = np.bitwise_count(self._bits.take(rows, axis=0) & report.bits)
        sizes = report.numbers[SIZES]
        # Members that fall on the bit of another member count as shared.
        crowded = sizes - np.bitwise_count(report.bits).astype(np.float32) @ SET_COLUMNS
        most = shared.astype(np.float32) @ SET_COLUMNS + crowded
        return np.asarray((most / (table[:, SIZES] + sizes + TINY)) @ self._shared)


def _odds(probability: float) -> float:
    if probability <= 0:
        return -inf
    return log(probability / (1 - probability))
