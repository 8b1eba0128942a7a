"""Publishes the figures of the departments 公布部门评价: once for each month, after its end."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from hub.ratings.publication import (
    COLUMNS,
    CitizenPart,
    Rules,
    TownshipPart,
    TownshipRating,
    months_due,
    published_row,
    township_part,
)
from hub.ratings.rating import Grade, month_of
from hub.runtime.periodic import repeat_forever
from hub.settings.town import RatingSettings
from hub.store.client import Store
from schemas.base import BEIJING

EVERY = 1800.0
"""Seconds between two looks at the calendar."""
SETTLING = timedelta(hours=1)
"""A month is published so long after its end: a rating of its last moment is stored by then."""
LAST = "SELECT max(month) FROM ratings_published"
DEPARTMENTS = """
SELECT code FROM units WHERE tier = 'county' AND unit_type != 'outside' ORDER BY code"""
RATINGS = """
SELECT unit, month, township, in_time, solved, grade FROM township_ratings
WHERE intDiv(month, 100) = {year:UInt32} AND month <= {month:UInt32}"""
SHOWN = """
SELECT unit, through, from_townships, in_time, solved, township_score, through_facts
FROM ratings_published
WHERE year = {year:UInt32} AND month < {month:UInt32} ORDER BY month"""
CITIZENS = """
SELECT unit, count(), avg(assumeNotNull(satisfied)) FROM evaluations
WHERE NOT handed_over AND satisfied IS NOT NULL
      AND toYYYYMM(at) BETWEEN {year:UInt32} * 100 AND {month:UInt32}
GROUP BY unit"""


def rules_of(settings: RatingSettings) -> Rules:
    """Return the rules of the settings."""
    return Rules(
        settings.rating_smallest, settings.rating_townships, settings.rating_township_weight
    )


def publish_due(store: Store, rules: Rules, now: datetime) -> list[int]:
    """Publish the months that have ended and are not published; return them. Raises engine errors.

    A month that is published again gives the same rows, which replace those that were there.
    """
    first = (now - SETTLING).astimezone(BEIJING).replace(day=1, hour=0)
    ended = month_of(first - timedelta(hours=1))
    ((last,),) = store.rows(LAST)
    due = months_due(int(last), ended)
    for month in due:
        _publish(store, rules, month)
    return due


def _publish(store: Store, rules: Rules, month: int) -> None:
    named = {"year": month // 100, "month": month}
    ratings: dict[str, list[TownshipRating]] = {}
    for unit, of, township, in_time, solved, grade in store.rows(RATINGS, named):
        rating = TownshipRating(of, township, _answer(in_time), _answer(solved), Grade(grade))
        ratings.setdefault(unit, []).append(rating)
    shown = {row[0]: TownshipPart(*row[1:]) for row in store.rows(SHOWN, named)}
    citizens = {row[0]: CitizenPart(*row[1:]) for row in store.rows(CITIZENS, named)}
    rows = []
    for (unit,) in store.rows(DEPARTMENTS):
        part = township_part(ratings.get(unit, ()), shown.get(unit, TownshipPart()), month, rules)
        rows.append(published_row(unit, month, part, citizens.get(unit, CitizenPart()), rules))
    if rows:
        store.insert("ratings_published", COLUMNS, rows)


def _answer(value: Any) -> bool | None:
    return None if value is None else bool(value)


async def publish_ratings_forever(
    settings: RatingSettings, store: Store, stop: asyncio.Event
) -> None:
    """Publish each month after its end, until stopped."""
    rules = rules_of(settings)

    async def work() -> int:
        await asyncio.to_thread(partial(publish_due, store, rules, datetime.now(UTC)))
        return 0

    await repeat_forever("ratings", work, EVERY, stop)
