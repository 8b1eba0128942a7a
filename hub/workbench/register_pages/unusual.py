"""What an auditor should look at first 异常查看: by the numbers of each member. Pure.

The bounds are our own: no regulation has any. They only sort what an auditor reads; they refuse
nothing.
"""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

FEWEST_LOOKS = 10
"""Fewer looks in 30 days are no unusual number."""
TIMES_MEDIAN = 3
MOST_MISSES = 3
MOST_SAME_WORDS = 5
MOST_NOT_VISITED = 3


def unusual(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Return by member what is unusual, in Chinese; a row has the columns of `query.MEMBERS`.

    It also has `not_visited`, the looks for a visit that nobody reported.
    """
    middle = median(int(row["looks"]) for row in rows) if rows else 0
    reasons: dict[str, list[str]] = {}
    for row in rows:
        # A member who changed his role has two rows.
        known = reasons.setdefault(str(row["who"]), [])
        known += [reason for reason in _reasons(row, middle) if reason not in known]
    return reasons


def _reasons(row: Mapping[str, Any], middle: float) -> list[str]:
    number = {name: int(row[name]) for name in ("looks", "misses", "refused", "at_night")}
    reasons = []
    if number["looks"] >= max(FEWEST_LOOKS, TIMES_MEDIAN * middle):
        reasons.append(f"查看次数是中位数的{TIMES_MEDIAN}倍以上")
    if number["misses"] >= MOST_MISSES:
        reasons.append("多次未查到，可能在试号码")
    if number["refused"]:
        reasons.append("有被拒绝的查看")
    if number["at_night"]:
        reasons.append("夜间查看")
    if int(row["not_visited"]) >= MOST_NOT_VISITED:
        reasons.append("用途是走访，之后没有走访记录")
    if int(row["same_words"]) >= MOST_SAME_WORDS:
        reasons.append("事由总是相同")
    return reasons
