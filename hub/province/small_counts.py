"""Keeps small counts in the city 小数保护. Pure.

A count below the minimum says something about a few people, and with what a neighbour knows it may
say something about one of them. The functions here make the only forms in which counts leave.
"""

from collections.abc import Mapping

from schemas.province import Breakdown, Hidden, Row, Share


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


def rounded(count: int, smallest: int) -> int:
    """Return the multiple of `smallest` that is nearest to a count, the higher of two.

    The rows of a table add up to the month. Exact days would add up to it, too, and a hidden one
    could be computed; rounded days cannot.
    """
    return (count + smallest // 2) // smallest * smallest
