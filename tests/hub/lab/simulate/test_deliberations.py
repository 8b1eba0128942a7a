"""The deliberations of the demo: a dozen, by the rules, with some of every kind to look at."""

from datetime import UTC, datetime

import pytest

from hub.lab.simulate.scenario.deliberations import BOARD, MINUTES, draw_deliberations
from hub.settings import Settings
from hub.town.registers import load_town
from schemas.deliberation.fold import Deliberation, DeliberationState, deliberation_of
from schemas.deliberation.record import Result
from schemas.deliberation.topic import STEPS

END = datetime(2026, 11, 29, 4, 0, tzinfo=UTC)
PICTURES = {MINUTES: f"{1:064x}.jpg", BOARD: f"{2:064x}.jpg"}


def drawn(seed: int = 1) -> list[Deliberation]:
    """Return the deliberations of the shipped town."""
    records = draw_deliberations(load_town(Settings().town), END, seed, PICTURES)
    codes = dict.fromkeys(record.code for record in records)
    folded = [deliberation_of([r for r in records if r.code == code]) for code in codes]
    return [item for item in folded if item is not None]


@pytest.mark.parametrize("seed", range(1, 6))
def test_a_dozen_deliberations_are_at_all_steps(seed: int) -> None:
    """Some are overdue, finished or rejected; one had too small a meeting; some have objections."""
    items = drawn(seed)
    assert len(items) == 12
    assert {item.present.step for item in items} == set(STEPS)
    assert {item.state for item in items} == {DeliberationState.OPEN, DeliberationState.FINISHED}
    assert any(item.days_late(END) for item in items)
    assert {item.result for item in items} >= {Result.ADOPTED, Result.REJECTED}
    assert any(len(item.spans) > len(STEPS) - 1 for item in items)
    assert any(item.objections for item in items)
    assert max(item.changed_at for item in items) < END


def test_the_same_seed_draws_the_same_deliberations() -> None:
    """Records have the same ids, so a second start adds nothing."""
    assert drawn() == drawn()
