"""Hard matters 难例: labelled reports that are as difficult to bring together as real ones.

Paraphrases that share few words, copied complaints by many people about one matter and about many,
several troubles at one place, one trouble in several buildings, slips of hearing and writing,
places by old names, reports without a place. The same split and seed give the same reports.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hub.lab.simulate.language.people import Person, draw_person
from hub.lab.simulate.language.phrases import ALL, ALONE, FAMILIES, SHARES, hears
from hub.lab.simulate.language.slips import full_width, misheard, traditional
from hub.lab.simulate.language.thing import Thing, draw_thing, fill
from hub.lab.simulate.language.wordings import Split, Wording, wordings
from hub.lab.simulate.scenario.day import PLACED
from schemas.channel import Channel
from schemas.town.register import PlaceName
from streams.town.register import Register

PERIOD = timedelta(days=21)
"""Matters begin within this time; each is told for some days."""
MOST_DAYS = 8.0
SPREAD = 0.0012
"""Degrees that the spot of a matter is away from its place's point, about 120 m."""
JITTER = 0.0003
SPOKEN = frozenset({Channel.HOTLINE_12345, Channel.POLICE_110, Channel.TRANSPORT_12328})
CODED = frozenset({Channel.URBAN_12319, Channel.OPEN311, Channel.CONSUMER_12315,
                   Channel.ENVIRONMENT_12369, Channel.GRID_PATROL})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing in the world. `copied` is a wording that all who tell it copy."""

    name: str
    thing: Thing
    place: PlaceName
    lon: float
    lat: float
    begin: datetime
    days: float
    people: int
    copied: Wording | None = None
    twin: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """One report of a matter, before it is a fact."""

    matter: Matter
    channel: Channel
    at: datetime
    person: Person
    title: str
    text: str
    place_text: str = ""
    fix: tuple[float, float] | None = None
    division: str = ""
    grid: str = ""
    category: str = ""
    object_name: str = ""
    confidential: bool = False
    photo: str = ""


def draw_matters(
    register: Register, split: Split, seed: int, count: int, end: datetime
) -> list[Matter]:
    """Return `count` matters before `end`; a trouble comes once at a place, or in two buildings."""
    draw = random.Random(f"{split}/{seed}")
    places = [place for place in register.town.places if place.lon is not None]
    troubles = [trouble for trouble in sorted(wordings(split)) if not trouble.startswith(ALONE)]
    with_buildings = [t for t in troubles if any("{b}" in w.text for w in wordings(split)[t])]
    drawn: list[Matter] = []
    used: set[tuple[str, str]] = set()

    def fresh(place: PlaceName, trouble: str, begin: datetime) -> Matter | None:
        if (place.name, trouble) in used:
            return None
        used.add((place.name, trouble))
        number = len(drawn)
        name = f"{split}-{seed}-{number:05d}"
        return _matter(draw, name, trouble, place, begin, _spot(draw, register, place))

    while len(drawn) < count:
        begin = end - PERIOD * draw.random()
        place, kind = draw.choice(places), draw.random()
        trouble = draw.choice(with_buildings if kind < 0.12 else troubles)
        matter = fresh(place, trouble, begin)
        if matter is None:
            continue
        drawn.append(matter)
        told = wordings(split)[trouble]
        if kind < 0.12:
            drawn[-1] = replace(matter, twin=True)
            drawn += _twins(draw, matter, len(drawn), told, copied=kind < 0.06)
        elif kind < 0.27:
            family = [t for t in troubles if t.split(".")[:2] == trouble.split(".")[:2]]
            near = begin + timedelta(days=draw.uniform(-2, 2))
            other = fresh(place, draw.choice(family), near)
            drawn += [other] if other else []
        elif kind < 0.33:
            copied = draw.choice([one for one in told if "{p}" in one.text] or told)
            for elsewhere in draw.sample(places, draw.randint(2, 5)):
                other = fresh(elsewhere, trouble, begin)
                drawn += [replace(other, copied=copied)] if other else []
        elif kind < 0.36:
            drawn[-1] = replace(matter, copied=draw.choice(told), people=draw.randint(8, 25))
    return drawn[:count]


def _spot(draw: random.Random, register: Register, place: PlaceName) -> tuple[float, float]:
    """Return where at a place it is: about it, and in its grid."""
    while True:
        lon = (place.lon or 0.0) + draw.uniform(-SPREAD, SPREAD)
        lat = (place.lat or 0.0) + draw.uniform(-SPREAD, SPREAD)
        grid = register.grid_at(lon, lat)
        if grid is not None and grid.code == place.grid_code:
            return lon, lat


def _matter(
    draw: random.Random,
    name: str,
    trouble: str,
    place: PlaceName,
    begin: datetime,
    spot: tuple[float, float],
) -> Matter:
    return Matter(
        name=name,
        thing=draw_thing(draw, trouble),
        place=place,
        lon=spot[0],
        lat=spot[1],
        begin=begin,
        days=min(MOST_DAYS, draw.expovariate(1 / 3)),
        people=draw.choices((1, 2, 3, 4, 5, 7, 10), weights=(30, 20, 15, 12, 10, 8, 5))[0],
    )


def _twins(
    draw: random.Random, matter: Matter, number: int, told: Sequence[Wording], *, copied: bool
) -> list[Matter]:
    """Return the same trouble in other buildings of the place, told in copied words or in own."""
    text = draw.choice([one for one in told if "{b}" in one.text])
    others = [number for number in range(1, 21) if number != matter.thing.building]
    buildings = draw.sample(others, draw.randint(1, 2))
    return [
        replace(
            matter,
            name=f"{matter.name}-{number + at}",
            thing=replace(matter.thing, building=building),
            begin=matter.begin + timedelta(hours=draw.uniform(-30, 30)),
            people=draw.randint(1, 4),
            copied=text if copied else None,
            twin=True,
        )
        for at, building in enumerate(buildings)
    ]


def tell(matter: Matter, split: Split) -> Iterator[Said]:
    """Yield the reports of a matter."""
    draw = random.Random(matter.name)
    told = list(wordings(split)[matter.thing.trouble])
    if matter.twin:
        told = [one for one in told if "{b}" in one.text]
    draw.shuffle(told)
    leaf = told[0].leaf
    channels = [c for c in SHARES if hears(c, leaf) or FAMILIES[c] is ALL]
    photo = f"{draw.getrandbits(256):064x}" if draw.random() < 0.04 else ""
    person = draw_person(draw)
    for index in range(matter.people):
        channel = draw.choices(channels, weights=[SHARES[c] for c in channels])[0]
        if index and draw.random() > 0.08:
            person = draw_person(draw)
        if draw.random() < 0.05:
            # Some people write in again and again, about this and that.
            person = draw_person(random.Random(f"regular {draw.randrange(60)}"))
        wording = matter.copied or told[index % len(told)]
        at = matter.begin + timedelta(days=matter.days * draw.random() * bool(index))
        yield _said(draw, matter, wording, channel, at, person, photo)


def _said(
    draw: random.Random,
    matter: Matter,
    wording: Wording,
    channel: Channel,
    at: datetime,
    person: Person,
    photo: str,
) -> Said:
    text, title = _filled(draw, matter, wording.text), _filled(draw, matter, wording.title)
    said = Said(matter, channel, at, person, title, text)
    said = _placed(draw, said, named="{p}" in wording.text)
    leaf = wording.leaf
    dice = draw.random()
    code = leaf if dice < (0.9 if channel in CODED else 0.45) else ""
    if dice > 0.985:
        code = draw.choice(ALL)
    slip = draw.random()
    text = said.text
    if channel in SPOKEN and slip < 0.35:
        text = misheard(draw, text, draw.choice((0.02, 0.04, 0.07)))
    elif slip < 0.04:
        text = traditional(text)
    elif slip < 0.09:
        text = full_width(text)
    return replace(
        said,
        text=text,
        category=code,
        object_name=matter.thing.whom if channel is Channel.CONSUMER_12315 else "",
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


def _placed(draw: random.Random, said: Said, *, named: bool) -> Said:
    """Return a report with what its channel tells of the place beside the words."""
    matter, place = said.matter, said.matter.place
    if said.channel is Channel.GRID_PATROL:
        return replace(said, grid=place.grid_code, fix=_fix(draw, matter))
    if draw.randrange(100) < PLACED.get(said.channel, 100):
        return replace(said, fix=_fix(draw, matter))
    if named and draw.random() < 0.7:
        return said
    dice = draw.random()
    if dice < 0.9 or said.channel is Channel.POLICE_110:
        return replace(said, place_text=_filled(draw, matter, "{p}"))
    return replace(said, division=place.division_code) if dice < 0.96 else said


def _fix(draw: random.Random, matter: Matter) -> tuple[float, float]:
    wide = JITTER * (4 if draw.random() < 0.05 else 1)
    return (
        round(matter.lon + draw.uniform(-wide, wide), 6),
        round(matter.lat + draw.uniform(-wide, wide), 6),
    )
