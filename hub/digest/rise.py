"""Unusual increases 突增: a day's counts against their own usual level, by a robust test. Pure.

Of each series (a trouble in a township) the usual level is that of comparable days before: working
days for a working day, days off for a day off. Past outbreaks are cut at Q3 + 1.5 IQR (Tukey's
fence), so that they do not hide the next one. How surely a day is above is the tail of a negative
binomial distribution with that mean, the spread that the series has shown or that all of them show
together (where several people tell one matter, days differ more than chance), and the uncertainty
of a mean of so few days. Of all series together the false discovery rate is held (Benjamini and
Hochberg, 1995): many series are looked at, so some would always seem high.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, exp, lgamma, log
from statistics import fmean, quantiles

HISTORY_DAYS = 56
"""Days before that are looked at: eight weeks."""
FEWEST_DAYS = 10
"""Comparable days that are needed to call anything usual."""
FALSE_SHARE = 0.05
"""Highest share of the reported rises that may be chance (false discovery rate)."""
FEWEST_PEOPLE = 3
"""A rise with fewer people on the day is not reported, however rare it is."""
LEAST_LIFT = 1.5
"""A rise below this multiple of the usual level is not reported, however certain."""
NEGLIGIBLE = 1e-18
TRIMMED = 0.001
"""Share of the days, those furthest from usual, that do not count for the common spread."""


@dataclass(frozen=True, slots=True)
class Series:
    """Counts of one trouble at one place: `today`, and the comparable days before."""

    key: tuple[str, ...]
    today: int
    before: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Rise:
    """A series that is above its usual level; `chance` is its share of false alarms at most (q)."""

    key: tuple[str, ...]
    today: int
    usual: float
    chance: float


def fenced(counts: Sequence[int]) -> list[float]:
    """Return counts, cut down to Tukey's upper fence."""
    low, _, high = quantiles(counts, n=4, method="inclusive")
    fence = max(high + 1.5 * (high - low), 1.0)
    return [min(float(count), fence) for count in counts]


def tail(today: int, mean: float, variance: float) -> float:
    """Return the chance of at least `today`, by the negative binomial of mean and variance."""
    spread = mean * mean / (variance - mean)
    share = mean / variance
    first = (
        lgamma(today + spread)
        - lgamma(spread)
        - lgamma(today + 1)
        + spread * log(share)
        + today * log(1 - share)
    )
    term, total, count = exp(first), 0.0, today
    while term > NEGLIGIBLE * total or count < mean:
        total += term
        count += 1
        term *= (1 - share) * (count - 1 + spread) / count
    return min(total, 1.0)


def spread_of(series: Sequence[Series]) -> float:
    """Return how much more all series together vary than by chance: variance over mean, 1 or more.

    A rare trouble has too few days with anything to show its own spread.
    """
    squares, expected = list[float](), 0.0
    for history in series:
        mean = fmean(history.before)
        squares += [(count - mean) ** 2 for count in history.before]
        expected += mean * (len(history.before) - 1)
    squares.sort()
    trimmed_counts = squares[: len(squares) - ceil(len(squares) * TRIMMED)]
    return max(1.0, sum(trimmed_counts) / expected) if expected else 1.0


def usual(before: Sequence[int], common: float = 1.0) -> tuple[float, float]:
    """Return the usual level of a day, and the variance with which a further day falls around it.

    `common` is the spread of all series together. Half an event is added to what was counted: none
    in eight weeks does not mean never.
    """
    trimmed_counts = fenced(before)
    mean = (sum(trimmed_counts) + 0.5) / len(trimmed_counts)
    level = fmean(trimmed_counts)
    around = fmean((count - level) ** 2 for count in trimmed_counts)
    spread = max(common, around / (level or 1.0))
    return mean, spread * mean * (1 + 1 / len(trimmed_counts))


def rises(series: Iterable[Series], false_share: float = FALSE_SHARE) -> list[Rise]:
    """Return the series that rose, surest first; all are counted, though few are looked at."""
    known = [history for history in series if len(history.before) >= FEWEST_DAYS]
    looked_at, common = [], spread_of(known)
    for history in known:
        mean, variance = usual(history.before, common)
        if history.today >= max(FEWEST_PEOPLE, LEAST_LIFT * mean):
            looked_at.append((tail(history.today, mean, variance), history, mean))
    looked_at.sort(key=lambda result: (result[0], result[1].key))
    risen, chance = list[Rise](), 1.0
    for rank in range(len(looked_at), 0, -1):
        value, history, mean = looked_at[rank - 1]
        chance = min(chance, value * len(known) / rank)
        if chance <= false_share:
            risen.append(Rise(history.key, history.today, mean, chance))
    return risen[::-1]
