"""The rating of a department 镇街评价: the answers of a form, and the row that keeps them. Pure.

The row has keyed hashes in place of the case and the township. Only a process that has the key can
compute them, and it needs the case for that. So the row of an occasion can be replaced, but nobody
can read from the table which township has rated what.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from hub.ratings.occasion import Occasion
from hub.security.sealing import Sealer
from schemas.base import BEIJING

KNOWN = """
SELECT occasion, month, version FROM township_ratings
WHERE occasion IN {occasions:Array(String)}"""
"""What is known of rated occasions: never the rating itself."""
YES, NO = "yes", "no"
ANSWERS = {YES: "是", NO: "否"}
LAST_MONTH_OF_YEAR = 12


class Grade(StrEnum):
    """How satisfied the township is: the three words with which citizens rate an answer."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


GRADE_NAMES: dict[str, str] = {Grade.GOOD: "满意", Grade.FAIR: "基本满意", Grade.POOR: "不满意"}
SATISFIED = frozenset({Grade.GOOD, Grade.FAIR})
"""Grades that count as satisfied, as in the evaluations of all channels 满意率."""


@dataclass(frozen=True, slots=True)
class Rating:
    """Whether a department came or took over in time, whether it solved the matter, the grade.

    Of a task only the grade is asked; the others are None.
    """

    in_time: bool | None
    solved: bool | None
    grade: Grade


@dataclass(frozen=True, slots=True)
class Known:
    """When an occasion was rated first, such as 202611, and how often."""

    month: int
    version: int


def read_rating(fields: Mapping[str, str]) -> Rating:
    """Return the rating of a form; raises `ValueError` with the question that is not answered."""
    for name, question in {"in_time": "是否及时", "solved": "是否解决"}.items():
        if fields.get(name) not in ANSWERS:
            raise ValueError(f"请回答{question}")
    return Rating(fields["in_time"] == YES, fields["solved"] == YES, _grade(fields))


def read_task_rating(fields: Mapping[str, str]) -> Rating:
    """Return the rating of the form of a task; raises `ValueError` without a grade."""
    return Rating(None, None, _grade(fields))


def _grade(fields: Mapping[str, str]) -> Grade:
    if fields.get("grade") not in GRADE_NAMES:
        raise ValueError("请选择满意、基本满意或不满意")
    return Grade(fields["grade"])


def month_of(at: datetime) -> int:
    """Return the month of a time in Beijing, such as 202611."""
    local = at.astimezone(BEIJING)
    return local.year * 100 + local.month


def month_after(month: int) -> int:
    """Return the next month."""
    year, number = divmod(month, 100)
    return month + 1 if number < LAST_MONTH_OF_YEAR else (year + 1) * 100 + 1


def occasion_key(sealer: Sealer, occasion: Occasion) -> str:
    """Return the keyed hash of unit, case and department: rated again, it is still one rating."""
    named = f"{occasion.asked_by}/{occasion.case_id}/{occasion.unit}"
    return sealer.match_key("rating", named)


def row_of(
    sealer: Sealer, occasion: Occasion, township: str, rating: Rating, known: Known
) -> list[Any]:
    """Return the row of `township_ratings`; `known.version` is its number."""
    unit, year = occasion.unit, known.month // 100
    return [
        *(unit, known.month, occasion_key(sealer, occasion)),
        # Another hash for each department and year: nobody can follow a township through the table.
        sealer.match_key("rating_township", f"{township}/{unit}/{year}"),
        *(rating.in_time, rating.solved, str(rating.grade), known.version),
    ]
