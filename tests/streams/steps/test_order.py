"""The order of a day's reports, repeated or late, hardly changes which reports share a case."""

import random
from collections import defaultdict
from itertools import combinations

import pytest

from hub.lab.simulate.label import END, label_matters
from hub.settings import Settings
from hub.town.models import load_register
from schemas.cases.case import State
from schemas.reports.event import UnifiedEvent
from schemas.route import partition_of_route
from schemas.topic import EVENTS
from streams.case.state import PartitionState
from streams.steps.event import step

REGISTER = load_register(Settings())
REPORTS = [event for event, _ in label_matters(REGISTER, "learn", 4, 150, END)]
REPORTS.sort(key=lambda event: (event.received_at, str(event.event_id)))

Parts = set[frozenset[str]]
MOST_DIFFERENT = 0.03
"""Share of the pairs of reports that may be in one case in one order only.

A report whose words are unlike those of the first reports of its case joins it only if it comes
after others.
"""


def parts(events: list[UnifiedEvent]) -> Parts:
    """Return the sets of reports that share a case at the end."""
    states: dict[int, PartitionState] = defaultdict(PartitionState)
    for event in events:
        state = states[partition_of_route(event.route, EVENTS.partitions)]
        state.apply(step(state, event, REGISTER))
    return {
        frozenset(str(report.event_id) for report in case.reports)
        for state in states.values()
        for case in state.cases.values()
        if case.state is not State.MERGED
    }


def different(first: Parts, second: Parts) -> float:
    """Return the share of the pairs in a case that are so in one of the two results only."""
    first_pairs, second_pairs = (
        {frozenset(pair) for part in parts for pair in combinations(sorted(part), 2)}
        for parts in (first, second)
    )
    return len(first_pairs ^ second_pairs) / len(first_pairs | second_pairs)


IN_ORDER = parts(REPORTS)


def test_the_day_has_cases_of_many_reports_and_of_one() -> None:
    """The day has cases of many reports, and cases of one report."""
    sizes = sorted(map(len, IN_ORDER))
    assert sizes[0] == 1
    assert sizes[-1] > 5


@pytest.mark.parametrize("seed", range(3))
def test_shuffled_and_repeated_reports_form_nearly_the_same_cases(seed: int) -> None:
    """Few pairs of reports depend on the order of the day."""
    events = REPORTS + random.Random(seed).sample(REPORTS, len(REPORTS) // 4)
    random.Random(seed).shuffle(events)
    assert different(parts(events), IN_ORDER) <= MOST_DIFFERENT


def test_repeated_reports_change_nothing() -> None:
    """A report that arrives a second time changes no case."""
    assert parts([event for report in REPORTS for event in (report, report)]) == IN_ORDER


def test_delayed_reports_form_nearly_the_same_cases() -> None:
    """Few pairs of reports depend on when a part of them arrives."""
    late = sorted(
        enumerate(REPORTS), key=lambda numbered: numbered[0] + 40 * (numbered[0] % 3 == 0)
    )
    assert different(parts([event for _, event in late]), IN_ORDER) <= MOST_DIFFERENT
