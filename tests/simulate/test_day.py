"""The simulated day: the same for a seed, and understood by the connectors as it was meant."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

from connectors.contract import DecodeContext
from connectors.moment import CHINA
from connectors.registry import load_connectors
from hub.settings import SHIPPED_TOWN
from hub.simulate.day import Telling, draw_day
from hub.simulate.label import raw_of
from hub.simulate.pack import pack
from hub.town_files import load_town
from schemas.channel import Channel
from tests.contract.samples import RECEIVED_AT

PLACES = [place for place in load_town(Path(SHIPPED_TOWN)).places if place.lon is not None]
CONNECTORS = load_connectors()


def day(seed: int = 7, count: int = 1200) -> list[Telling]:
    """Draw a day."""
    return draw_day(PLACES, seed, count, RECEIVED_AT.astimezone(CHINA))


def test_a_seed_draws_one_day() -> None:
    """The same seed, the same tellings; another seed, others."""
    assert day() == day()
    assert day() != day(seed=8)


def test_a_day_has_all_sources_and_all_sorts() -> None:
    """Every source speaks; some matters are told by many; some of it is rubbish."""
    told = day()
    assert {telling.channel for telling in told} == set(Channel)
    matters = Counter(telling.matter for telling in told)
    assert max(matters.values()) > 3
    assert any(telling.rubbish for telling in told)
    assert any(telling.parent for telling in told)
    assert told[-1].at - told[0].at > timedelta(hours=15)


def test_connectors_understand_every_message() -> None:
    """Each part is a fact, a fault where it is rubbish, or a skip; ids are those of the truth."""
    for message in pack(day()):
        raw = raw_of(message, 0, RECEIVED_AT)
        (got,) = CONNECTORS[message.channel].decode_batch([raw], DecodeContext())
        parts = len(got.facts) + len(got.faults) + got.duplicates + sum(got.skipped.values())
        assert parts == message.parts, (message, got)
        assert {fact.native_id for fact in got.facts} == {known for known, _ in message.truth}
