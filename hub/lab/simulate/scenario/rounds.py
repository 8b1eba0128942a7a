"""Grid workers on their rounds 网格员走访: whom they see, what they find, where nobody goes."""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from hub.lab.simulate.language.phrases import WISHES
from hub.lab.simulate.scenario.day import Telling
from schemas.channel import Channel
from schemas.reports.fact import Kind
from schemas.town.patrol import Household, Patrols

FINDS = 0.15
"""Share of visits that find a need."""
IDLE = 16
"""One grid of so many is not seen by anybody on a day."""
LISTED_FIRST = 0.7
"""Share of visits that go to a household listed for care."""


def on_rounds(told: Iterable[Telling], patrols: Patrols, seed: int) -> list[Telling]:
    """Return the tellings of a day, those of grid workers with worker, household and finds.

    In some grids nobody goes round: what was to be checked or visited there is left out.
    """
    draw = random.Random(f"{seed}/rounds")
    workers: dict[str, list[str]] = defaultdict(list)
    for posting in patrols.workers:
        workers[posting.grid_code].append(posting.code)
    homes: dict[str, list[Household]] = defaultdict(list)
    for home in patrols.households:
        homes[home.grid_code].append(home)
    idle = set(draw.sample(sorted(workers), len(workers) // IDLE))
    found = []
    for telling in told:
        grid = telling.place.grid_code
        if telling.channel is not Channel.GRID_PATROL:
            found.append(telling)
        elif telling.kind is Kind.REPORT or grid not in idle:
            found.append(_seen(draw, telling, workers[grid], homes[grid]))
    return found


def _seen(
    draw: random.Random, telling: Telling, workers: Sequence[str], homes: Sequence[Household]
) -> Telling:
    worker = draw.choice(workers) if workers else ""
    if telling.kind is Kind.REPORT or telling.kind is Kind.PATROL_CHECK or not homes:
        return replace(telling, worker=worker)
    listed = [home for home in homes if home.listed_as]
    home = draw.choice(listed if listed and draw.random() < LISTED_FIRST else homes)
    wish = draw.choice(WISHES) if telling.kind is Kind.VISIT and draw.random() < FINDS else ""
    return replace(telling, worker=worker, household=home.code, wish=wish)
