"""How much each decision counts 权重: nobody's decisions outweigh those of all others. Pure.

A person who gives one answer to everything, an account that a program uses, or one very busy desk
would otherwise teach the city its own habit. Caps are on sums of weights, so the order of the
decisions does not matter.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from heapq import nsmallest
from typing import TypeVar

from hub.learning.decisions import CategoryDecision, How
from streams.matching.text import normalised_text

SAME_ANSWER = 50.0
"""Most that one person's decisions for one answer count together."""
HANDLED = 0.25
"""Weight of a category that a unit kept when it handled the case: nobody looked for another one."""

Item = TypeVar("Item")


def drawn(items: Iterable[Item], most: int, order: Callable[[Item], str]) -> list[Item]:
    """Return at most `most` items, drawn by `order`, in that order; memory is bounded by `most`."""
    return nsmallest(most, items, key=order)


def weights_by_person(
    people: Sequence[str], answers: Sequence[Hashable], worth: Sequence[float]
) -> list[float]:
    """Return the weight of each decision, 0 to its `worth`, after both caps.

    The first cap is `SAME_ANSWER`. By the second one the busiest person counts at most as much as
    all others together.
    """
    by_answer: dict[tuple[str, Hashable], float] = defaultdict(float)
    for person, answer, value in zip(people, answers, worth, strict=True):
        by_answer[person, answer] += value
    capped = [
        value * min(1.0, SAME_ANSWER / by_answer[person, answer])
        for person, answer, value in zip(people, answers, worth, strict=True)
    ]
    totals: dict[str, float] = defaultdict(float)
    for person, value in zip(people, capped, strict=True):
        totals[person] += value
    busiest = max(totals, key=lambda person: totals[person], default="")
    most = totals.get(busiest, 0.0)
    others = sum(totals.values()) - most
    if not others or most <= others:
        return capped
    return [
        value * others / most if person == busiest else value
        for person, value in zip(people, capped, strict=True)
    ]


def consistent(decisions: Sequence[CategoryDecision]) -> list[CategoryDecision]:
    """Return the decisions without those on equal texts of which no answer has a majority."""
    by_text: dict[str, Counter[str]] = defaultdict(Counter)
    texts = [normalised_text(d.telling.title, d.telling.content).text for d in decisions]
    for text, decision in zip(texts, decisions, strict=True):
        by_text[text][decision.leaf] += 1
    kept = []
    for text, decision in zip(texts, decisions, strict=True):
        votes = by_text[text]
        if 2 * votes[decision.leaf] > votes.total():
            kept.append(decision)
    return kept


def worth_of(decision: CategoryDecision) -> float:
    """Return what a category decision is worth before the caps."""
    return HANDLED if decision.how is How.HANDLED else 1.0


def category_weights(decisions: Sequence[CategoryDecision]) -> list[float]:
    """Return the weight of each category decision."""
    return weights_by_person(
        [decision.by for decision in decisions],
        [decision.leaf for decision in decisions],
        [worth_of(decision) for decision in decisions],
    )
