"""Hard matters 难例: labelled reports that are as difficult to merge as real ones.

They have paraphrases with few words in common, copied complaints about one matter and about many,
several issues at one place, one issue in several buildings, mistakes of hearing and writing, old
names of places, and reports without a place. The same split and seed give the same reports.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hub.lab.simulate.language.people import Person, draw_person
from hub.lab.simulate.language.phrases import ACCEPTED, ALL_LEAVES, NEVER_MERGED, SHARES, accepts
from hub.lab.simulate.language.slips import full_width, misheard, traditional
from hub.lab.simulate.language.thing import Thing, draw_thing, fill
from hub.lab.simulate.language.wordings import Split, Wording, wordings
from hub.lab.simulate.scenario.day import COORDINATES_PERCENT
from schemas.channel import Channel
from schemas.town.register import PlaceName
from streams.town.register import Register

PERIOD = timedelta(days=21)
"""All matters begin within this period."""
MOST_DAYS = 8.0
"""Days from the first report of a matter to its last, at most."""
SPOT_OFFSET = 0.0012
"""Largest distance of a matter from the point of its place, in degrees; about 120 m."""
JITTER = 0.0003
"""Largest deviation of reported coordinates from the matter, in degrees; about 30 m."""
SPOKEN = frozenset({Channel.HOTLINE_12345, Channel.POLICE_110, Channel.TRANSPORT_12328})
CODED = frozenset(
    {
        Channel.URBAN_12319,
        Channel.OPEN311,
        Channel.CONSUMER_12315,
        Channel.ENVIRONMENT_12369,
        Channel.GRID_PATROL,
    }
)


@dataclass(frozen=True, slots=True)
class Matter:
    """One issue at one position. All its reporters copy the wording `copied`, if there is one."""

    name: str
    thing: Thing
    place: PlaceName
    lon: float
    lat: float
    begin: datetime
    days: float
    people: int
    copied: Wording | None = None
    in_buildings: bool = False


@dataclass(frozen=True, slots=True)
class DrawnReport:
    """One report of a matter, before it becomes a `Fact`."""

    matter: Matter
    channel: Channel
    at: datetime
    person: Person
    title: str
    text: str
    place_text: str = ""
    coordinates: tuple[float, float] | None = None
    division: str = ""
    grid: str = ""
    category: str = ""
    object_name: str = ""
    confidential: bool = False
    photo: str = ""


def draw_matters(
    register: Register, split: Split, seed: int, count: int, end: datetime
) -> list[Matter]:
    """Return `count` matters before `end`.

    At one place there is one matter of an issue class, or several in different buildings.
    """
    draw = random.Random(f"{split}/{seed}")
    places = [place for place in register.town.places if place.lon is not None]
    issue_classes = [
        issue_class
        for issue_class in sorted(wordings(split))
        if not issue_class.startswith(NEVER_MERGED)
    ]
    with_buildings = [t for t in issue_classes if any("{b}" in w.text for w in wordings(split)[t])]
    drawn: list[Matter] = []
    used: set[tuple[str, str]] = set()

    def new_matter(place: PlaceName, issue_class: str, begin: datetime) -> Matter | None:
        if (place.name, issue_class) in used:
            return None
        used.add((place.name, issue_class))
        number = len(drawn)
        name = f"{split}-{seed}-{number:05d}"
        return _matter(draw, name, issue_class, place, begin, _spot(draw, register, place))

    while len(drawn) < count:
        begin = end - PERIOD * draw.random()
        place, kind = draw.choice(places), draw.random()
        issue_class = draw.choice(with_buildings if kind < 0.12 else issue_classes)
        matter = new_matter(place, issue_class, begin)
        if matter is None:
            continue
        drawn.append(matter)
        texts = wordings(split)[issue_class]
        if kind < 0.12:
            drawn[-1] = replace(matter, in_buildings=True)
            drawn += _in_other_buildings(draw, matter, len(drawn), texts, copied=kind < 0.06)
        elif kind < 0.27:
            family = [t for t in issue_classes if t.split(".")[:2] == issue_class.split(".")[:2]]
            near = begin + timedelta(days=draw.uniform(-2, 2))
            other = new_matter(place, draw.choice(family), near)
            drawn += [other] if other else []
        elif kind < 0.33:
            copied = draw.choice([text for text in texts if "{p}" in text.text] or texts)
            for elsewhere in draw.sample(places, draw.randint(2, 5)):
                other = new_matter(elsewhere, issue_class, begin)
                drawn += [replace(other, copied=copied)] if other else []
        elif kind < 0.36:
            drawn[-1] = replace(matter, copied=draw.choice(texts), people=draw.randint(8, 25))
    return drawn[:count]


def _spot(draw: random.Random, register: Register, place: PlaceName) -> tuple[float, float]:
    """Return lon, lat near a place and in its grid."""
    while True:
        lon = (place.lon or 0.0) + draw.uniform(-SPOT_OFFSET, SPOT_OFFSET)
        lat = (place.lat or 0.0) + draw.uniform(-SPOT_OFFSET, SPOT_OFFSET)
        grid = register.grid_at(lon, lat)
        if grid is not None and grid.code == place.grid_code:
            return lon, lat


def _matter(
    draw: random.Random,
    name: str,
    issue_class: str,
    place: PlaceName,
    begin: datetime,
    spot: tuple[float, float],
) -> Matter:
    return Matter(
        name=name,
        thing=draw_thing(draw, issue_class),
        place=place,
        lon=spot[0],
        lat=spot[1],
        begin=begin,
        days=min(MOST_DAYS, draw.expovariate(1 / 3)),
        people=draw.choices((1, 2, 3, 4, 5, 7, 10), weights=(30, 20, 15, 12, 10, 8, 5))[0],
    )


def _in_other_buildings(
    draw: random.Random, matter: Matter, number: int, texts: Sequence[Wording], *, copied: bool
) -> list[Matter]:
    """Return matters of the same issue class in other buildings of the place."""
    wording = draw.choice([text for text in texts if "{b}" in text.text])
    others = [number for number in range(1, 21) if number != matter.thing.building]
    buildings = draw.sample(others, draw.randint(1, 2))
    return [
        replace(
            matter,
            name=f"{matter.name}-{number + at}",
            thing=replace(matter.thing, building=building),
            begin=matter.begin + timedelta(hours=draw.uniform(-30, 30)),
            people=draw.randint(1, 4),
            copied=wording if copied else None,
            in_buildings=True,
        )
        for at, building in enumerate(buildings)
    ]


def draw_reports(matter: Matter, split: Split) -> Iterator[DrawnReport]:
    """Yield the reports of a matter."""
    draw = random.Random(matter.name)
    texts = list(wordings(split)[matter.thing.issue_class])
    if matter.in_buildings:
        texts = [text for text in texts if "{b}" in text.text]
    draw.shuffle(texts)
    leaf = texts[0].leaf
    channels = [c for c in SHARES if accepts(c, leaf) or ACCEPTED[c] is ALL_LEAVES]
    photo = f"{draw.getrandbits(256):064x}" if draw.random() < 0.04 else ""
    person = draw_person(draw)
    for index in range(matter.people):
        channel = draw.choices(channels, weights=[SHARES[c] for c in channels])[0]
        if index and draw.random() > 0.08:
            person = draw_person(draw)
        if draw.random() < 0.05:
            # Some people report again and again, about different matters.
            person = draw_person(random.Random(f"regular {draw.randrange(60)}"))
        wording = matter.copied or texts[index % len(texts)]
        at = matter.begin + timedelta(days=matter.days * draw.random() * bool(index))
        yield _draw_report(draw, matter, wording, channel, at, person, photo)


def _draw_report(
    draw: random.Random,
    matter: Matter,
    wording: Wording,
    channel: Channel,
    at: datetime,
    person: Person,
    photo: str,
) -> DrawnReport:
    text, title = _filled(draw, matter, wording.text), _filled(draw, matter, wording.title)
    report = DrawnReport(matter, channel, at, person, title, text)
    report = _with_place(draw, report, named="{p}" in wording.text)
    leaf = wording.leaf
    dice = draw.random()
    code = leaf if dice < (0.9 if channel in CODED else 0.45) else ""
    if dice > 0.985:
        code = draw.choice(ALL_LEAVES)
    slip = draw.random()
    text = report.text
    if channel in SPOKEN and slip < 0.35:
        text = misheard(draw, text, draw.choice((0.02, 0.04, 0.07)))
    elif slip < 0.04:
        text = traditional(text)
    elif slip < 0.09:
        text = full_width(text)
    return replace(
        report,
        text=text,
        category=code,
        object_name=matter.thing.object_name if channel is Channel.CONSUMER_12315 else "",
        confidential=channel is Channel.HOTLINE_12345 and draw.random() < 0.006,
        photo=photo if draw.random() < 0.5 else "",
    )


def _filled(draw: random.Random, matter: Matter, text: str) -> str:
    name = matter.place.name
    dice = draw.random()
    if matter.place.known_as and dice < 0.35:
        name = draw.choice(matter.place.known_as)
    elif dice > 0.97:
        name = misheard(draw, name, 0.3)
    return fill(draw, matter.thing, text, name)


def _with_place(draw: random.Random, report: DrawnReport, *, named: bool) -> DrawnReport:
    """Return a report with the structured place that its channel transmits, if any."""
    matter, place = report.matter, report.matter.place
    if report.channel is Channel.GRID_PATROL:
        return replace(report, grid=place.grid_code, coordinates=_coordinates(draw, matter))
    if draw.randrange(100) < COORDINATES_PERCENT.get(report.channel, 100):
        return replace(report, coordinates=_coordinates(draw, matter))
    if named and draw.random() < 0.7:
        return report
    dice = draw.random()
    if dice < 0.9 or report.channel is Channel.POLICE_110:
        return replace(report, place_text=_filled(draw, matter, "{p}"))
    return replace(report, division=place.division_code) if dice < 0.96 else report


def _coordinates(draw: random.Random, matter: Matter) -> tuple[float, float]:
    deviation = JITTER * (4 if draw.random() < 0.05 else 1)
    return (
        round(matter.lon + draw.uniform(-deviation, deviation), 6),
        round(matter.lat + draw.uniform(-deviation, deviation), 6),
    )
