"""A town's day 模拟的一天: matters, and the submissions by which citizens report them.

The same seed and end of the day give the same submissions. A matter is one issue at one place. Most
matters are reported once, some by many people through several channels, and some again by the same
person (催办).
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hub.lab.simulate.language.people import Person, draw_person
from hub.lab.simulate.language.phrases import (
    ALL_LEAVES,
    FOLLOW_UPS,
    SHARES,
    VISITS,
    WISHES,
    accepts,
)
from hub.lab.simulate.language.thing import Thing, draw_thing, fill
from hub.lab.simulate.language.wordings import wordings
from schemas.category import CATEGORIES
from schemas.channel import Channel
from schemas.reports.fact import Kind
from schemas.town.register import PlaceName
from streams.matching.classify import leaf_of

DAY = timedelta(hours=20)
JITTER = 0.0004
"""Largest deviation of reported coordinates from the place, in degrees; about 40 m."""
WORDINGS_WITH_PLACE = {
    issue_class: tuple(wording.text for wording in texts if "{p}" in wording.text)
    for issue_class, texts in wordings("learn").items()
}
"""Wordings that name the place: every report of a day has a place."""
ISSUE_CLASSES = tuple(
    issue_class for issue_class in WORDINGS_WITH_PLACE if leaf_of(issue_class) in ALL_LEAVES
)
ISSUE_CLASSES_OF = {
    channel: [name for name in ISSUE_CLASSES if accepts(channel, leaf_of(name))]
    for channel in SHARES
}
"""Channel → issue classes that are reported through it."""
RUBBISH_PER_MILLE = 15
DUPLICATES_PER_MILLE = 10
SINGLE_REPORT_CHANNELS = (Channel.CONSUMER_12315, Channel.LABOUR_12333, Channel.TRANSPORT_12328)
"""Their matters are reported once, through this channel only."""
COORDINATES_PERCENT = {
    Channel.HOTLINE_12345: 60,
    Channel.WECHAT_OFFICIAL: 0,
    Channel.CONSUMER_12315: 0,
    Channel.PETITION_LETTERS: 0,
    Channel.LEADER_BOARD: 0,
    Channel.MAYOR_MAILBOX: 0,
    Channel.TRANSPORT_12328: 0,
    Channel.LABOUR_12333: 0,
}
"""Submissions with coordinates, in percent by channel; 100 for the channels that are not listed."""


@dataclass(frozen=True, slots=True)
class Submission:
    """One report or record that reaches a channel.

    `visited` is the code of a person of the register, for a visit.

    `matter` is the truth, which no channel transmits. The connector must refuse `rubbish`. The
    channel delivers the batch of a `delivered_twice` submission two times.
    """

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
    delivered_twice: bool = False
    object_name: str = ""
    worker: str = ""
    household: str = ""
    visited: str = ""
    wish: str = ""

    @property
    def title(self) -> str:
        """A short title: place and category."""
        return f"{self.place.name}{CATEGORIES[self.category].name}"


def draw_day(places: Sequence[PlaceName], seed: int, count: int, end: datetime) -> list[Submission]:
    """Return `count` submissions of the 20 hours before `end`, in order of time."""
    draw = random.Random(seed)
    submissions: list[Submission] = []
    matter, used = 0, set[tuple[str, str]]()
    while len(submissions) < count:
        matter += 1
        drawn = _matter(draw, f"M{matter:06d}", places, end, len(submissions), used)
        submissions.extend(drawn)
    return sorted(
        (_with_defects(draw, submission) for submission in submissions[:count]),
        key=lambda t: (t.at, t.number),
    )


def _matter(
    draw: random.Random,
    matter: str,
    places: Sequence[PlaceName],
    end: datetime,
    first: int,
    used: set[tuple[str, str]],
) -> Iterator[Submission]:
    channel = draw.choices(list(SHARES), weights=list(SHARES.values()))[0]
    place = draw.choice(places)
    begin = end - DAY * draw.random()
    if channel is Channel.GRID_PATROL and draw.random() < 0.7:
        yield _patrol_record(draw, matter, place, begin, first)
        return
    issue_class = draw.choice(ISSUE_CLASSES_OF[channel])
    thing, category = draw_thing(draw, issue_class), leaf_of(issue_class)
    # Two matters of one category at one place on one day could not be distinguished.
    if (place.grid_code, category) in used:
        free = [p for p in places if (p.grid_code, category) not in used]
        place = draw.choice(free) if free else place
    used.add((place.grid_code, category))
    channels = [channel]
    if channel not in SINGLE_REPORT_CHANNELS and draw.random() < 0.3:
        also = [c for c in SHARES if accepts(c, category) and c not in SINGLE_REPORT_CHANNELS]
        channels += draw.choices(also, weights=[SHARES[c] for c in also], k=draw.randint(1, 5))
    for index, by in enumerate(channels):
        at = min(begin + timedelta(minutes=draw.expovariate(1 / 90)) * (index > 0), end)
        submission = _report(draw, matter, by, thing, place, at, first + index)
        yield submission
        if by is Channel.HOTLINE_12345 and draw.random() < 0.06:
            yield _follow_up(draw, submission, end)


def _report(
    draw: random.Random,
    matter: str,
    channel: Channel,
    thing: Thing,
    place: PlaceName,
    at: datetime,
    index: int,
) -> Submission:
    fixed = draw.randrange(100) < COORDINATES_PERCENT.get(channel, 100)
    return Submission(
        matter=matter,
        channel=channel,
        kind=Kind.REPORT,
        number=_number(draw, channel, at, index),
        at=at,
        person=draw_person(draw),
        content=fill(draw, thing, draw.choice(WORDINGS_WITH_PLACE[thing.issue_class]), place.name),
        place=place,
        category=leaf_of(thing.issue_class),
        object_name=thing.object_name,
        lon=_with_jitter(draw, place.lon) if fixed else None,
        lat=_with_jitter(draw, place.lat) if fixed else None,
    )


def _with_jitter(draw: random.Random, degrees: float | None) -> float | None:
    return None if degrees is None else round(degrees + draw.uniform(-JITTER, JITTER), 6)


def _follow_up(draw: random.Random, submission: Submission, end: datetime) -> Submission:
    return replace(
        submission,
        kind=Kind.FOLLOW_UP,
        number=f"{submission.number}-C",
        parent=submission.number,
        at=min(submission.at + timedelta(minutes=draw.randint(30, 300)), end),
        content=draw.choice(FOLLOW_UPS).format(p=submission.place.name),
    )


def _patrol_record(
    draw: random.Random, matter: str, place: PlaceName, at: datetime, index: int
) -> Submission:
    kind = draw.choices((Kind.PATROL_CHECK, Kind.VISIT, Kind.WISH), weights=(70, 25, 5))[0]
    texts = {Kind.PATROL_CHECK: ("",), Kind.VISIT: VISITS, Kind.WISH: WISHES}[kind]
    return Submission(
        matter=matter,
        channel=Channel.GRID_PATROL,
        kind=kind,
        number=_number(draw, Channel.GRID_PATROL, at, index),
        at=at,
        person=draw_person(draw),
        content=draw.choice(texts),
        place=place,
        category="welfare.wish",
        lon=place.lon,
        lat=place.lat,
    )


def _number(draw: random.Random, channel: Channel, at: datetime, index: int) -> str:
    """Return the number that the channel assigns; for WeChat it is the OpenID of the user."""
    tail = f"{draw.getrandbits(32):08x}"
    if channel is Channel.WECHAT_OFFICIAL:
        return f"o{tail}{draw.getrandbits(64):016x}"
    return f"{channel.rpartition('_')[2].upper()}{at:%Y%m%d}{index:05d}{tail}"


def _with_defects(draw: random.Random, submission: Submission) -> Submission:
    dice = draw.randrange(1000)
    if dice < RUBBISH_PER_MILLE:
        return replace(submission, rubbish=True)
    return replace(submission, delivered_twice=dice < RUBBISH_PER_MILLE + DUPLICATES_PER_MILLE)
