"""A town's day 模拟的一天: matters, and who tells them, when, where, in which words.

The same seed and end of day make the same tellings. A matter is one trouble at one place; most are
told once, some by many people through several sources, some again by the same person (催办).
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hub.lab.simulate.language.people import Person, draw_person
from hub.lab.simulate.language.phrases import ALL, SHARES, URGES, VISITS, WISHES, hears
from hub.lab.simulate.language.thing import Thing, draw_thing, fill
from hub.lab.simulate.language.wordings import wordings
from schemas.category import CATEGORIES
from schemas.channel import Channel
from schemas.reports.fact import Kind
from schemas.town.register import PlaceName
from streams.matching.classify import leaf_of

DAY = timedelta(hours=20)
JITTER = 0.0004
"""Degrees by which people's fixes of one place differ, about 40 m."""
NAMING = {
    trouble: tuple(one.text for one in told if "{p}" in one.text)
    for trouble, told in wordings("learn").items()
}
"""Wordings that name the place: a day's citizens say where."""
TROUBLES = tuple(trouble for trouble in NAMING if leaf_of(trouble) in ALL)
HEARD = {channel: [one for one in TROUBLES if hears(channel, leaf_of(one))] for channel in SHARES}
"""Troubles that a channel's citizens tell."""
RUBBISH_PER_MILLE = 15
TWICE_PER_MILLE = 10
LONE_CHANNELS = (Channel.CONSUMER_12315, Channel.LABOUR_12333, Channel.TRANSPORT_12328)
PLACED = {
    Channel.HOTLINE_12345: 60,
    Channel.WECHAT_OFFICIAL: 0,
    Channel.CONSUMER_12315: 0,
    Channel.PETITION_LETTERS: 0,
    Channel.LEADER_BOARD: 0,
    Channel.MAYOR_MAILBOX: 0,
    Channel.TRANSPORT_12328: 0,
    Channel.LABOUR_12333: 0,
}
"""How many of a hundred tellings of a channel carry coordinates; the others always do."""


@dataclass(frozen=True, slots=True)
class Telling:
    """One thing told once. `matter` is the truth that no channel tells."""

    matter: str
    channel: Channel
    kind: Kind
    number: str
    at: datetime
    person: Person
    content: str
    place: PlaceName
    category: str
    parent: str = ""
    lon: float | None = None
    lat: float | None = None
    rubbish: bool = False
    twice: bool = False
    whom: str = ""
    worker: str = ""
    household: str = ""
    wish: str = ""

    @property
    def title(self) -> str:
        """A short title: place and trouble."""
        return f"{self.place.name}{CATEGORIES[self.category].name}"


def draw_day(places: Sequence[PlaceName], seed: int, count: int, end: datetime) -> list[Telling]:
    """Return about `count` tellings up to `end`, in the order in which they are told."""
    draw = random.Random(seed)
    told: list[Telling] = []
    matter, used = 0, set[tuple[str, str]]()
    while len(told) < count:
        matter += 1
        told.extend(_matter(draw, f"M{matter:06d}", places, end, len(told), used))
    told = told[:count]
    return sorted((_spoil(draw, telling) for telling in told), key=lambda t: (t.at, t.number))


def _matter(
    draw: random.Random,
    matter: str,
    places: Sequence[PlaceName],
    end: datetime,
    first: int,
    used: set[tuple[str, str]],
) -> Iterator[Telling]:
    channel = draw.choices(list(SHARES), weights=list(SHARES.values()))[0]
    place = draw.choice(places)
    begin = end - DAY * draw.random()
    if channel is Channel.GRID_PATROL and draw.random() < 0.7:
        yield _coverage(draw, matter, place, begin, first)
        return
    trouble = draw.choice(HEARD[channel])
    thing, category = draw_thing(draw, trouble), leaf_of(trouble)
    # Two matters of one kind at one place on one day could not be told apart by anyone.
    if (place.grid_code, category) in used:
        free = [p for p in places if (p.grid_code, category) not in used]
        place = draw.choice(free) if free else place
    used.add((place.grid_code, category))
    channels = [channel]
    if channel not in LONE_CHANNELS and draw.random() < 0.3:
        also = [c for c in SHARES if hears(c, category) and c not in LONE_CHANNELS]
        channels += draw.choices(also, weights=[SHARES[c] for c in also], k=draw.randint(1, 5))
    for index, by in enumerate(channels):
        at = min(begin + timedelta(minutes=draw.expovariate(1 / 90)) * (index > 0), end)
        telling = _report(draw, matter, by, thing, place, at, first + index)
        yield telling
        if by is Channel.HOTLINE_12345 and draw.random() < 0.06:
            yield _urge(draw, telling, end)


def _report(
    draw: random.Random,
    matter: str,
    channel: Channel,
    thing: Thing,
    place: PlaceName,
    at: datetime,
    index: int,
) -> Telling:
    fixed = draw.randrange(100) < PLACED.get(channel, 100)
    return Telling(
        matter=matter,
        channel=channel,
        kind=Kind.REPORT,
        number=_number(draw, channel, at, index),
        at=at,
        person=draw_person(draw),
        content=fill(draw, thing, draw.choice(NAMING[thing.trouble]), place.name),
        place=place,
        category=leaf_of(thing.trouble),
        whom=thing.whom,
        lon=_near(draw, place.lon) if fixed else None,
        lat=_near(draw, place.lat) if fixed else None,
    )


def _near(draw: random.Random, degrees: float | None) -> float | None:
    return None if degrees is None else round(degrees + draw.uniform(-JITTER, JITTER), 6)


def _urge(draw: random.Random, telling: Telling, end: datetime) -> Telling:
    return replace(
        telling,
        kind=Kind.FOLLOW_UP,
        number=f"{telling.number}-C",
        parent=telling.number,
        at=min(telling.at + timedelta(minutes=draw.randint(30, 300)), end),
        content=draw.choice(URGES).format(p=telling.place.name),
    )


def _coverage(
    draw: random.Random, matter: str, place: PlaceName, at: datetime, index: int
) -> Telling:
    kind = draw.choices((Kind.PATROL_CHECK, Kind.VISIT, Kind.WISH), weights=(70, 25, 5))[0]
    said = {Kind.PATROL_CHECK: ("",), Kind.VISIT: VISITS, Kind.WISH: WISHES}[kind]
    return Telling(
        matter=matter,
        channel=Channel.GRID_PATROL,
        kind=kind,
        number=_number(draw, Channel.GRID_PATROL, at, index),
        at=at,
        person=draw_person(draw),
        content=draw.choice(said),
        place=place,
        category="welfare.wish",
        lon=place.lon,
        lat=place.lat,
    )


def _number(draw: random.Random, channel: Channel, at: datetime, index: int) -> str:
    """Return the channel's own number; WeChat has none but the user's OpenID."""
    tail = f"{draw.getrandbits(32):08x}"
    if channel is Channel.WECHAT_OFFICIAL:
        return f"o{tail}{draw.getrandbits(64):016x}"
    return f"{channel.rpartition('_')[2].upper()}{at:%Y%m%d}{index:05d}{tail}"


def _spoil(draw: random.Random, telling: Telling) -> Telling:
    dice = draw.randrange(1000)
    if dice < RUBBISH_PER_MILLE:
        return replace(telling, rubbish=True)
    return replace(telling, twice=dice < RUBBISH_PER_MILLE + TWICE_PER_MILLE)
