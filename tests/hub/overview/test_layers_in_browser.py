"""The layers of the map in a real browser: switched by keyboard, with a legend, for staff only."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

import hub.overview.app
from hub.accounts.staff import StaffRole
from hub.overview.app import Overview
from hub.settings import Settings
from hub.settings.accounts import PublicView
from hub.store.client import Store
from tests.builders.town import TOWN, VILLAGE
from tests.hub.cases.test_http import FakeCommandClient
from tests.hub.overview.test_layers import COLUMNS, fill, place
from tests.hub.overview.test_public import FakeCommandClient as FakeCommands
from tests.hub.workbench.browser.chromium import PASSWORD, Opener, chromium_binary, shot
from tests.hub.workbench.site import Site

pytestmark = [pytest.mark.slow]
CODES = {"G1": f"{VILLAGE}001", "G2": f"{VILLAGE}002"}
"""The map shows an area by the beginning of its code."""
CODED = TOWN.model_copy(
    update={
        "grids": tuple(grid.model_copy(update={"code": CODES[grid.code]}) for grid in TOWN.grids)
    }
)


def in_overview(
    store: Store,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    story: Callable[[Opener], None],
) -> None:
    """Serve the overview of the test's town, and run a test in a browser beside it."""
    chromium_binary()
    monkeypatch.setattr(hub.overview.app, "CommandClient", FakeCommands)
    monkeypatch.setattr(hub.overview.app, "load_town", lambda _: CODED)

    async def run() -> None:
        settings = Settings(data=folder, public=PublicView.FIGURES)
        async with TestClient(TestServer(Overview(settings, store).app)) as client:
            site = Site(client, settings, store, FakeCommandClient())
            address = str(client.make_url("/")).rstrip("/")
            await asyncio.to_thread(story, Opener(site, address))

    asyncio.run(run())


def test_layers_are_switched_by_keyboard(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Points appear with a legend, go with the switch, and follow the area."""
    fill(store, CODES)

    def story(opener: Opener) -> None:
        with opener.page("/", "王主任") as page:
            page.locator("#layers summary").focus()
            page.keyboard.press("Enter")
            box = page.locator("#layer-kinds input[value=学校]")
            box.focus()
            page.keyboard.press("Space")
            expect(page.locator("#map circle")).to_have_count(2)
            expect(page.locator("#layer-text")).to_have_text("图上：学校 2 处")
            shot(page, "map-layers")
            findings = [
                violation["id"]
                for violation in Axe().run(page, context="section.map").response["violations"]
                if violation["impact"] in ("serious", "critical")
            ]
            assert findings == []
            page.keyboard.press("Space")
            expect(page.locator("#map circle")).to_have_count(0)

    in_overview(store, tmp_path, monkeypatch, story)


def test_the_numbers_of_the_registers_colour_the_map(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """People by area; a number of a few people is a dash, also for a screen reader."""
    fill(store, CODES)

    def story(opener: Opener) -> None:
        with opener.page("/", "王主任") as page:
            page.get_by_label("人口", exact=True).check()
            expect(page.locator("#map .value").first).to_have_text("120")
            page.get_by_label("关爱人员", exact=True).check()
            expect(page.locator("#map .value").first).to_have_text("—")
            expect(page.locator("#map-legend")).to_contain_text("不足 5 人不显示")
            label = page.locator("#map g[role=button]").first.get_attribute("aria-label")
            assert (label or "").endswith("关爱人员 —")

    in_overview(store, tmp_path, monkeypatch, story)


def test_the_public_has_no_layers(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its map has the cases only."""
    fill(store, CODES)

    def story(opener: Opener) -> None:
        # The open page loses its live figures when it loses its session.
        with opener.page("/", "王主任", may_fail=True) as page:
            page.context.clear_cookies()
            page.reload()
            expect(page.locator("#map g[role=button]").first).to_be_visible()
            expect(page.locator("#layers")).to_be_hidden()
            expect(page.get_by_label("人口", exact=True)).to_be_hidden()

    in_overview(store, tmp_path, monkeypatch, story)


def test_a_unit_has_no_layers(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It sees its cases, and asks for nothing that it is refused."""
    fill(store, CODES)

    def story(opener: Opener) -> None:
        with opener.page("/", "李局长", StaffRole.UNIT, "U-C") as page:
            expect(page.locator("#map g[role=button]").first).to_be_visible()
            expect(page.locator("#layers")).to_be_hidden()

    in_overview(store, tmp_path, monkeypatch, story)


def test_each_chosen_kind_has_its_own_colour(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of more kinds than colours; the dot beside the name has the colour of the points."""
    fill(store, CODES)
    kinds = [f"第{number}|类" for number in range(1, 8)]
    rows = [place(f"K{kind}", kind, 114.9051, 30.0051, CODES["G1"]) for kind in kinds]
    store.insert("premises", COLUMNS, rows)

    def story(opener: Opener) -> None:
        with opener.page("/", "王主任") as page:
            page.locator("#layers summary").click()
            boxes = page.locator("#layer-kinds input")
            expect(boxes).to_have_count(9)
            boxes.first.check()
            boxes.last.check()
            dots = page.locator("#layer-kinds label:has(:checked) .dot")
            shown = [dot.get_attribute("class") for dot in dots.all()]
            assert len(set(shown)) == 2
            for dot in shown:
                # The points of each kind arrive with an answer of their own.
                expect(page.locator(f"#map circle.{str(dot).split()[1]}")).not_to_have_count(0)
            points = page.locator("#map circle").all()
            assert {f"dot {point.get_attribute('class')}" for point in points} == set(shown)

    in_overview(store, tmp_path, monkeypatch, story)


LOG_OUT = """async () => {
  const { csrf } = await (await fetch("/api/me")).json();
  await fetch("/api/logout", { method: "POST", body: "{}",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf } });
}"""
"""What another tab of the browser does."""


def test_layers_come_and_go_with_the_session(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who logs in on the public page sees them; a session that ends elsewhere takes them away."""
    fill(store, CODES)

    def story(opener: Opener) -> None:
        with opener.page("/", "王主任", may_fail=True, may_lose=True) as page:
            page.context.clear_cookies()
            page.reload()
            expect(page.locator("#map g[role=button]").first).to_be_visible()
            page.locator("#login").click()
            page.locator("#login-form [name=name]").fill("王主任")
            page.locator("#login-form [name=password]").fill(PASSWORD)
            page.keyboard.press("Enter")
            expect(page.locator("#layers")).to_be_visible()
            page.get_by_label("人口", exact=True).check()
            expect(page.locator("#map .value").first).to_have_text("120")
            page.evaluate(LOG_OUT)
            expect(page.locator("#who")).to_have_text("访客：只看数字")
            expect(page.locator("#layers")).to_be_hidden()
            expect(page.get_by_label("人口", exact=True)).to_be_hidden()

    in_overview(store, tmp_path, monkeypatch, story)
