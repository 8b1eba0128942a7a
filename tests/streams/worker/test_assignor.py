"""Partition assignment 分配: a township's events and commands go to the same worker."""

from typing import Any, cast

import faust
import pytest

from schemas.topic import COMMANDS, EVENTS, PARTITIONS
from streams.worker.consumer import Assignor

TOPICS = {EVENTS.name, COMMANDS.name}


class Brokers:
    """Topic metadata of the brokers."""

    def __init__(self, **partitions: int) -> None:
        self._has = {EVENTS.name: partitions["events"], COMMANDS.name: partitions["commands"]}

    def partitions_for_topic(self, topic: str) -> set[int]:
        """Return the partitions of a topic."""
        return set(range(self._has[topic]))


def _assignor(worker: str) -> Assignor:
    url = f"http://{worker}:1"
    return Assignor(faust.App(worker, broker="kafka://nowhere", canonical_url=url))


def assign_to(brokers: Brokers, *workers: str) -> list[dict[str, set[int]]]:
    """Return the partitions of each topic, by worker."""
    members = {name: _assignor(name).metadata(TOPICS) for name in workers}
    assigned = _assignor("leader").assign(cast("Any", brokers), members)
    return [{topic: set(parts) for topic, parts in assigned[name].assignment} for name in workers]


@pytest.mark.parametrize(
    ("events", "commands"), [(PARTITIONS, PARTITIONS), (12, PARTITIONS), (PARTITIONS, 13), (9, 12)]
)
@pytest.mark.parametrize("count", [1, 2, 3])
def test_events_and_commands_of_a_township_go_to_the_same_worker(
    events: int, commands: int, count: int
) -> None:
    """Events and commands of a township share a worker for any partition counts."""
    assignments = assign_to(
        Brokers(events=events, commands=commands), *(f"w{n}" for n in range(count))
    )
    assert all(
        parts_by_topic[EVENTS.name] == parts_by_topic[COMMANDS.name]
        for parts_by_topic in assignments
    )
    every = [part for parts_by_topic in assignments for part in parts_by_topic[EVENTS.name]]
    assert sorted(every) == list(range(PARTITIONS))
