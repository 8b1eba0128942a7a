"""Ratings of tasks: a unit that got one rates the department once its last day is over."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.accounts.staff import StaffRole
from hub.store.client import Store
from schemas.base import BEIJING
from schemas.cases.assignment import Tier
from schemas.town.task import Ruling
from tests.builders.tasks import keep_task, task_of
from tests.hub.workbench.ratings.whistled import RATINGS, give_key, whistled_case
from tests.hub.workbench.site import Site, latin_words, serve

TODAY = datetime.now(UTC).astimezone(BEIJING).date()
RATE = "/work/ratings/task"


def kept(store: Store, *, ended: int | None = 3, handed: int = 20, **more: Any) -> str:
    """Store a task whose last day was some days ago; None: it has none. Return its id."""
    due = None if ended is None else TODAY - timedelta(days=ended)
    day, fields = TODAY - timedelta(days=handed), {"tier": Tier.TOWNSHIP, **more}
    return keep_task(store, task_of("市容台账", day, due_on=due, **fields))


def test_a_township_rates_the_department_of_a_task(store: Store, tmp_path: Path) -> None:
    """Only the grade is asked; the page does not show it again; it can be given again."""
    task = kept(store)

    async def talk(site: Site) -> None:
        give_key(site.settings)
        await site.log_in("镇长", StaffRole.TOWNSHIP, "U-T")
        page = await site.page("/work/ratings")
        for shown in ("城管局", "市容台账", "清城〔2026〕3号", "下派任务"):
            assert shown in page
        assert "问题是否解决" not in page
        assert latin_words(page) == []
        assert (await site.send(RATE, task=task, grade="poor")).status == 303
        assert store.rows(RATINGS) == [("U-C", None, None, "poor", 1)]
        page = await site.page("/work/ratings")
        assert "已评价" in page
        assert " selected" not in page
        assert (await site.send(RATE, task=task, grade="good")).status == 303
        assert store.rows(f"{RATINGS} FINAL") == [("U-C", None, None, "good", 2)]
        lines = [line for line in site.audit() if line[0] == "rating"]
        assert [line[4] for line in lines] == [f"task {task}"] * 2
        assert "poor" not in str(site.audit())

    serve(store, tmp_path, talk)


@pytest.mark.parametrize(
    "more",
    [
        {"ended": 0},
        {"ended": -5},
        {"ended": 400, "handed": 420},
        {"ended": None, "handed": 29},
        {"ruling": Ruling.REFUSED},
        {"ruling": Ruling.TO_COUNTY},
        {"tier": Tier.VILLAGE},
        {"receiver": "U-X"},
        {"department": "U-V"},
    ],
)
def test_a_task_that_is_not_to_be_rated_is_refused(
    store: Store, tmp_path: Path, more: dict[str, Any]
) -> None:
    """It goes on, is too old, was not admitted, is of others; the refusal is in the audit."""
    task = kept(store, **more)

    async def talk(site: Site) -> None:
        give_key(site.settings)
        await site.log_in("镇长", StaffRole.TOWNSHIP, "U-T")
        assert "市容台账" not in await site.page("/work/ratings")
        assert (await site.send(RATE, task=task, grade="poor")).status == 409
        assert [line[4] for line in site.audit() if line[0] == "rating_refused"] == [f"task {task}"]
        assert store.rows(RATINGS) == []

    serve(store, tmp_path, talk)


def test_a_task_without_a_last_day_is_rated_after_a_month(store: Store, tmp_path: Path) -> None:
    """A village rates tasks of villages; departments and the city rate none."""
    task = kept(store, tier=Tier.VILLAGE, ended=None, handed=31)

    async def talk(site: Site) -> None:
        give_key(site.settings)
        await site.log_in("局长", StaffRole.UNIT, "U-C")
        assert (await site.send(RATE, task=task, grade="good")).status == 409
        await site.log_in("张主任", StaffRole.CITY)
        assert (await site.send(RATE, task=task, grade="good")).status == 403
        await site.log_in("村主任", StaffRole.UNIT, "U-V")
        assert (await site.send(RATE, task=task)).status == 400
        assert (await site.send(RATE, task=task, grade="good")).status == 303
        assert store.rows(RATINGS) == [("U-C", None, None, "good", 1)]

    serve(store, tmp_path, talk)


def test_tasks_and_cases_are_counted_together(store: Store, tmp_path: Path) -> None:
    """The navigation counts what waits; nothing is in common between their rows in the store."""
    whistled_case(store)
    kept(store)

    async def talk(site: Site) -> None:
        give_key(site.settings)
        await site.log_in("镇长", StaffRole.TOWNSHIP, "U-T")
        live = (await (await site.client.get("/work/live")).json())["queues"]
        assert live["to_rate"] == 2

    serve(store, tmp_path, talk)
