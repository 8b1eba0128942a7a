"""Rounds of grid workers 网格员走访: their visits, the wishes they record, grids not visited."""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from hub.lab.simulate.language.phrases import WISHES
from hub.lab.simulate.scenario.day import Submission
from schemas.channel import Channel
from schemas.reports.fact import Kind
from schemas.town.patrol import Household, Patrols

FINDS = 0.15
"""Share of visits at which the worker records a wish."""
IDLE = 16
"""One of this many grids is not visited on a day."""
LISTED_FIRST = 0.7
"""Share of visits that go to a household listed for care."""


def with_rounds(submissions: Iterable[Submission], patrols: Patrols, seed: int) -> list[Submission]:
    """Return the submissions of a day; those of grid workers get worker, household and wish.

    Some grids are not visited: their checks and visits are left out.
    """
    draw = random.Random(f"{seed}/rounds")
    workers: dict[str, list[str]] = defaultdict(list)
    for posting in patrols.workers:
        workers[posting.grid_code].append(posting.code)
    homes: dict[str, list[Household]] = defaultdict(list)
    for home in patrols.households:
        homes[home.grid_code].append(home)
    idle = set(draw.sample(sorted(workers), len(workers) // IDLE))
    kept = []
    for submission in submissions:
        grid = submission.place.grid_code
        if submission.channel is not Channel.GRID_PATROL:
            kept.append(submission)
        elif submission.kind is Kind.REPORT or grid not in idle:
            kept.append(_with_worker(draw, submission, workers[grid], homes[grid]))
    return kept


def _with_worker(
    draw: random.Random, submission: Submission, workers: Sequence[str], homes: Sequence[Household]
) -> Submission:
    worker = draw.choice(workers) if workers else ""
    if submission.kind is Kind.REPORT or submission.kind is Kind.PATROL_CHECK or not homes:
        return replace(submission, worker=worker)
    listed = [home for home in homes if home.listed_as]
    home = draw.choice(listed if listed and draw.random() < LISTED_FIRST else homes)
    wish = draw.choice(WISHES) if submission.kind is Kind.VISIT and draw.random() < FINDS else ""
    return replace(submission, worker=worker, household=home.code, wish=wish)
