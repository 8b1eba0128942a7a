"""Visits to the people of the invented register 走访到人: most of those that are due are done."""

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from hub.lab.simulate.language.people import draw_person
from hub.lab.simulate.language.phrases import VISITS
from hub.lab.simulate.scenario.day import Submission
from schemas.channel import Channel
from schemas.reports.fact import Kind
from schemas.town.patrol import Patrols
from schemas.town.register import PlaceName

DAYS = 10
"""Days before the end in which people are visited."""
A_DAY = 0.12
"""Share of people who are visited on a day."""


def visits_to_people(
    people: Mapping[str, str],
    places: Sequence[PlaceName],
    patrols: Patrols,
    day: int,
    evening: datetime,
    seed: int,
) -> list[Submission]:
    """Return the visits of the day that ends with `evening`, `day` days before the end.

    `people` are the grids of people by their codes.
    """
    if day > DAYS:
        return []
    draw = random.Random(f"{seed}/visits/{day}")
    of_grid = {place.grid_code: place for place in places}
    workers = {posting.grid_code: posting.code for posting in patrols.workers}
    visits = []
    for number, (code, grid) in enumerate(sorted(people.items())):
        if draw.random() >= A_DAY or grid not in of_grid:
            continue
        at = evening - timedelta(hours=draw.uniform(1, 8))
        visits.append(
            Submission(
                matter=f"V{day}-{number}",
                channel=Channel.GRID_PATROL,
                kind=Kind.VISIT,
                number=f"VISIT{at:%Y%m%d}{number:05d}{draw.getrandbits(32):08x}",
                at=at,
                person=draw_person(draw),
                content=draw.choice(VISITS),
                place=of_grid[grid],
                category="welfare.wish",
                worker=workers.get(grid, ""),
                visited=code,
            )
        )
    return visits
