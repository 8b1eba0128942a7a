"""Prefilter 粗筛: an upper bound of the score of a report with each of many others, at once.

A report meets dozens of open cases of its grid, and few are similar. The bound is never lower than
the score by `compare.features` and the weights. So the prefilter only drops cases that the full
comparison would drop too: it saves time and changes no decision.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from math import cos, inf, log, log1p, nan, radians, sin
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from streams.matching.classify import Vector
from streams.matching.compare import (
    COPIED_LENGTH,
    DAY,
    EARTH_METRES,
    ELSEWHERE,
    FAR_METRES,
    GENERAL,
    NEAR_METRES,
    YEAR,
    ComparableReport,
)
from streams.matching.fingerprint import (
    SET_COLUMNS,
    SETS,
    UINT64_COUNT,
    Bits,
    distinct,
    fingerprint,
)
from streams.matching.terms import BUCKETS, SEGMENT_STARTS, SEGMENTS, TERMS, Terms
from streams.matching.text import normalise
from streams.matching.weights import Weights, WeightSet

ROUNDING = 0.02
"""Log odds that the rounding of features can add, with a margin."""
ROUNDED_SCORE = 0.0001
SHORTENED = 0.999
"""Factor on distances. The chord between two points is never longer than the arc; the factor makes
up for rounding."""
EQUAL = ("same_leaf", "same_name", "same_reporter", "same_object", "copied", "grid")
"""Properties that two reports can share: features, and the grid, which has no weight."""
WHEN, UNPLACED = 0, 1
WHERE, FLAGS, SAME, SIZES = slice(2, 5), slice(5, 11), slice(11, 17), slice(17, 20)
COLUMNS = 20
"""Number of columns of the table of numbers; the names above are columns of it."""
GENERAL_LEAF, IDENTIFIED, ATTACHED, UNKNOWN_GRID, NAMED, NAMES_PLACE = range(5, 11)
LEAF, NAME, GRID = 0, 1, 5
"""Columns of `SAME`."""
LOWEST_ODDS = -1e9
"""In place of minus infinity, so that a difference of two odds is a number."""
EQUAL_AT, SETS_AT, COSINES_AT, PRODUCTS_AT = slice(6), slice(11, 14), slice(14, 17), slice(17, 19)
DAYS_AT, OTHER_LEAF_AT, MARKS_AT, ATTACHMENT_AT, TROUBLE_AT = range(6, 11)
ELSEWHERE_AT, NOT_ELSEWHERE_AT, NEAR_AT, NOT_FAR_AT, FAR_AT = range(19, 24)
COMPARED = 24
"""Number of similarities of two rows; the names above are their columns."""
TINY = 1e-9
"""Added to a divisor that may be 0."""
FEWEST = 256
"""Rows by which the tables grow at least."""
CACHED_ROWS = 1000
"""Reports whose rows are cached, about 2 kB each: those that were read last."""

Numbers = NDArray[np.float64]
RowNumbers = NDArray[np.intp]
Flags = NDArray[np.bool_]
Element = TypeVar("Element", bound=np.generic)


@dataclass(frozen=True, slots=True, eq=False)
class FeatureRow:
    """One report in numbers: a row of each table of the prefilter.

    `numbers` has the shape (COLUMNS,), `bits` (UINT64_COUNT,), `roots` (issue classes,), `terms`
    twice (TERMS,). `name` is that of the place, normalised as in `text`.
    """

    numbers: Numbers
    bits: Bits
    roots: Vector
    terms: Terms
    name: str
    text: str

    @property
    def crowded(self) -> Numbers:
        """How many members of each set fall on the bit of another member; shape (sets,)."""
        counts = np.bitwise_count(self.bits).astype(np.float32) @ SET_COLUMNS
        return np.asarray(self.numbers[SIZES] - counts)


@lru_cache(maxsize=CACHED_ROWS)
def feature_row(report: ComparableReport) -> FeatureRow:
    """Return the row of a report; cached, because a report is looked up, and then stored.

    Texts are compared by their hash: if two texts have the same hash, the prefilter only lets
    through too much. A missing text is NaN, which is equal to nothing.
    """
    text, sounds = report.text, report.text.phonetic
    general = report.category in GENERAL
    placed = report.lon is not None and report.lat is not None
    numbers = np.asarray(
        (
            report.at.timestamp() / DAY.total_seconds(),
            not placed,
            *_on_the_globe(report.lon or 0.0, report.lat or 0.0),
            general,
            bool(text.identifiers),
            bool(report.attachments),
            not report.grid_code,
            bool(report.name),
            report.names_place,
            nan if general else _number(report.category),
            _number(report.name),
            _number(report.reporter),
            _number(report.object_name),
            _number(text.text if len(text.text) >= COPIED_LENGTH else ""),
            _number(report.grid_code),
            distinct(text.pairs),
            distinct(sounds),
            len(text.words),
        )
    )
    bits = fingerprint(text.pairs, sounds, text.words)
    roots, name = report.classification.roots, normalise(report.name) if report.name else ""
    return FeatureRow(numbers, bits, roots, report.terms, name, text.text)


def _number(text: str) -> float:
    return float(hash(text)) if text else nan


def _on_the_globe(lon: float, lat: float) -> tuple[float, float, float]:
    """Return a point as x, y, z in metres from the centre of the earth."""
    east, north = radians(lon), radians(lat)
    out = EARTH_METRES * cos(north)
    return out * cos(east), out * sin(east), EARTH_METRES * sin(north)


@dataclass(frozen=True, slots=True, eq=False)
class Filtered:
    """What the prefilter knows of the rows of the cases that the grid permits.

    Scores are log odds above the lowest that is shown.
    """

    kept: RowNumbers
    """Which of the filtered rows these are: positions, ascending."""
    most: Numbers
    """The most that the score of each can be."""
    rank: Callable[[], Numbers]
    """Returns the same without words, characters and sounds, whose bits differ between processes.

    Cases are ranked by it, so that a replay compares the same ones.
    """


class _Bound:
    """The upper bound of the score by one set of weights: a linear sum of similarities."""

    def __init__(self, used: WeightSet) -> None:
        def weight(name: str) -> float:
            return used.weights.get(name, 0.0)

        def at_most(name: str) -> float:
            return max(0.0, weight(name))

        # The clash of two texts is at least 0. Where its weight is positive, it adds at most that.
        self.bias = used.bias + at_most("other_trouble")
        self.least = _odds(used.least - ROUNDED_SCORE) - ROUNDING
        self.weights = np.asarray(
            [
                *(weight(name) for name in EQUAL),
                weight("days"),
                weight("other_leaf"),
                at_most("marks"),
                at_most("attachment"),
                weight("trouble"),
                *(2 * at_most(name) for name, _ in SETS),
                *(weight(name) for name in SEGMENTS),
                weight("title_place"),
                weight("text_place"),
                weight("other_place"),
                at_most("other_place"),
                at_most("near"),
                at_most("far"),
                weight("far"),
            ]
        )

    def most(self, similarities: Numbers) -> Numbers:
        """Return the most that the score of each row can be, in log odds above the lowest shown."""
        return np.asarray(similarities @ self.weights + (self.bias - max(self.least, LOWEST_ODDS)))


class Prefilter:
    """The feature rows of many reports in tables: rows are added, filtered and released."""

    def __init__(self, weights: Weights) -> None:
        self._settled = _Bound(weights)
        self._by_words = _Bound(weights.by_words) if weights.by_words else None
        self._numbers: Numbers = np.empty((0, COLUMNS))
        self._bits: Bits = np.empty((0, UINT64_COUNT), dtype=np.uint64)
        self._roots: Vector = np.empty((0, 0), dtype=np.float32)
        self._codes = np.empty((0, TERMS), dtype=np.uint32)
        self._weights: Vector = np.empty((0, TERMS), dtype=np.float32)
        self._known: Vector = np.zeros(len(SEGMENTS) * BUCKETS, dtype=np.float32)
        """The weight of each term of the report that is compared; all 0 between two reports."""
        self._names: dict[int, tuple[str, str]] = {}
        """Per row, the name of its place and its text."""
        self._free: list[int] = []

    def add(self, features: FeatureRow) -> int:
        """Store the row of a report; return its row number."""
        if not self._free:
            self._grow(len(features.roots))
        row = self._free.pop()
        self._numbers[row], self._bits[row] = features.numbers, features.bits
        self._roots[row] = features.roots
        self._codes[row], self._weights[row] = features.terms.codes, features.terms.weights
        self._names[row] = features.name, features.text
        return row

    def release(self, rows: Iterable[int]) -> None:
        """Free rows for other reports."""
        self._free.extend(rows)

    def _grow(self, issue_classes: int) -> None:
        size = len(self._numbers)
        more = max(FEWEST, size // 2)
        roots = self._roots if size else np.empty((0, issue_classes), dtype=np.float32)
        self._numbers = _with_more_rows(self._numbers, more)
        self._bits = _with_more_rows(self._bits, more)
        self._roots = _with_more_rows(roots, more)
        self._codes = _with_more_rows(self._codes, more)
        self._weights = _with_more_rows(self._weights, more)
        self._free.extend(reversed(range(size, size + more)))

    def filter(self, report: FeatureRow, rows: RowNumbers, owners: RowNumbers) -> Filtered:
        """Return the bounds of the rows of those cases that the grid permits.

        `owners` are the cases of the rows: ascending numbers from 0. One row in a grid that permits
        no merge bars its case, as in `Matcher`; no more is computed of its rows. A case may be
        dropped if the score of all its rows is negative.
        """
        table = self._numbers.take(rows, axis=0)
        same = table[:, SAME] == report.numbers[SAME]
        metres = _metres(table, report.numbers)
        permits = self._grid_permits(report, rows, table, same, metres)
        if permits.all():
            kept = np.arange(len(rows))
        else:
            barred = np.zeros(int(owners[-1]) + 1, dtype=np.bool_)
            barred[owners[~permits]] = True
            kept = np.flatnonzero(~barred.take(owners))
            table, same, rows = table.take(kept, axis=0), same.take(kept, axis=0), rows.take(kept)
            metres = None if metres is None else metres.take(kept)
        settled = same[:, NAME] | same[:, GRID]
        columns = self._similarities_of(report, rows, table, same, metres)

        def rank() -> Numbers:
            without_sets = columns.copy()
            without_sets[:, SETS_AT] = 0.0
            return self._most(without_sets, settled)

        return Filtered(kept, self._most(columns, settled), rank)

    def _grid_permits(
        self,
        report: FeatureRow,
        rows: RowNumbers,
        table: Numbers,
        same: Flags,
        metres: Numbers | None,
    ) -> Flags:
        """Return whether the grid of each row permits a merge, or that a person is asked.

        It does if one of the grids is unknown, if the reports are near each other, or if one text
        names the place of the other too. The rest are two matters.
        """
        if report.numbers[UNKNOWN_GRID]:
            return np.ones(len(rows), dtype=np.bool_)
        permits = same[:, NAME] | same[:, GRID] | (table[:, UNKNOWN_GRID] > 0)
        if metres is not None:
            permits |= (metres <= NEAR_METRES) & (table[:, UNPLACED] == 0)
        if report.numbers[NAMED]:
            text, name = report.text, report.name
            unsettled = np.flatnonzero(~permits & (table[:, NAMED] > 0))
            others = map(self._names.__getitem__, rows.take(unsettled).tolist())
            permits[unsettled] = [other in text or name in its_text for other, its_text in others]
        return np.asarray(permits)

    def _most(self, columns: Numbers, settled: Flags) -> Numbers:
        """Return the most that the score of each row can be, by the weights that apply to it."""
        most = self._settled.most(columns)
        if self._by_words is None:
            return most
        return np.where(settled, most, self._by_words.most(columns))

    def _similarities_of(
        self,
        report: FeatureRow,
        rows: RowNumbers,
        table: Numbers,
        same: Flags,
        metres: Numbers | None,
    ) -> Numbers:
        """Return the similarities of each row with the report, in the order of `_Bound.weights`.

        The shape is (rows, columns). `metres` are the distances; None: the report has no point.
        """
        mine = report.numbers
        general, identified, attached, _, _, names_place = mine[FLAGS].tolist()
        columns = np.zeros((len(rows), COMPARED))
        columns[:, EQUAL_AT] = same
        days = np.abs(table[:, WHEN] - mine[WHEN])
        columns[:, DAYS_AT] = np.minimum(1.0, np.log1p(days) * (1 / log1p(YEAR)))
        if not general:
            # If neither category is general and the leaves are not the same, they differ.
            columns[:, OTHER_LEAF_AT] = 1 - table[:, GENERAL_LEAF] - same[:, LEAF]
        if identified:
            columns[:, MARKS_AT] = table[:, IDENTIFIED]
        if attached:
            columns[:, ATTACHMENT_AT] = table[:, ATTACHED]
        columns[:, TROUBLE_AT] = self._roots.take(rows, axis=0) @ report.roots
        columns[:, SETS_AT] = self._of_sets(report, table, rows)
        cosines = self._cosines(report.terms, rows)
        columns[:, COSINES_AT] = cosines
        columns[:, PRODUCTS_AT] = cosines[:, :2] * cosines[:, 2:]
        if names_place:
            elsewhere = cosines[:, 2] < ELSEWHERE - ROUNDED_SCORE
            columns[:, ELSEWHERE_AT] = table[:, NAMES_PLACE] * elsewhere
            columns[:, NOT_ELSEWHERE_AT] = table[:, NAMES_PLACE] * ~elsewhere
        if metres is not None:
            placed = table[:, UNPLACED] == 0
            far = metres > FAR_METRES
            near = np.minimum(1.0, (FAR_METRES - metres) * (1 / (FAR_METRES - NEAR_METRES)))
            columns[:, NEAR_AT] = near * (placed & ~far)
            columns[:, NOT_FAR_AT] = placed & ~far
            columns[:, FAR_AT] = placed & far
        return columns

    def _of_sets(self, report: FeatureRow, table: Numbers, rows: RowNumbers) -> Numbers:
        """Return half the largest overlap of words, characters and sounds with each row."""
        shared = np.bitwise_count(self._bits.take(rows, axis=0) & report.bits)
        # Members that fall on the bit of another member count as shared.
        most = shared.astype(np.float32) @ SET_COLUMNS + report.crowded
        return np.asarray(most / (table[:, SIZES] + (report.numbers[SIZES] + TINY)))

    def _cosines(self, terms: Terms, rows: RowNumbers) -> Vector:
        """Return the cosines of the terms of title, text and place with each row."""
        self._known[terms.codes] = terms.weights
        shared = self._known.take(self._codes.take(rows, axis=0))
        self._known[terms.codes] = 0.0
        shared *= self._weights.take(rows, axis=0)
        return np.minimum(1.0, np.add.reduceat(shared, SEGMENT_STARTS, axis=1))


def _with_more_rows(table: NDArray[Element], more: int) -> NDArray[Element]:
    """Return a copy with empty rows at its end. They take no memory until they are written."""
    grown = np.zeros((len(table) + more, table.shape[1]), dtype=table.dtype)
    grown[: len(table)] = table
    return grown


def _metres(table: Numbers, mine: Numbers) -> Numbers | None:
    """Return the distance of each row, slightly shortened; None: the report has no point."""
    if mine[UNPLACED]:
        return None
    line = table[:, WHERE] - mine[WHERE]
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", line, line)) * SHORTENED)


def _odds(probability: float) -> float:
    if probability <= 0:
        return -inf
    return log(probability / (1 - probability))
