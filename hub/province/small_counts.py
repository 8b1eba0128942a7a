"""Keeps small counts in the city 小数保护. Pure.

A count below the minimum says something about a few people, and with what a neighbour knows it may
say something about one of them. The functions here make the only forms in which counts leave.
"""

from collections.abc import Collection, Mapping

from schemas.province import Breakdown, DistrictRate, Hidden, Row, Share

ENOUGH = 10
"""A rate of a district needs so many times the minimum: of less it says little."""


def breakdown(counts: Mapping[str, int], smallest: int) -> Breakdown:
    """Return a table of counts by key; rows below `smallest` are counted together as `other`.

    If `other` is still too small, it takes in the next row, so that the total minus the rows shows
    no small count. If all rows together are too few, the total is hidden too.
    """
    rows = sorted(((count, key) for key, count in counts.items() if count), reverse=True)
    other = 0
    while rows and (rows[-1][0] < smallest or 0 < other < smallest):
        other += rows.pop()[0]
    hidden = Hidden.FEW if 0 < other < smallest else other
    return Breakdown(rows=tuple(Row(key=key, count=count) for count, key in rows), other=hidden)


def share(whole: int, part: int, smallest: int) -> Share:
    """Return a part of a whole; the part is hidden if it, or the rest, is below `smallest`."""
    if 0 < whole < smallest:
        return Share(whole=Hidden.FEW, part=Hidden.WITHHELD)
    if 0 < part < smallest:
        return Share(whole=whole, part=Hidden.FEW)
    if 0 < whole - part < smallest:
        return Share(whole=whole, part=Hidden.NEARLY_ALL)
    return Share(whole=whole, part=part)


def district_rates(
    counts: Mapping[str, tuple[int, int]], districts: Collection[str], smallest: int
) -> tuple[DistrictRate, ...]:
    """Return the share of what was settled in time, by district, sorted by code.

    `counts` has what was settled, and what of it in time, by district; also of places that are none
    of `districts`. The city publishes the sums, so whatever is not listed must not be small by
    itself: until it is not, it takes in the listed district with the least.
    """
    listed = sorted(
        (whole, part, code)
        for code, (whole, part) in counts.items()
        if code in districts and whole >= ENOUGH * smallest and _is_safe(whole, part, smallest)
    )
    names = {code for _, _, code in listed}
    rest = [pair for code, pair in counts.items() if code not in names]
    whole, part = sum(pair[0] for pair in rest), sum(pair[1] for pair in rest)
    while listed and not _is_safe(whole, part, smallest):
        least = listed.pop(0)
        whole, part = whole + least[0], part + least[1]
    rates = sorted((code, round(100 * part / whole)) for whole, part, code in listed)
    return tuple(DistrictRate(code=code, percent=percent) for code, percent in rates)


def _is_safe(whole: int, part: int, smallest: int) -> bool:
    """Whether neither a whole, nor its part, nor the rest is a small count."""
    return not any(0 < count < smallest for count in (whole, part, whole - part))


def rounded(count: int, smallest: int) -> int:
    """Return the multiple of `smallest` that is nearest to a count, the higher of two.

    The rows of a table add up to the month. Exact days would add up to it, too, and a hidden one
    could be computed; rounded days cannot.
    """
    return (count + smallest // 2) // smallest * smallest
