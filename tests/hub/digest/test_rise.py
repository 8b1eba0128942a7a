"""Rises: how often a quiet day raises a false alarm, and how surely a rise is detected.

These tests compute the figures of docs/digest.md.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from hub.digest.rise import FEWEST_DAYS, Series, fenced, rises, tail, usual

PAGE = Path(__file__).parents[3] / "docs/digest.md"
DAYS, SERIES, DIGESTS = 40, 200, 150
"""Working days of eight weeks; matters times townships; number of drawn digests."""
SIZES, SHARES = (1, 2, 5), (0.6, 0.2, 0.2)
"""Numbers of people who report one matter, and how often each number occurs."""


def draw_series(
    draw: np.random.Generator, levels: Sequence[float], *, in_groups: bool
) -> list[Series]:
    """Return counts of people by day: each alone, or each matter reported by one to five people."""
    means = np.repeat(np.asarray(levels)[:, None], DAYS + 1, axis=1)
    if in_groups:
        people = draw.multinomial(draw.poisson(means / 2), SHARES) @ SIZES
    else:
        people = draw.poisson(means)
    return [
        Series((str(number),), today, tuple(before))
        for number, (today, *before) in enumerate(people.tolist())
    ]


def county(draw: np.random.Generator, *, in_groups: bool, series: int = SERIES) -> list[Series]:
    """Return a day without any rise; levels from one a month to five a day."""
    return draw_series(
        draw, draw.choice((0.03, 0.1, 0.3, 0.8, 2.0, 5.0), series), in_groups=in_groups
    )


def alarms(*, in_groups: bool) -> str:
    """Return how many series a quiet day's digest names, and how many digests name any."""
    draw = np.random.default_rng(1)
    named = [len(rises(county(draw, in_groups=in_groups))) for _ in range(DIGESTS)]
    return f"{sum(named) / DIGESTS:.2f} | {sum(map(bool, named)) / DIGESTS:.0%}"


def seen(level: float, people: int) -> str:
    """Return how often a rise of a number of people is named among the other series."""
    draw, named = np.random.default_rng(2), 0
    for _ in range(DIGESTS):
        others = county(draw, in_groups=False, series=60)
        [quiet] = draw_series(draw, [level], in_groups=False)
        risen = Series(("risen",), quiet.today + people, quiet.before)
        named += any(rise.key == ("risen",) for rise in rises([risen, *others]))
    return f"{named / DIGESTS:.0%}"


def test_quiet_days_rarely_raise_alarms() -> None:
    """False alarms are as rare as the page states, also if groups report the same matter."""
    page = PAGE.read_text(encoding="utf-8")
    alone, groups = alarms(in_groups=False), alarms(in_groups=True)
    assert f"| each alone | {alone} |" in page
    assert f"| in groups of one to five | {groups} |" in page


@pytest.mark.parametrize(("level", "people"), [(0.1, 3), (0.1, 5), (0.8, 5), (2.0, 8), (5.0, 12)])
def test_a_rise_is_detected(level: float, people: int) -> None:
    """A rise is detected as surely as the page states."""
    assert f"| {level:g} | {people} | {seen(level, people)} |" in PAGE.read_text(encoding="utf-8")


def test_a_past_outbreak_does_not_hide_the_next() -> None:
    """Forty people on one day last month do not raise the usual level."""
    quiet = [1, 0, 2, 1, 0, 1, 2, 0, 1, 1] * 4
    outbreak = [*quiet[:20], 40, *quiet[21:]]
    assert max(fenced(outbreak)) <= 4
    assert usual(outbreak)[0] == pytest.approx(usual(quiet)[0], abs=0.15)
    (named,) = rises([Series(("a",), 9, tuple(outbreak))])
    assert named.today == 9
    assert named.chance < 0.01


def test_without_history_nothing_is_called_a_rise() -> None:
    """Neither is a rare matter of two people, nor a count a little above a high level."""
    assert rises([Series(("a",), 50, (0,) * (FEWEST_DAYS - 1))]) == []
    assert rises([Series(("a",), 2, (0,) * 40)]) == []
    assert rises([Series(("a",), 140, (100,) * 40)]) == []
    assert len(rises([Series(("a",), 160, (100,) * 40)])) == 1


def test_the_tail_is_that_of_the_distribution() -> None:
    """It equals plain sums; far out it is small, but not zero."""
    mean, variance = 2.0, 3.0
    spread, share = mean * mean / (variance - mean), mean / variance
    chances, term = [], share**spread
    for count in range(200):
        chances.append(term)
        term *= (1 - share) * (count + spread) / (count + 1)
    for today in (0, 1, 2, 5, 12):
        assert tail(today, mean, variance) == pytest.approx(sum(chances[today:]), rel=1e-9)
    assert 0 < tail(500, mean, variance) < 1e-60
    assert tail(1000, 990.0, 1020.0) == pytest.approx(0.38, abs=0.02)
