"""Publishing in the store: once a month, and the same again."""

from datetime import UTC, datetime
from uuid import uuid4

from hub.ratings.publication import COLUMNS as COLUMNS_PUBLISHED
from hub.ratings.publication import Rules
from hub.ratings.publish import publish_due
from hub.store.client import Store
from hub.store.staff_rows.township_ratings import COLUMNS
from schemas.base import BEIJING

RULES = Rules(smallest=5, townships=3, weight=0.5)
IN_MARCH = datetime(2026, 3, 2, 12, tzinfo=UTC)
IN_APRIL = datetime(2026, 4, 2, 12, tzinfo=UTC)
UNITS = (
    ["U-C", "城管局", "county", "421299", "bureau"],
    ["U-D", "住建局", "county", "421299", "bureau"],
    ["OUT", "县公安局", "county", "421299", "outside"],
    ["U-T", "城管所", "township", "421299001", "urban"],
)
FIGURES = (
    "SELECT unit, unit_name, month, from_townships, township_score, from_citizens,"
    " citizen_score, score FROM department_ratings ORDER BY unit"
)


def store_units(store: Store) -> None:
    """Store two departments, a body outside the town, and an office of a township."""
    store.insert("units", ["code", "name", "tier", "area", "unit_type"], UNITS)


def store_ratings(store: Store, month: int, townships: str, unit: str = "U-C") -> None:
    """Store a good rating of each township, a letter each."""
    rows = [
        [unit, month, f"{month}-{number}", name, True, True, "good", 1]
        for number, name in enumerate(townships)
    ]
    store.insert("township_ratings", COLUMNS, rows)


def store_evaluations(store: Store, *satisfied: bool, unit: str = "U-C") -> None:
    """Store evaluations by citizens in February."""
    at = datetime(2026, 2, 10, 12, tzinfo=BEIJING)
    text = '{{"responded":true,"settled":true,"satisfied":{}}}'
    rows = [[uuid4(), 0, 5, unit, at, text.format(str(good).lower())] for good in satisfied]
    store.insert("last_words", ["case_id", "round", "seq", "unit", "at", "said"], rows)


def test_the_months_that_have_ended_are_published(store: Store) -> None:
    """Each department of the county has its line, with both parts of February."""
    store_units(store)
    store_ratings(store, 202602, "AABBC")
    store_evaluations(store, True, True, True, True, False)
    assert publish_due(store, RULES, IN_MARCH) == [202601, 202602]
    assert store.rows(FIGURES) == [
        ("U-C", "城管局", 202602, 5, 1.0, 5, 0.8, 0.9),
        ("U-D", "住建局", 202602, None, None, None, None, None),
    ]


def test_a_month_is_published_once(store: Store) -> None:
    """A later rating of a published month cannot come; a second look publishes nothing."""
    store_units(store)
    store_ratings(store, 202602, "AABBC")
    publish_due(store, RULES, IN_MARCH)
    before = store.rows(FIGURES)
    assert publish_due(store, RULES, IN_MARCH) == []
    assert store.rows(FIGURES) == before


def test_the_running_month_stays_hidden(store: Store) -> None:
    """A rating of March changes no figure before April, and then only with enough others."""
    store_units(store)
    store_ratings(store, 202602, "AABBC")
    store_ratings(store, 202603, "D")
    publish_due(store, RULES, IN_MARCH)
    figures = store.rows(FIGURES)
    assert publish_due(store, RULES, IN_APRIL) == [202603]
    shown = store.rows(FIGURES)
    assert [row[3:] for row in shown] == [row[3:] for row in figures]
    assert {row[2] for row in shown} == {202603}


def test_a_month_is_published_after_its_last_hour(store: Store) -> None:
    """A rating of the last second of a month in Beijing is stored by then."""
    store_units(store)
    first = datetime(2026, 2, 1, 0, 59, tzinfo=BEIJING)
    assert publish_due(store, RULES, first) == [*range(202501, 202513)]
    assert publish_due(store, RULES, first.replace(hour=1)) == [202601]


def test_a_rating_that_was_changed_counts_once(store: Store) -> None:
    """The last version of an occasion counts."""
    store_units(store)
    store_ratings(store, 202602, "AABBC")
    changed = ["U-C", 202602, "202602-4", "C", False, False, "poor", 2]
    store.insert("township_ratings", COLUMNS, [changed])
    publish_due(store, RULES, IN_MARCH)
    ((_, _, _, ratings, score, *_), _) = store.rows(FIGURES)
    assert (ratings, score) == (5, 0.67)


def test_what_was_published_before_tasks_were_rated_stays(store: Store) -> None:
    """Figures of an earlier version have one month for all; the next month goes on from there."""
    store_units(store)
    store_ratings(store, 202601, "AABBC")
    old = [name for name in COLUMNS_PUBLISHED if name != "through_facts"]
    row = [2026, 202601, "U-C", 202601, 5, 1.0, 1.0, 1.0, None, None, 0.5, None, ""]
    store.insert("ratings_published", old, [row])
    tasks = [["U-C", 202602, f"t{name}", name, None, None, "poor", 1] for name in "DEFGH"]
    store.insert("township_ratings", COLUMNS, tasks)
    publish_due(store, RULES, IN_MARCH)
    figures = "SELECT through, through_facts, from_townships, in_time, township_score"
    where = "FROM ratings_published FINAL WHERE month = 202602 AND unit = 'U-C'"
    assert store.rows(f"{figures} {where}") == [(202602, 202601, 10, 1.0, 0.38)]
