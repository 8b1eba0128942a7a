"""The counts beside the pages: what is late or waits there, for each viewer."""

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.accounts.permissions import scope_of, sees_rows
from hub.accounts.session import Viewer
from hub.accounts.staff import StaffRole
from hub.store.client import Store
from hub.workbench.navigation import PageCount
from hub.workbench.queues.page_counts import KEPT_SECONDS, PageCounts
from hub.workbench.queues.query import WAITING_ROWS
from schemas.deliberation.topic import Step
from schemas.reports.service import ServiceStage
from schemas.topic import DELIBERATIONS
from tests.builders.service import keep_stages, stage
from tests.builders.stored import keep
from tests.builders.town import REGISTER, VILLAGE
from tests.hub.deliberations.built import DETAILS, advanced
from tests.hub.workbench.burdens.test_burdens import OFF_LIST
from tests.hub.workbench.deliberations.test_list import stored as stored_topic
from tests.hub.workbench.projects.test_list import stored
from tests.hub.workbench.ratings.whistled import form, give_key, whistled_case
from tests.hub.workbench.site import Site, serve

OLD = datetime.now(UTC) - timedelta(days=60)
ELSEWHERE = "421299009001"
VIEWERS = (
    Viewer("张主任", StaffRole.CITY),
    Viewer("审计", StaffRole.AUDITOR),
    Viewer("镇长", StaffRole.TOWNSHIP, "U-T"),
    Viewer("镇长", StaffRole.TOWNSHIP, "none"),
    Viewer("所长", StaffRole.UNIT, "U-V"),
    Viewer("所长", StaffRole.UNIT, ""),
    Viewer("网格员", StaffRole.GRID_WORKER, ""),
)
CITY_WIDE = {"projects_late": 2, "deliberations_late": 2}
OWN = {"projects_late": 1, "deliberations_late": 1}


def filled(store: Store) -> None:
    """Store what is late, some of it of another township and unit."""
    stored(store, "1", late=2)
    stored(store, "2", late=9, unit="U-X", village=ELSEWHERE)
    stored(store, "3", late=-9)
    stored_topic(store, "1", late=2)
    stored_topic(store, "2", late=9, unit="U-X", village=ELSEWHERE)
    keep_stages(
        store,
        stage("1001", ServiceStage.ACCEPTED, OLD, promised_days=3, unit="U-V"),
        stage("1002", ServiceStage.ACCEPTED, OLD, promised_days=3, unit="U-X"),
        stage("1003", ServiceStage.ACCEPTED, OLD, promised_days=90, unit="U-V"),
    )


async def live(site: Site) -> dict[str, int]:
    """Return the counts of the pages that the live update has."""
    counts: dict[str, int] = {}
    # No page waits for service items: they are counted meanwhile.
    while PageCount.SERVICES not in counts:
        counts = (await (await site.client.get("/work/live")).json())["queues"]
    return {code: counts[code] for code in PageCount if code in counts}


@pytest.mark.parametrize("viewer", VIEWERS)
def test_a_viewer_sees_the_rows_of_his_scope(store: Store, viewer: Viewer) -> None:
    """What Python selects of rows counted for all viewers is what the SQL of the scope selects."""
    scope, sees = scope_of(viewer, REGISTER), sees_rows(viewer, REGISTER)
    for unit in ("", "U-V", "U-T"):
        for division, grid in ((VILLAGE, ""), ("", f"{VILLAGE}001"), (ELSEWHERE, ""), ("", "")):
            sql = (
                f"SELECT {scope.sql} FROM (SELECT '{unit}' AS unit,"
                f" '{division}' AS division_code, '{grid}' AS grid_code)"
            )
            ((selected,),) = store.rows(sql, scope.parameters)
            assert bool(selected) == sees(unit, division, grid)


@pytest.mark.parametrize(
    ("role", "unit", "counts"),
    [
        (StaffRole.CITY, "", {**CITY_WIDE, "services_late": 2, "tasks_to_county": 0}),
        (StaffRole.AUDITOR, "", {**CITY_WIDE, "services_late": 2, "tasks_to_county": 0}),
        (
            StaffRole.TOWNSHIP,
            "U-T",
            {**OWN, "to_rate": 0, "services_late": 2},
        ),
        (StaffRole.UNIT, "U-V", {**OWN, "services_late": 1}),
    ],
)
def test_each_viewer_has_the_counts_of_his_pages(
    store: Store, tmp_path: Path, role: StaffRole, unit: str, counts: dict[str, int]
) -> None:
    """The navigation and the live update have the same numbers; a page without one has none."""
    filled(store)

    async def talk(site: Site) -> None:
        give_key(site.settings)
        await site.log_in("某人", role, unit)
        assert await live(site) == counts
        page = await site.page("/work/projects")
        shown = dict(re.findall(r'data-count="(\w+)"(?:(?!hidden)[^>])*>(\d+)<', page))
        assert {code: int(shown[code]) for code in PageCount if code in shown} == counts
        assert "data-count=" not in page[page.index("/work/search") : page.index("/work/projects")]

    serve(store, tmp_path, talk)


