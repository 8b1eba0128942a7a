"""The figures of the overview: who sees them, and that each equals its list."""

import asyncio
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hub.accounts.permissions import Scope
from hub.accounts.staff import StaffRole
from hub.overview import figures
from hub.overview.figures import OverviewFigures
from hub.store.client import Store
from schemas.cases.case import Case
from schemas.topic import CASES
from streams.case.state import PartitionState
from streams.steps import event as receive
from tests.builders.fortnight import sealed_report
from tests.builders.stored import keep
from tests.builders.town import REGISTER
from tests.hub.overview.page import Page, serve


def test_the_public_sees_figures_and_no_case(
    store: Store, cases: list[Case], tmp_path: Path
) -> None:
    """A stranger sees no case, also after a member of staff requested the same figures."""

    async def talk(page: Page) -> None:
        for _ in range(2):
            numbers = await page.get("/api/overview")
            assert int(numbers["totals"]["open"]) > 0
            assert "hottest" not in numbers
            for path in ("/api/cases", f"/api/cases/{cases[0].case_id}", "/api/audit"):
                answer = await page.client.get(path)
                assert (answer.status, (await answer.json())["code"]) == (401, "no_session")
            await page.log_in("主任", StaffRole.CITY)
            assert (await page.get("/api/overview"))["hottest"]
            page.client.session.cookie_jar.clear()

    serve(store, tmp_path, talk, public="figures")


def test_a_list_that_goes_on_says_how_far(
    store: Store, cases: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the page does not list is counted: rows and open cases, and nothing if all are shown."""
    assert cases
    whole = OverviewFigures(store).quick(Scope())
    assert whole["left_out"]["categories"] == {"rows": 0, "open": 0}
    monkeypatch.setattr(figures, "MOST_CATEGORIES", 1)
    short = OverviewFigures(store).quick(Scope())
    rest = whole["categories"][1:]
    counted = {"rows": len(rest), "open": sum(int(row["open"]) for row in rest)}
    assert short["left_out"]["categories"] == counted
    assert counted["rows"] > 0


def test_every_figure_equals_its_list(store: Store, cases: list[Case], tmp_path: Path) -> None:
    """For each role, every figure is the length of the list behind it."""

    async def check(page: Page, area: str = "") -> int:
        numbers = await page.get(f"/api/overview?area={area}")
        within = f"&area={area}" if area else ""
        totals = {
            "open": "open=1",
            "overdue": "overdue=1",
            "yellow": "yellow=1",
            "triage": "state=triage",
            "waiting": "waiting=1",
            "urgent": "urgent=1",
            "red": "red=1",
        }
        columns = {
            "tiers": "tier",
            "units": "unit",
            "categories": "category",
            "grids": "grid_code",
        }
        expected = [(int(numbers["totals"][name]), flag) for name, flag in totals.items()]
        for name, column in columns.items():
            for row in numbers[name]:
                expected.append((int(row["open"]), f"open=1&{column}={row[column]}"))
                if "overdue" in row:
                    expected.append((int(row["overdue"]), f"overdue=1&{column}={row[column]}"))
        rates, opened = numbers["rates"], Counter[str]()
        for today in (numbers["today"], numbers["today_ended"]):
            opened["today=1"] += today["cases"]
            for part, column in (("channels", "channel"), ("grids", "grid_code")):
                for row in today[part]:
                    opened[f"today=1&{column}={row[column]}"] += int(row["cases"])
        expected += [(count, query) for query, count in opened.items()]
        expected += [(int(row["failed"]), f"rate={row['figure']}") for row in rates]
        settled = int(numbers["settled_today"]["settled"])
        expected.append((settled, "settled_today=1"))
        for count, query in expected:
            listed = await page.get(f"/api/cases?{query}{within}")
            assert (listed["total"], query) == (count, query)
            assert len(listed["rows"]) == min(count, listed["size"])
        return int(numbers["totals"]["open"])

    async def talk(page: Page) -> None:
        await page.log_in("主任", StaffRole.CITY)
        whole = await check(page)
        assert whole == sum(case.state not in ("closed", "merged") for case in cases)
        assert 0 < await check(page, "421299001") < whole
        assert (await page.client.get("/api/overview?area=421299002")).status == 404
        await page.log_in("镇长", StaffRole.TOWNSHIP, "U-T")
        assert 0 < await check(page) < whole
        await page.log_in("所长", StaffRole.UNIT, "U-T")
        own = await check(page)
        assert own == sum(
            case.assignment is not None and case.assignment.unit == "U-T" for case in cases
        )
        answer = await page.client.get("/api/overview?area=42'")
        assert answer.status == 404

    serve(store, tmp_path, talk)


@pytest.mark.usefixtures("cases")
def test_the_stream_sends_what_is_stored(store: Store, tmp_path: Path) -> None:
    """The live stream sends new figures after a case is stored."""

    async def talk(page: Page) -> None:
        await page.log_in("主任", StaffRole.CITY)
        async with page.client.get("/api/live") as stream:
            assert stream.content_type == "text/event-stream"

            async def numbers() -> dict[str, Any]:
                """Return the next quick figures; collect the slow ones, which come separately."""
                while True:
                    line = await asyncio.wait_for(stream.content.readline(), 30)
                    if line.startswith(b"data: "):
                        figures: dict[str, Any] = json.loads(line[6:])
                        if "totals" in figures:
                            return figures
                        slow.update(figures)

            slow: dict[str, Any] = {}
            before = int((await numbers())["totals"]["open"])
            event = sealed_report(99, datetime.now(UTC), category="facility.road", grid="G1")
            effects = receive.step(PartitionState(), event, REGISTER)
            await asyncio.to_thread(keep, store, CASES.name, *effects.case_events)
            while int((await numbers())["totals"]["open"]) != before + 1:
                pass
            assert slow.keys() >= {"rates", "coverage", "days", "rise", "accounting"}

    serve(store, tmp_path, talk)
