"""The simulated day: a seed always gives the same day, and the connectors decode it correctly."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

from connectors.contract import DecodeContext
from connectors.registry import load_connectors
from hub.lab.simulate.label import to_raw_message
from hub.lab.simulate.native.pack import pack
from hub.lab.simulate.scenario.day import Submission, draw_day
from hub.lab.simulate.scenario.rounds import with_rounds
from hub.settings.town import SHIPPED_TOWN
from hub.town.patrols import load_patrols
from hub.town.registers import load_town
from schemas.base import BEIJING
from schemas.channel import REPORTING, Channel
from schemas.reports.fact import Kind
from tests.contract.samples import RECEIVED_AT

PLACES = [place for place in load_town(Path(SHIPPED_TOWN)).places if place.lon is not None]
CONNECTORS = load_connectors()
PATROLS = load_patrols(SHIPPED_TOWN)


def day(seed: int = 7, count: int = 1200) -> list[Submission]:
    """Return the submissions of a drawn day."""
    return draw_day(PLACES, seed, count, RECEIVED_AT.astimezone(BEIJING))


def test_a_seed_always_draws_the_same_day() -> None:
    """The same seed draws the same submissions, another seed draws others."""
    assert day() == day()
    assert day() != day(seed=8)


def test_a_day_has_all_sources_and_all_sorts() -> None:
    """All channels send; some reports share a matter, some messages are invalid, some follow up."""
    submissions = day()
    assert {submission.channel for submission in submissions} == set(REPORTING)
    matters = Counter(submission.matter for submission in submissions)
    assert max(matters.values()) > 3
    assert any(submission.rubbish for submission in submissions)
    assert any(submission.parent for submission in submissions)
    assert submissions[-1].at - submissions[0].at > timedelta(hours=15)


def test_connectors_understand_every_message() -> None:
    """Every submission is a fact, a fault, a duplicate or skipped; the truth has the facts' ids."""
    for message in pack(with_rounds(day(), PATROLS, 7)):
        raw = to_raw_message(message, 0, RECEIVED_AT)
        (decoded,) = CONNECTORS[message.channel].decode_batch([raw], DecodeContext())
        parts = (
            len(decoded.facts)
            + len(decoded.faults)
            + decoded.duplicates
            + sum(decoded.skipped.values())
        )
        assert parts == message.parts, (message, decoded)
        assert {fact.native_id for fact in decoded.facts} == {known for known, _ in message.truth}


def test_workers_go_their_rounds() -> None:
    """Visits go to households of the worker's grid, some with a wish; some grids get no checks."""
    submissions = with_rounds(day(count=5000), PATROLS, 7)
    visits = [t for t in submissions if t.channel is Channel.GRID_PATROL and t.kind is Kind.VISIT]
    homes = {home.code: home.grid_code for home in PATROLS.households}
    assert visits
    assert all(homes[visit.household] == visit.place.grid_code for visit in visits)
    assert any(visit.wish for visit in visits)
    grids = {posting.grid_code for posting in PATROLS.workers}
    seen = {t.place.grid_code for t in submissions if t.kind is Kind.PATROL_CHECK}
    assert 0 < len(grids - seen) <= len(grids) // 4
