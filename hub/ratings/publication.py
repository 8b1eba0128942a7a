"""What is published of the ratings 公布: figures that do not disclose a single rating. Pure.

Figures appear by month, after its end. A month with few ratings, or with ratings of few townships,
is not shown alone: it waits until the months after it have added enough. So two tables that were
published differ by enough ratings of enough townships, or not at all, and their difference
discloses none. The two questions that tasks are not asked have steps of their own. The months that
still wait at the end of a year are not counted in it. There is no
sum over departments from which a hidden row could be computed.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any

from hub.ratings.rating import SATISFIED, Grade, month_after

DECIMALS = 2
"""Shares are rounded to whole per cents."""
COLUMNS = (
    *("year", "month", "unit", "through", "from_townships", "in_time", "solved"),
    *("township_score", "from_citizens", "citizen_score", "township_weight", "score", "note"),
    "through_facts",
)


@dataclass(frozen=True, slots=True)
class Rules:
    """Smallest number of ratings and of townships that are shown, and the townships' weight."""

    smallest: int
    townships: int
    weight: float


@dataclass(frozen=True, slots=True)
class TownshipRating:
    """One rating of a department; `township` is a keyed hash. A task has a grade only."""

    month: int
    township: str
    in_time: bool | None
    solved: bool | None
    grade: Grade


@dataclass(frozen=True, slots=True)
class TownshipPart:
    """The figures of the ratings up to the month `through`; 0: none is shown yet.

    `in_time` and `solved` are those of the ratings up to `through_facts` that answer them.
    """

    through: int = 0
    ratings: int | None = None
    in_time: float | None = None
    solved: float | None = None
    score: float | None = None
    through_facts: int = 0


@dataclass(frozen=True, slots=True)
class CitizenPart:
    """Number of evaluations by citizens, and the share of those who are satisfied."""

    ratings: int = 0
    score: float = 0.0


def township_part(
    ratings: Sequence[TownshipRating], shown: TownshipPart, month: int, rules: Rules
) -> TownshipPart:
    """Return the figures after `month`, from the ratings of one department in one year.

    `shown` was published last. If too few ratings have been added since, it stays as it is.
    """
    facts = [rating for rating in ratings if rating.in_time is not None]
    through = _through(ratings, shown.through, month, rules)
    through_facts = _through(facts, shown.through_facts, month, rules)
    part = shown
    if through != shown.through:
        counted = [rating for rating in ratings if rating.month <= through]
        score = _share(counted, lambda rating: rating.grade in SATISFIED)
        part = replace(part, through=through, ratings=len(counted), score=score)
    if through_facts != shown.through_facts:
        counted = [rating for rating in facts if rating.month <= through_facts]
        part = replace(
            part,
            through_facts=through_facts,
            in_time=_share(counted, lambda rating: bool(rating.in_time)),
            solved=_share(counted, lambda rating: bool(rating.solved)),
        )
    return part


def _through(ratings: Sequence[TownshipRating], shown: int, month: int, rules: Rules) -> int:
    """Return the last month that may be shown: each step adds enough of enough townships."""
    through, waiting = shown, list[TownshipRating]()
    for each in sorted({rating.month for rating in ratings}):
        if not shown < each <= month:
            continue
        waiting += [rating for rating in ratings if rating.month == each]
        townships = {rating.township for rating in waiting}
        if len(waiting) >= rules.smallest and len(townships) >= rules.townships:
            through, waiting = each, []
    return through


def _share(ratings: Iterable[TownshipRating], is_good: Callable[[TownshipRating], bool]) -> float:
    """Return the mean of the townships' shares: one that rates often weighs like any other."""
    by_township: dict[str, list[bool]] = {}
    for rating in ratings:
        by_township.setdefault(rating.township, []).append(is_good(rating))
    return round(fmean(fmean(good) for good in by_township.values()), DECIMALS)


def published_row(
    unit: str, month: int, townships: TownshipPart, citizens: CitizenPart, rules: Rules
) -> list[Any]:
    """Return the row of `ratings_published` of a department after a month."""
    shows_citizens = citizens.ratings >= rules.smallest
    score = None
    if townships.score is not None and shows_citizens:
        mean = rules.weight * townships.score + (1 - rules.weight) * citizens.score
        score = round(mean, DECIMALS)
    return [
        *(month // 100, month, unit, townships.through, townships.ratings, townships.in_time),
        *(townships.solved, townships.score),
        citizens.ratings if shows_citizens else None,
        round(citizens.score, DECIMALS) if shows_citizens else None,
        *(rules.weight, score),
        note_of(rules, townships=townships.score is not None, citizens=shows_citizens),
        townships.through_facts,
    ]


def note_of(rules: Rules, *, townships: bool, citizens: bool) -> str:
    """Return the sentence that says which part is not shown, and why; empty if both are shown."""
    hidden = []
    if not townships:
        hidden.append(f"镇街评价不足{rules.smallest}件或不足{rules.townships}个镇街，不显示")
    if not citizens:
        hidden.append(f"群众评价不足{rules.smallest}件，不显示")
    return "；".join(hidden)


def months_due(last: int, ended: int) -> list[int]:
    """Return the months to publish: those after `last` up to `ended`, the last that has ended.

    If nothing was published yet (`last` is 0), they begin with the year of `ended`.
    """
    month = month_after(last) if last else ended // 100 * 100 + 1
    due = []
    while month <= ended:
        due.append(month)
        month = month_after(month)
    return due
