"""Visits to people on the phone page: by code and household, cared-for people only."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from hub.accounts.staff import StaffRole
from hub.publish.followed import follow_people
from hub.store.client import Store
from hub.store.registers import store_registers
from schemas.registers.person_class import PersonClass
from schemas.reports.fact import Kind
from schemas.town.patrol import Does, Every, Patrols, Plan, Whom
from tests.builders.town import TOWN
from tests.hub.workbench.phone.test_phone import (
    PATROLS,
    decoded_fact,
    intake,
    post,
    record,
)
from tests.hub.workbench.register_pages.office import code, fill
from tests.hub.workbench.signed_intake import SignedIntake
from tests.hub.workbench.site import Site, serve

__all__ = ["intake"]
LONG_AGO = date(2020, 1, 1)
PLAN = Plan(
    id="people",
    name="重点人群每周走访",
    does=Does.VISIT,
    every=Every.WEEK,
    whom=Whom.PEOPLE,
    classes=(PersonClass.LIVES_ALONE, PersonClass.DRUG_USE),
    since=LONG_AGO,
)


@pytest.fixture
def followed(store: Store, intake: SignedIntake) -> Store:
    """Return a store whose people are followed by a plan; the intake has stored other plans."""
    del intake
    store.command("TRUNCATE TABLE grids")
    fill(store)
    patrols = Patrols(PATROLS.workers, PATROLS.households, (PLAN,), (1,))
    store_registers(store, TOWN, patrols, datetime.now(UTC))
    store.command("ALTER TABLE people_followed MODIFY COMMENT 'none'")
    follow_people(store, LONG_AGO)
    return store


def test_a_worker_sees_whom_to_visit_and_no_name(
    followed: Store, tmp_path: Path, intake: SignedIntake
) -> None:
    """His own grids only; a phone is lost easily, so it has no key persons."""
    del intake

    async def talk(site: Site) -> None:
        await site.log_in("小李", StaffRole.GRID_WORKER, "W1")
        answer = await site.client.get("/patrol/data")
        data = await answer.json()
        duties = data["duties"]
        assert {duty["record"]["person"] for duty in duties} == {code(1), code(5)}
        assert {duty["name"] for duty in duties} == {"走访独居老人"}
        assert {duty["outcome"] for duty in duties} == {"已逾期"}
        for hidden in ("王小明", "吸毒", "drug_use", code(2), code(4)):
            assert hidden not in str(data)

    serve(followed, tmp_path, talk)


def test_a_visit_names_a_person_of_the_worker(
    followed: Store, tmp_path: Path, intake: SignedIntake
) -> None:
    """By his code; somebody of another grid, a key person and a check are refused."""

    async def talk(site: Site) -> None:
        await site.log_in("小李", StaffRole.GRID_WORKER, "W1")
        async with intake.running():
            for changes, status in (
                ({"person": code(1)}, 200),
                ({"person": code(4)}, 403),
                ({"person": code(2)}, 403),
                ({"person": "x"}, 400),
                ({"person": code(1), "type": "check"}, 400),
                ({"person": ""}, 400),
            ):
                answer = await post(site, record(**{"type": "visit", "text": "", **changes}))
                assert answer.status == status, (changes, await answer.text())
        (body,) = intake.bodies
        fact = decoded_fact(body)
        assert (fact.kind, fact.person, fact.household) == (Kind.VISIT, code(1), "")

    serve(followed, tmp_path, talk)


def test_a_refusal_has_no_words_of_the_library(
    followed: Store, tmp_path: Path, intake: SignedIntake
) -> None:
    """The phone shows it to the worker, whose page is in Chinese."""
    del intake

    async def talk(site: Site) -> None:
        await site.log_in("小李", StaffRole.GRID_WORKER, "W1")
        answer = await post(site, record(type="check", person=code(1)))
        assert (await answer.json())["detail"] == "记录有误：只有走访可以对应一个人"

    serve(followed, tmp_path, talk)
