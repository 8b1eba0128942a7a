"""The whole way 全程: reports, decisions, learning, adopting, new entries, and back."""

from pathlib import Path

import pytest

from hub.lab.simulate.label import Truth
from hub.learning.collect import collect
from hub.learning.review import review
from hub.learning.train import train
from hub.learning.versions import adopt, back
from hub.settings import Settings
from hub.store.client import Store
from hub.town.follow import FollowedRegister
from schemas.cases.case import CaseEvent, Move
from schemas.reports.event import Place, UnifiedEvent
from schemas.topic import CASES, EVENTS
from streams.town.register import Register
from tests.builders.decided import City
from tests.builders.stored import keep
from tests.builders.town import event
from tests.hub.learning.invented import texts
from tests.hub.learning.test_collect import LONG_AGO, Asked

REPORTS = 160
LEAF = "housing.property"
"""The leaf that this city gives to all of the invented complaints; no shipped model knows that."""


def reports_of(register: Register, first: int, count: int) -> list[tuple[UnifiedEvent, Truth]]:
    """Return complaints without a category, each in another grid, over sixty days."""
    grids = register.town.grids
    reports = []
    for number in range(first, first + count):
        grid = grids[number % len(grids)]
        place = Place(division_code=grid.division_code, grid_code=grid.code, settled_by="grid_code")
        report = event(
            f"n{number}",
            content=f"{number}栋{texts(number)}",
            category="",
            minutes=number * 24 * 60 * 60 // REPORTS,
        )
        truth = Truth(f"m{number}", LEAF, grid.code)
        reports.append((report.model_copy(update={"place": place}), truth))
    return reports


def versions_in(entries: list[CaseEvent]) -> set[str]:
    """Return the versions of the models that opened cases, and that assigned them."""
    opened = {entry.data["rules"] for entry in entries if entry.move is Move.OPEN}
    assigned = {
        entry.data["models"]
        for entry in entries
        if entry.move in (Move.ASSIGN, Move.TRIAGE) and entry.actor == "hub"
    }
    return opened | assigned


@pytest.mark.slow
def test_decisions_become_models_and_their_version_stands_in_entries(
    store: Store, tmp_path: Path
) -> None:
    """Each entry says by which models it was decided, before, with and after the new version."""
    settings = Settings(data=tmp_path, learn_categories=20, learn_held_out=20)
    followed, notes = FollowedRegister(settings), list[str]()
    city = City(followed.read())
    shipped = city.register.matcher.version
    city.live(reports_of(city.register, 0, REPORTS))
    city.handle_all()
    assert versions_in(city.entries) == {shipped}
    keep(store, EVENTS.name, *city.events)
    keep(store, CASES.name, *city.entries)

    counts = collect(settings, Asked(store), LONG_AGO)
    assert counts["category set"] > REPORTS / 2
    card = train(settings, [])
    version, measured = card["version"], card["categories"]["figures"]["measured"]
    assert measured["only_new"] > measured["only_present"]
    change, *_ = review(settings, version, 2)["changes"]
    assert (change["name"], change["decisions"]) == ("category", measured["questions"])
    assert change["better"] > change["worse"]
    assert len(change["examples"]) == 2

    adopt(settings, version, notes.append)
    adopted = followed.changed()
    assert adopted is not None
    city.register, before = adopted, len(city.entries)
    city.live(reports_of(city.register, REPORTS, 5))
    (learnt,) = versions_in(city.entries[before:])
    assert f"+{version}" in learnt
    assert learnt != shipped

    back(settings, notes.append)
    followed = FollowedRegister(settings)
    city.register, before = followed.read(), len(city.entries)
    city.live(reports_of(city.register, REPORTS + 5, 5))
    assert versions_in(city.entries[before:]) == {shipped}
    assert len(notes) == 2
