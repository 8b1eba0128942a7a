"""The simulated day: the same for a seed, and understood by the connectors as it was meant."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

from connectors.contract import DecodeContext
from connectors.registry import load_connectors
from hub.lab.simulate.label import raw_of
from hub.lab.simulate.native.pack import pack
from hub.lab.simulate.scenario.day import Telling, draw_day
from hub.lab.simulate.scenario.rounds import on_rounds
from hub.settings.town import SHIPPED_TOWN
from hub.town.patrols import load_patrols
from hub.town.registers import load_town
from schemas.base import BEIJING
from schemas.channel import Channel
from schemas.reports.fact import Kind
from tests.contract.samples import RECEIVED_AT

PLACES = [place for place in load_town(Path(SHIPPED_TOWN)).places if place.lon is not None]
CONNECTORS = load_connectors()
PATROLS = load_patrols(SHIPPED_TOWN)


def day(seed: int = 7, count: int = 1200) -> list[Telling]:
    """Draw a day."""
    return draw_day(PLACES, seed, count, RECEIVED_AT.astimezone(BEIJING))


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
    for message in pack(on_rounds(day(), PATROLS, 7)):
        raw = raw_of(message, 0, RECEIVED_AT)
        (got,) = CONNECTORS[message.channel].decode_batch([raw], DecodeContext())
        parts = len(got.facts) + len(got.faults) + got.duplicates + sum(got.skipped.values())
        assert parts == message.parts, (message, got)
        assert {fact.native_id for fact in got.facts} == {known for known, _ in message.truth}


def test_workers_go_their_rounds() -> None:
    """Each visit is to a household of its grid, some find a wish; in some grids nobody goes."""
    told = on_rounds(day(count=5000), PATROLS, 7)
    visits = [t for t in told if t.channel is Channel.GRID_PATROL and t.kind is Kind.VISIT]
    homes = {home.code: home.grid_code for home in PATROLS.households}
    assert visits
    assert all(homes[visit.household] == visit.place.grid_code for visit in visits)
    assert any(visit.wish for visit in visits)
    grids = {posting.grid_code for posting in PATROLS.workers}
    seen = {t.place.grid_code for t in told if t.kind is Kind.PATROL_CHECK}
    assert 0 < len(grids - seen) <= len(grids) // 4
