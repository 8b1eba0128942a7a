"""Simulated complaints name firms of the simulated register, written as citizens write."""

import random
from datetime import UTC, datetime

from hub.lab.simulate.registers import drawn_firms
from hub.lab.simulate.scenario.day import draw_day
from hub.lab.simulate.scenario.firms import CHANNELS, with_firms, written_otherwise
from hub.settings import Settings
from hub.town.registers import load_town
from streams.matching.firms.keys import keys_of
from streams.matching.firms.name import registered_name, written_names

END = datetime(2026, 3, 2, tzinfo=UTC)


def test_most_complaints_name_a_firm_of_their_grid() -> None:
    """The same seed names the same firms; other channels stay as they are."""
    town = load_town(Settings().town)
    places = [place for place in town.places if place.lon is not None]
    day, firms = draw_day(places, 1, 600, END), drawn_firms(town)
    named = list(with_firms(day, firms, 1))
    assert named == list(with_firms(day, firms, 1))
    changed = [new for old, new in zip(day, named, strict=True) if old != new]
    about = [each for each in day if each.channel in CHANNELS]
    assert {each.channel for each in changed} <= set(CHANNELS)
    assert len(changed) > len(about) / 2


def test_a_name_written_otherwise_can_be_found() -> None:
    """It shares a key with the registered name, in most of the ways."""
    draw, name = random.Random(1), "宏福小吃店"
    keys = set(keys_of(registered_name(name)))
    written = {written_otherwise(draw, name, "幸福小区") for _ in range(200)}
    assert len(written) > 3
    for text in written:
        assert any(keys & set(keys_of(reading)) for reading in written_names(text)), text