def test_a_unit_counts_what_it_carries_out(store: Store, tmp_path: Path) -> None:
    """The number beside the page is that of its list, and whose topic it is counts nobody twice."""
    details = DETAILS.model_copy(update={"unit": "U-C"})
    for code in ("U-V", "U-C"):
        records = advanced(Step.CARRYING_OUT, details.model_copy(update={"number": code}))
        keep(
            store,
            DELIBERATIONS.name,
            *(r.model_copy(update={"carried_by": code}) if r.carried_by else r for r in records),
        )

    async def talk(site: Site) -> None:
        give_key(site.settings)
        for unit, expected in (("U-V", 1), ("U-C", 2)):
            await site.log_in(unit, StaffRole.UNIT, unit)
            assert (await live(site))["deliberations_late"] == expected
            assert f"超期 {expected}<" in await site.page("/work/deliberations")

    serve(store, tmp_path, talk)


def test_a_form_changes_the_counts_at_once(store: Store, tmp_path: Path) -> None:
    """A task that waits counts after its form; what was rated waits no more."""
    filled(store)
    case = whistled_case(store)

    async def talk(site: Site) -> None:
        give_key(site.settings)
        await site.log_in("张主任", StaffRole.CITY)
        assert (await live(site))["tasks_to_county"] == 0
        assert (await site.send("/work/burdens", **OFF_LIST)).status == 303
        assert (await live(site))["tasks_to_county"] == 1
        await site.log_in("镇长", StaffRole.TOWNSHIP, "U-T")
        assert (await live(site))["to_rate"] == 1
        assert (await site.send("/work/ratings", **form(case))).status == 303
        assert (await live(site))["to_rate"] == 0

    serve(store, tmp_path, talk)


def test_without_a_key_nothing_is_said_about_ratings(store: Store, tmp_path: Path) -> None:
    """The page is there, but its count is not known."""
    whistled_case(store)

    async def talk(site: Site) -> None:
        await site.log_in("镇长", StaffRole.TOWNSHIP, "U-T")
        assert "to_rate" not in await live(site)
        assert "待评价" in await site.page("/work/projects")

    serve(store, tmp_path, talk)


class FakeServices:
    """Counts how often the store is asked; each answer has one late project more."""

    register = REGISTER

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()

    async def rows(self, sql: str) -> list[dict[str, Any]]:
        """Return one row with the number of the question."""
        self.asked[sql] += 1
        place = {"unit": "U-V", "division_code": VILLAGE, "grid_code": ""}
        return [{"rows": self.asked[sql], **place}]


def counting(talk: Callable[[PageCounts, FakeServices, list[float]], Awaitable[None]]) -> None:
    """Run a test with counts whose clock is the only item of a list."""

    async def nothing(_: Viewer) -> int | None:
        return None

    async def run() -> None:
        services, now = FakeServices(), [0.0]
        counts = PageCounts(services, nothing, lambda: now[0])  # type: ignore[arg-type]
        await talk(counts, services, now)

    asyncio.run(run())


def test_all_viewers_share_one_query() -> None:
    """A hundred members of all roles at the same moment cost one query for each page."""

    async def talk(counts: PageCounts, services: FakeServices, _: list[float]) -> None:
        await asyncio.gather(*(counts.of(viewer) for viewer in VIEWERS * 15))
        assert services.asked == dict.fromkeys(WAITING_ROWS.values(), 1)

    counting(talk)


def test_no_page_waits_for_service_items() -> None:
    """Their number is not there at first, and at the next request it is."""

    async def talk(counts: PageCounts, services: FakeServices, _: list[float]) -> None:
        assert PageCount.SERVICES not in await counts.of(VIEWERS[0])
        known: dict[str, int] = {}
        while PageCount.SERVICES not in known:
            await asyncio.sleep(0)
            known = await counts.of(VIEWERS[0])
        assert known[PageCount.SERVICES] == 1
        assert set(services.asked.values()) == {1}

    counting(talk)


def test_an_old_count_is_shown_while_it_is_counted_again() -> None:
    """Nobody waits for a count but the first one; a form's change is never hidden by it."""

    async def talk(counts: PageCounts, services: FakeServices, now: list[float]) -> None:
        assert (await counts.of(VIEWERS[0]))["projects_late"] == 1
        now[0] += KEPT_SECONDS + 1
        assert (await counts.of(VIEWERS[0]))["projects_late"] == 1
        counts.forget(PageCount.PROJECTS)
        newest = (await counts.of(VIEWERS[0]))["projects_late"]
        assert newest == services.asked[WAITING_ROWS[PageCount.PROJECTS]]
        assert newest > 1
        assert services.asked[WAITING_ROWS[PageCount.BURDENS]] <= 2

    counting(talk)
