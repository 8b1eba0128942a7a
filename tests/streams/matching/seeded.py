"""Prints a digest of all decisions about a crowded grid; run as a process of its own."""

import sys
from hashlib import sha256
from itertools import islice

from hub.lab.bench.events import EventGenerator
from hub.settings.town import SHIPPED_MODELS
from hub.town.models import load_matcher
from streams.case.state import PartitionState
from streams.steps.event import step
from streams.town.register import Register
from streams.worker.publisher import RecordBatch
from tests.builders.town import TOWN

EVENTS = 1500
"""So many that more cases are open in the grid than are compared exactly."""


def main() -> None:
    """Step the reports of one grid, and print the digest of their records."""
    register, state = Register.of(TOWN, load_matcher(SHIPPED_MODELS)), PartitionState()
    digest = sha256()
    for event in islice(EventGenerator(TOWN.grids[:1], (), 7).events(EVENTS), EVENTS):
        effects = step(state, event, register)
        state.apply(effects)
        for record in RecordBatch.of([effects]):
            digest.update(record.value)
    sys.stdout.write(digest.hexdigest())


if __name__ == "__main__":
    main()
