"""Generated events 测量用事件: reports in a city; a seed always gives the same events.

Every text is different. Three reports of ten are about a matter that another citizen has reported
already in other words.
"""

import random
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import NamedTuple

from hub.lab.simulate.language.thing import Thing, draw_thing, fill
from hub.lab.simulate.language.wordings import Wording, wordings
from schemas.channel import Channel
from schemas.reports.event import Place, Reporter, UnifiedEvent, event_id_of
from schemas.reports.fact import Kind
from schemas.reports.raw import receipt_of_delivery
from schemas.route import city_of
from schemas.town.register import Grid, PlaceName
from streams.matching.classify import leaf_of

REPEATED_SHARE = 0.3
REMEMBERED = 2000
SINCE = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
CHANNELS = (Channel.HOTLINE_12345, Channel.WECHAT_OFFICIAL, Channel.URBAN_12319, Channel.OPEN311)


class Matter(NamedTuple):
    """An issue at a place, which one or several events report."""

    grid: Grid
    place: PlaceName | None
    thing: Thing


class EventGenerator:
    """Generates reports in the grids of a city, from `since` on.

    If a worker reads the events, `since` must be near the present time; otherwise all cases are
    overdue at once.
    """

    def __init__(
        self,
        grids: Sequence[Grid],
        places: Sequence[PlaceName],
        seed: int,
        since: datetime = SINCE,
    ) -> None:
        self._draw, self._since = random.Random(seed), since
        self._mark = f"B{seed}"
        self.grids, self.places = grids, places
        self._by_grid: dict[str, list[PlaceName]] = {}
        for place in places:
            self._by_grid.setdefault(place.grid_code, []).append(place)
        self._wordings = {
            issue_class: [wording for wording in texts if "{p}" in wording.text]
            for issue_class, texts in wordings("learn").items()
        }
        self._issue_classes = [
            issue_class for issue_class, texts in self._wordings.items() if texts
        ]
        self._lately: deque[Matter] = deque(maxlen=REMEMBERED)

    def events(self, count: int) -> Iterator[UnifiedEvent]:
        """Yield `count` reports at intervals of a hundredth of a second."""
        for number in range(count):
            yield self._event(number, self._matter())

    def of_one_matter(self) -> Iterator[UnifiedEvent]:
        """Yield reports of one matter, in other words each, for ever."""
        matter = self._matter()
        for number in count():
            yield self._event(number, matter)

    def _matter(self) -> Matter:
        draw = self._draw
        if self._lately and draw.random() < REPEATED_SHARE:
            return draw.choice(self._lately)
        grid = draw.choice(self.grids)
        places = self._by_grid.get(grid.code, [])
        matter = Matter(
            grid,
            draw.choice(places) if places else None,
            draw_thing(draw, draw.choice(self._issue_classes)),
        )
        self._lately.append(matter)
        return matter

    def wording(self, matter: Matter) -> tuple[str, str]:
        """Return title and content of one more report of a matter."""
        draw = self._draw
        wording: Wording = draw.choice(self._wordings[matter.thing.issue_class])
        where = matter.place.name if matter.place else matter.grid.name
        text = fill(draw, matter.thing, wording.text, where)
        return wording.title.replace(
            "{p}", where
        ), f"{text}已有{draw.randint(2, 90)}天，{draw.randint(6, 22)}点又去看过。"

    def _event(self, number: int, matter: Matter) -> UnifiedEvent:
        draw, grid = self._draw, matter.grid
        channel, native = draw.choice(CHANNELS), f"{self._mark}-{number}"
        at = self._since + timedelta(seconds=number / 100)
        title, content = self.wording(matter)
        lon, lat = grid.ring[0]
        lon, lat = lon + draw.random() * 0.005, lat + draw.random() * 0.005
        return UnifiedEvent(
            event_id=event_id_of(channel, native, "0"),
            receipt_id=receipt_of_delivery(channel, native),
            channel=channel,
            native_id=native,
            kind=Kind.REPORT,
            occurred_at=at,
            received_at=at,
            reporter=Reporter(key=sha256(str(draw.random()).encode()).hexdigest()[:16]),
            place=Place(
                lon=round(lon, 6),
                lat=round(lat, 6),
                division_code=grid.division_code,
                grid_code=grid.code,
                settled_by="coordinates",
                name=matter.place.name if matter.place else "",
            ),
            route=city_of(grid.division_code),
            category=leaf_of(matter.thing.issue_class),
            title=title,
            content=content,
        )


def to_json(event: UnifiedEvent) -> bytes:
    """Return an event as JSON of `events.v1`, without the fields that have their defaults."""
    return event.model_dump_json(exclude_defaults=True).encode()
