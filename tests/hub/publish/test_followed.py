"""Visits by the classes of people: due, done and overdue, and whom they end for."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.publish.followed import follow_people
from hub.registers.load import Terms
from hub.registers.tables import Way
from hub.sql.roles import HIDDEN, SHOWN
from hub.store.client import Store
from hub.store.registers import store_registers
from schemas.base import BEIJING
from schemas.reports.fact import Kind
from schemas.topic import EVENTS
from schemas.town.patrol import Does, Every, Patrols, Plan, Whom
from tests.builders.register_files import id_number, person
from tests.builders.stored import keep
from tests.builders.town import TOWN, event
from tests.hub.registers.test_load import SEALER, Office

TODAY = datetime.now(UTC).astimezone(BEIJING).date()
LONG_AGO = date(2020, 1, 1)
CHANGES = Terms(way=Way.CHANGES)


def plan(name: str, every: Every, *classes: str) -> Plan:
    """Return a plan that visits people of some classes since long ago."""
    return Plan(
        id=name,
        name=name,
        does=Does.VISIT,
        every=every,
        whom=Whom.PEOPLE,
        classes=classes,
        since=LONG_AGO,
    )


PLANS = (
    plan("alone-weekly", Every.WEEK, "cared.lives_alone"),
    plan("disabled-monthly", Every.MONTH, "cared.disabled"),
)


def code(number: int) -> str:
    """Return the code of the person `number`."""
    return SEALER.match_key("registered-person", id_number(number))


def visit(number: int, day: date, native_id: str = "") -> Any:
    """Return the visit of a worker to a person at noon of a day."""
    at = datetime(day.year, day.month, day.day, 12, tzinfo=BEIJING)
    if at > datetime.now(BEIJING):
        at = datetime.now(BEIJING) - timedelta(seconds=1)
    body = event(native_id or f"v{number}-{day}", kind=Kind.VISIT, content="")
    return body.model_copy(update={"person": code(number), "occurred_at": at, "worker": "W1"})


@pytest.fixture
def office(store: Store, tmp_path: Path) -> Office:
    """Return an office of a town with the two plans."""
    store_registers(store, TOWN, Patrols((), (), PLANS, (1, 2)), datetime.now(UTC))
    # The tables of another test are empty, and have their comments.
    store.command("ALTER TABLE people_followed MODIFY COMMENT ''")
    return Office(store, tmp_path)


def states(store: Store) -> dict[tuple[str, str], str]:
    """Return the state of each person and plan."""
    rows = store.rows("SELECT code, plan, state FROM visits_of_people")
    return {(code, plan): state for code, plan, state in rows}


def test_a_class_decides_how_often_somebody_is_visited(store: Store, office: Office) -> None:
    """A visit counts for every plan of the person; the whole period before passed: overdue."""
    office.load([person(1, "G1", "独居老人|残疾人"), person(2, "G1", "独居老人"), person(3)])
    follow_people(store, LONG_AGO)
    assert states(store) == {
        (code(1), "alone-weekly"): "overdue",
        (code(1), "disabled-monthly"): "overdue",
        (code(2), "alone-weekly"): "overdue",
    }
    week = TODAY - timedelta(days=TODAY.weekday())
    keep(store, EVENTS.name, visit(1, TODAY), visit(2, week - timedelta(days=1)))
    assert states(store) == {
        (code(1), "alone-weekly"): "done",
        (code(1), "disabled-monthly"): "done",
        (code(2), "alone-weekly"): "due",
    }


def test_nobody_is_overdue_on_his_first_day(store: Store, office: Office) -> None:
    """The day counts on which the hub first saw the person with the class."""
    office.load([person(1, "G1", "独居老人")])
    assert follow_people(store, TODAY)
    assert states(store) == {(code(1), "alone-weekly"): "due"}
    assert not follow_people(store, TODAY + timedelta(days=1))


def test_a_death_or_a_move_ends_the_visits(store: Store, office: Office) -> None:
    """So does the loss of the class; a move within the city takes the visit to the new grid."""
    office.load([person(each, "G1", "独居老人") for each in range(1, 6)])
    follow_people(store, LONG_AGO)
    office.load(
        [
            person(1, "G1", "", "死亡"),
            person(2, "G1", "", "迁出"),
            person(3, "G1", ""),
            person(4, "G2", "独居老人"),
        ],
        CHANGES,
    )
    follow_people(store, TODAY)
    rows = store.rows("SELECT code, grid_code, since FROM visits_of_people ORDER BY grid_code")
    assert rows == [(code(5), "G1", LONG_AGO), (code(4), "G2", LONG_AGO)]


def test_few_people_are_only_counted(store: Store, office: Office) -> None:
    """Of fewer than five nobody learns how many were not visited; staff see no code."""
    office.load(
        [person(each, "G1", "独居老人") for each in range(1, 6)] + [person(9, "G2", "独居老人")]
    )
    follow_people(store, LONG_AGO)
    keep(store, EVENTS.name, visit(1, TODAY))
    rows = store.rows(
        "SELECT grid_code, people, done, due, overdue FROM visits_by_class ORDER BY grid_code"
    )
    assert rows == [("G1", 5, 1, 0, 4), ("G2", 1, None, None, None)]
    assert "visits_by_class" in SHOWN
    assert not {"person_visits", "people_followed", "visits_of_people", "people"} & SHOWN
    assert "person" in HIDDEN["events"]


def test_a_visit_that_comes_twice_or_late_counts_by_its_own_day(
    store: Store, office: Office
) -> None:
    """The time of the visit counts, not that of the upload."""
    office.load([person(1, "G1", "独居老人")])
    follow_people(store, LONG_AGO)
    late = visit(1, TODAY - timedelta(days=40), "late")
    keep(store, EVENTS.name, late, late)
    assert states(store) == {(code(1), "alone-weekly"): "overdue"}
    (row,) = store.rows("SELECT last_visit FROM visits_of_people")
    assert row == (TODAY - timedelta(days=40),)


@pytest.mark.parametrize(
    "fields",
    [
        {
            "every": "matter",
            "classes": ["cared.disabled"],
            "within_hours": 1,
            "urgency": ["urgent"],
        },
        {"every": "working_day", "classes": ["cared.disabled"]},
        {"every": "week", "classes": []},
        {"every": "week", "classes": ["disabled"]},
        {"every": "week", "classes": ["cared.disabled", "cared.disabled"]},
        {"every": "week", "classes": ["cared.disabled"], "does": "check"},
        {"every": "week", "classes": "people"},
    ],
)
def test_a_plan_for_people_names_classes_and_a_period(fields: dict[str, Any]) -> None:
    """What the views cannot follow is refused when the file is read."""
    base = {"id": "p", "name": "p", "does": "visit", "whom": "people"}
    with pytest.raises(ValueError, match="people"):
        Plan.model_validate(base | fields)
