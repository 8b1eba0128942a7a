"""The published figures of ratings: what they count, and that no rating can be inferred."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from hub.ratings.rating import Grade

RULES = Rules(smallest=5, townships=3, weight=0.5)
NOTHING = TownshipPart()
MONTHS = range(202601, 202613)


def ratings(month: int, townships: str, grade: Grade = Grade.GOOD) -> list[TownshipRating]:
    """Return a rating of each township, a letter each, in a month."""
    good = grade is not Grade.POOR
    return [
        TownshipRating(month, name, in_time=good, solved=good, grade=grade) for name in townships
    ]


@pytest.mark.parametrize("townships", ["ABC", "AABB", "AAABB", "AAAAAAAAAA"])
def test_few_ratings_or_few_townships_are_not_shown(townships: str) -> None:
    """Four ratings are too few, and so are a hundred of two townships."""
    assert township_part(ratings(202601, townships), NOTHING, 202612, RULES) == NOTHING


def test_enough_ratings_are_shown() -> None:
    """Five ratings of three townships give the number and the shares."""
    part = township_part(ratings(202601, "AABBC"), NOTHING, 202601, RULES)
    assert part == TownshipPart(202601, 5, 1.0, 1.0, 1.0, 202601)


def tasks(month: int, townships: str, grade: Grade = Grade.GOOD) -> list[TownshipRating]:
    """Return a rating of a task by each township, which has a grade only."""
    return [
        TownshipRating(month, name, in_time=None, solved=None, grade=grade) for name in townships
    ]


def test_tasks_count_in_the_grade_only() -> None:
    """The two questions that nobody is asked about a task are shares of the cases."""
    known = [*ratings(202601, "AABBC"), *tasks(202601, "DEF", Grade.POOR)]
    part = township_part(known, NOTHING, 202601, RULES)
    assert part == TownshipPart(202601, 8, 1.0, 1.0, 0.5, 202601)


def test_few_cases_are_not_shown_beside_many_tasks() -> None:
    """The answers about four cases stay hidden, although eleven ratings are shown."""
    known = [*ratings(202601, "ABCD"), *tasks(202601, "ABCDEFG", Grade.POOR)]
    part = township_part(known, NOTHING, 202601, RULES)
    assert (part.ratings, part.in_time, part.solved) == (11, None, None)
    more = [*known, *ratings(202602, "E")]
    later = township_part(more, part, 202602, RULES)
    assert (later.through, later.through_facts) == (202601, 202602)
    assert (later.ratings, later.in_time) == (11, 1.0)


def test_a_month_with_few_ratings_waits_for_the_next() -> None:
    """It is not shown alone, and not left out: it is counted with the months after it."""
    few, more = ratings(202602, "AB"), ratings(202603, "BCD", Grade.POOR)
    first = township_part(ratings(202601, "AABBC"), NOTHING, 202601, RULES)
    all_ratings = [*ratings(202601, "AABBC"), *few, *more]
    assert township_part(all_ratings, first, 202602, RULES) == first
    third = township_part(all_ratings, first, 202603, RULES)
    assert (third.through, third.ratings) == (202603, 10)


def test_the_running_month_is_not_counted() -> None:
    """Ratings after the month that is published change nothing."""
    known = [*ratings(202601, "AABBC"), *ratings(202602, "AABBC", Grade.POOR)]
    part = township_part(known, NOTHING, 202601, RULES)
    assert (part.through, part.ratings, part.score) == (202601, 5, 1.0)


def test_a_township_that_rates_a_hundred_times_weighs_like_any_other() -> None:
    """Its hundred bad ratings are one of three shares."""
    harm = [rating for _ in range(100) for rating in ratings(202601, "A", Grade.POOR)]
    part = township_part([*harm, *ratings(202601, "BC")], NOTHING, 202601, RULES)
    assert (part.ratings, part.score) == (102, 0.67)


def test_a_fair_grade_counts_as_satisfied() -> None:
    """As in 满意率 of the channels."""
    part = township_part(ratings(202601, "AABBC", Grade.FAIR), NOTHING, 202601, RULES)
    assert part.score == 1.0


@given(
    st.lists(
        st.builds(
            TownshipRating,
            month=st.sampled_from(MONTHS),
            township=st.sampled_from("ABCDE"),
            in_time=st.none() | st.booleans(),
            solved=st.booleans(),
            grade=st.sampled_from(Grade),
        ),
        max_size=60,
    ),
    st.lists(st.builds(Rules, st.integers(3, 9), st.integers(2, 4), st.just(0.5)), min_size=12),
)
def test_two_published_tables_differ_by_enough_ratings_or_by_none(
    known: list[TownshipRating], rules_of_months: list[Rules]
) -> None:
    """Whatever is rated, and however the settings change: no difference is a single rating."""
    shown = NOTHING
    for month, rules in zip(MONTHS, rules_of_months, strict=False):
        part = township_part(known, shown, month, rules)
        added = [rating for rating in known if shown.through < rating.month <= part.through]
        facts = [
            rating
            for rating in known
            if shown.through_facts < rating.month <= part.through_facts
            and rating.in_time is not None
        ]
        assert (part == shown) == (not added and not facts)
        for each in filter(None, (added, facts)):
            assert len(each) >= rules.smallest
            assert len({rating.township for rating in each}) >= rules.townships
        shown = part


def test_the_score_weighs_both_parts() -> None:
    """A weight of 0.8 for the townships leaves 0.2 for the citizens."""
    part = TownshipPart(202601, 5, 1.0, 1.0, 0.5)
    row = published_row("U-C", 202601, part, CitizenPart(10, 1.0), Rules(5, 3, 0.8))
    named = dict(zip(COLUMNS, row, strict=True))
    assert (named["score"], named["note"]) == (0.6, "")
    assert (named["from_citizens"], named["citizen_score"]) == (10, 1.0)


@pytest.mark.parametrize(
    ("part", "citizens", "note"),
    [
        (NOTHING, CitizenPart(9, 0.5), "镇街评价不足5件或不足3个镇街，不显示"),
        (TownshipPart(202601, 5, 1.0, 1.0, 0.5), CitizenPart(4, 0.5), "群众评价不足5件，不显示"),
        (NOTHING, CitizenPart(), "镇街评价不足5件或不足3个镇街，不显示；群众评价不足5件，不显示"),
    ],
)
def test_a_hidden_part_hides_the_score_and_says_why(
    part: TownshipPart, citizens: CitizenPart, note: str
) -> None:
    """From the score and the part that is shown, the hidden one could be computed."""
    named = dict(zip(COLUMNS, published_row("U-C", 202601, part, citizens, RULES), strict=True))
    assert named["score"] is None
    assert named["note"] == note
    if part is NOTHING:
        assert [named[name] for name in ("from_townships", "in_time", "solved")] == [None] * 3
    if citizens.ratings < RULES.smallest:
        assert named["citizen_score"] is None


def test_the_months_that_are_due_follow_the_last_published() -> None:
    """Months in which the hub did not run are published later, over the turn of the year too."""
    assert months_due(202611, 202702) == [202612, 202701, 202702]
    assert months_due(202612, 202612) == []
    assert months_due(0, 202603) == [202601, 202602, 202603]
