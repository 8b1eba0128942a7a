"""Place names 地名增补: each is shown to a person once, and then belongs to the register or not."""

from pathlib import Path

import pytest

from hub.learning.places.new_places import (
    FoundName,
    PlaceNameError,
    accept,
    refuse,
    suggested_names,
)
from hub.settings import Settings
from hub.store.client import Store
from hub.town.decided_names import decided_names
from hub.town.follow import FollowedRegister
from hub.town.models import load_register
from schemas.topic import EVENTS
from tests.builders.stored import keep
from tests.builders.town import event
from tests.hub.learning.test_collect import LONG_AGO, Asked

GRID = "429999001001001"
NAME = "樱桃花园"


def complain(store: Store, count: int, name: str = NAME, **more: object) -> None:
    """Store complaints that name a place which no register has."""
    for number in range(count):
        report = event(f"{name}{number}", content=f"{name}的路灯不亮，第{number}天了", **more)
        place = report.place.model_copy(update={"grid_code": GRID, "division_code": GRID[:12]})
        keep(store, EVENTS.name, report.model_copy(update={"place": place}))


def suggested(settings: Settings, store: Store, least: int = 3) -> list[FoundName]:
    """Return the names that are suggested."""
    return suggested_names(settings, Asked(store), LONG_AGO, least)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return the settings of the shipped town with an empty data folder."""
    return Settings(data=tmp_path)


def test_a_name_of_many_reports_is_suggested(settings: Settings, store: Store) -> None:
    """With the number of reports, the likely township and grid, and words around it."""
    complain(store, 4)
    complain(store, 2, "海棠公寓")
    complain(store, 9, "阳光花园")
    (suggestion,) = suggested(settings, store)
    assert (suggestion.name, suggestion.kind, suggestion.reports) == (NAME, "quarter", 4)
    assert (suggestion.township, suggestion.grid) == (GRID[:9], GRID)
    assert all(NAME in example for example in suggestion.examples)
    assert len(suggestion.examples) == 3


def test_confidential_reports_suggest_nothing(settings: Settings, store: Store) -> None:
    """保密: their words are not read."""
    complain(store, 5, confidential=True)
    assert suggested(settings, store) == []


def test_an_accepted_name_belongs_to_the_register(settings: Settings, store: Store) -> None:
    """A running process takes it over, and it is not suggested again."""
    complain(store, 4)
    followed, notes = FollowedRegister(settings), list[str]()
    (suggestion,) = suggested(settings, store)
    accept(settings, NAME, suggestion, "", "", notes.append)
    register = followed.changed()
    assert register is not None
    (match,) = register.places_in(f"我住在{NAME}三号楼")
    assert (match.place.name, match.place.grid_code) == (NAME, GRID)
    assert match.place.lon == pytest.approx(114.905)
    assert notes == [f"{NAME} accepted"]
    assert suggested(settings, store) == []


def test_a_refused_name_is_never_shown_again(settings: Settings, store: Store) -> None:
    """It is no place of the register either."""
    complain(store, 4)
    refuse(settings, NAME, lambda _: None)
    assert suggested(settings, store) == []
    assert load_register(settings).places_in(f"我住在{NAME}") == []
    (decision,) = decided_names(settings)
    assert (decision.name, decision.accepted) == (NAME, False)


def test_an_alias_is_another_name_of_a_place(settings: Settings) -> None:
    """Both names lead to one place, so the name is not ambiguous."""
    accept(settings, "老阳光院", None, "", "阳光花园", lambda _: None)
    (match,) = load_register(settings).places_in("老阳光院的灯坏了")
    assert match.place.name == "阳光花园"


@pytest.mark.parametrize(
    ("grid", "alias_of", "reason"),
    [
        ("", "", "no report with .* says where it is"),
        ("1", "", "no grid 1"),
        ("", "无名花园", "no place 无名花园"),
    ],
)
def test_a_name_without_a_place_is_refused(
    settings: Settings, grid: str, alias_of: str, reason: str
) -> None:
    """The message says what is missing; nothing is written."""
    notes: list[str] = []
    with pytest.raises(PlaceNameError, match=reason):
        accept(settings, NAME, None, grid, alias_of, notes.append)
    assert decided_names(settings) == ()
    assert notes == []


def test_the_last_decision_on_a_name_counts(settings: Settings) -> None:
    """A name that was refused by mistake can be accepted later."""
    refuse(settings, NAME, lambda _: None)
    accept(settings, NAME, None, GRID, "", lambda _: None)
    (decision,) = decided_names(settings)
    assert decision.accepted
    assert (settings.data / "place_names.csv").stat().st_mode & 0o777 == 0o600
