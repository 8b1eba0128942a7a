"""Nobody's decisions outweigh those of all others 权重."""

import pytest

from hub.learning.decisions import How
from hub.learning.weighing import (
    SAME_ANSWER,
    category_weights,
    consistent,
    drawn,
    weights_by_person,
)
from tests.hub.learning.invented import category_decisions


def test_one_answer_of_one_person_is_capped() -> None:
    """An officer who sorts everything into one leaf counts as fifty decisions, not as thousands."""
    people = ["a"] * 5000 + ["b"] * 40 + ["c"] * 40
    weights = weights_by_person(people, ["x"] * 5000 + ["y"] * 80, [1.0] * 5080)
    assert sum(weights[:5000]) == pytest.approx(SAME_ANSWER)
    assert weights[5000:] == [1.0] * 80


def test_the_busiest_counts_at_most_as_all_others_together() -> None:
    """The others keep their full weight."""
    answers = [f"leaf{number % 40}" for number in range(1000)]
    weights = weights_by_person(["a"] * 900 + ["b"] * 60 + ["c"] * 40, answers, [1.0] * 1000)
    assert sum(weights[:900]) == pytest.approx(100)
    assert weights[900:] == [1.0] * 100


@pytest.mark.parametrize("people", [[], ["a"], ["a", "a"]])
def test_nobody_or_one_person_is_not_cut(people: list[str]) -> None:
    """There are no others to compare with; training refuses one person elsewhere."""
    ones = [1.0] * len(people)
    assert weights_by_person(people, ["x"] * len(people), ones) == ones


def test_contradictory_decisions_on_one_text_count_only_with_a_majority() -> None:
    """Of three decisions on one text, two that agree stay; a draw leaves none."""
    (decision,) = category_decisions(1, "housing.property")
    other = decision.model_copy(update={"leaf": "safety.fire"})
    assert consistent([decision, other]) == []
    assert consistent([decision, other, decision]) == [decision, decision]


def test_a_category_that_was_only_handled_counts_less() -> None:
    """Nobody looked for another category."""
    triaged = list(category_decisions(2, "safety.fire"))
    handled = list(category_decisions(2, "safety.fire", how=How.HANDLED))
    assert sum(category_weights(handled)) < sum(category_weights(triaged))


def test_what_is_drawn_does_not_depend_on_the_order() -> None:
    """The same part of the same decisions, whatever order they come in."""
    numbers = [str(number) for number in range(1000)]
    assert drawn(numbers, 10, str) == drawn(reversed(numbers), 10, str)
    assert len(drawn(numbers, 10, str)) == 10
