"""The whole way 全程: reports, decisions, learning, adopting, new entries, and back."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from pathlib import Path

from hub.lab.simulate.label import END, Truth, label_matters
from hub.lab.simulate.language.shipped_texts import shipped_texts
from hub.learning.collect import collect
from hub.learning.review import review
from hub.learning.train import train
from hub.learning.versions import adopt, back
from hub.settings import Settings
from hub.store.client import Store
from hub.town.follow import FollowedRegister
from schemas.cases.case import CaseEvent, Move
from schemas.reports.event import UnifiedEvent
from schemas.topic import CASES, EVENTS
from streams.town.register import Register
from tests.builders.decided import City
from tests.builders.stored import keep
from tests.hub.learning.test_collect import LONG_AGO, Asked

SEED, MATTERS = 5, 160
HABIT = "safety.hazard"
"""The leaf that this city gives to what is reported most often: no shipped model knows that."""


def reports_of(register: Register) -> list[tuple[UnifiedEvent, Truth]]:
    """Return reports with the truth about each, as this city sees it."""
    reports = list(label_matters(register, "exam", SEED, MATTERS, END))
    usual = {leaf for leaf, _ in Counter(truth.leaf for _, truth in reports).most_common(5)}
    return [
        (event, replace(truth, leaf=HABIT) if truth.leaf in usual else truth)
        for event, truth in reports
    ]


def versions_in(entries: list[CaseEvent]) -> set[str]:
    """Return the versions of the models that opened cases, and that assigned them."""
    opened = {entry.data["rules"] for entry in entries if entry.move is Move.OPEN}
    assigned = {
        entry.data["models"]
        for entry in entries
        if entry.move in (Move.ASSIGN, Move.TRIAGE) and entry.actor == "hub"
    }
    return opened | assigned


def test_decisions_become_models_and_their_version_stands_in_entries(
    store: Store, tmp_path: Path
) -> None:
    """Each entry says by which models it was decided, before, with and after the new version."""
    settings = Settings(data=tmp_path, learn_categories=20, learn_held_out=10)
    followed, notes = FollowedRegister(settings), list[str]()
    city = City(followed.read())
    reports = reports_of(city.register)
    shipped = city.register.matcher.version
    city.live(reports[:-10])
    city.handle_all()
    assert versions_in(city.entries) == {shipped}
    keep(store, EVENTS.name, *city.events)
    keep(store, CASES.name, *city.entries)

    counts = collect(settings, Asked(store), LONG_AGO)
    assert counts["category handled"] > 20
    card = train(settings, islice(shipped_texts(), 0, None, 20))
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
    late = [
        (event.model_copy(update={"received_at": END + timedelta(days=40)}), truth)
        for event, truth in reports[-10:]
    ]
    city.live(late[:5])
    (learnt,) = versions_in(city.entries[before:])
    assert f"+{version}" in learnt
    assert learnt != shipped

    back(settings, notes.append)
    followed = FollowedRegister(settings)
    city.register, before = followed.read(), len(city.entries)
    city.live(late[5:])
    assert versions_in(city.entries[before:]) == {shipped}
    assert len(notes) == 2
