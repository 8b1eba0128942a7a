"""The order of a day's reports, repeated or late, does not change which reports share a case."""

import random
from collections import defaultdict

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


IN_ORDER = parts(REPORTS)


def test_the_day_has_cases_of_many_reports_and_of_one() -> None:
    """The day has cases of many reports, and cases of one report."""
    sizes = sorted(map(len, IN_ORDER))
    assert sizes[0] == 1
    assert sizes[-1] > 5


@pytest.mark.parametrize("seed", range(3))
def test_shuffled_and_repeated_reports_form_the_same_cases(seed: int) -> None:
    """Shuffled and repeated reports form the same cases."""
    events = REPORTS + random.Random(seed).sample(REPORTS, len(REPORTS) // 4)
    random.Random(seed).shuffle(events)
    assert parts(events) == IN_ORDER


def test_delayed_reports_form_the_same_cases() -> None:
    """Reports that arrive hours late form the same cases."""
    late = sorted(
        enumerate(REPORTS), key=lambda numbered: numbered[0] + 40 * (numbered[0] % 3 == 0)
    )
    assert parts([event for _, event in late]) == IN_ORDER
