"""Fixtures of the tests in a browser: a hub with staff, Chromium, and pages of it."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from hub.accounts.staff import add_member
from tests.end_to_end.page import FILLED, PASSWORD, SHUT, SIZES, Opens
from tests.end_to_end.running import Hub, running

# As long as for an action: a loaded machine is no fault of the page.
expect.set_options(timeout=60_000)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """Return a hub with a short day of messages, and staff."""
    with running(tmp_path_factory.mktemp("page")) as hub:
        hub.await_accounted(hub.send(hub.day(200, seed=31)))
        add_member(hub.settings, "张主任", "city", "", PASSWORD)
        add_member(hub.settings, "李镇长", "township", "429999001", PASSWORD)
        add_member(hub.settings, "城管局", "unit", "429999-00", PASSWORD)
        add_member(hub.settings, "王审计", "auditor", "", PASSWORD)
        yield hub


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a headless Chromium; without one the test is skipped, but fails in CI."""
    binary = shutil.which("chromium")
    if binary is None:
        assert not os.environ.get("BROWSER_REQUIRED"), "chromium is required"
        pytest.skip("no chromium on this machine")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=binary, args=["--no-sandbox", "--disable-gpu"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page_of(hub: Hub, browser: Browser) -> Iterator[Opens]:
    """Return a function that opens the page, logged in if it gets a name.

    A test fails if a page logs an error or sends a request to another machine.
    """
    faults: list[str] = []
    contexts = []

    def open_page(
        name: str = "",
        size: str = "desk",
        scheme: str = "light",
        *,
        may_lose: bool = False,
        of: Hub = hub,
    ) -> Page:
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,  # type: ignore[arg-type]
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        own = f"127.0.0.1:{of.settings.overview_port}"

        def on_console(message: ConsoleMessage) -> None:
            lost = may_lose and "net::ERR_" in message.text
            if message.type == "error" and not lost:
                faults.append(message.text)

        page.on("console", on_console)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "request",
            lambda request: (
                None
                if own in request.url or request.url.startswith("data:")
                else faults.append(request.url)
            ),
        )
        page.goto(f"http://{own}/")
        page.wait_for_selector(FILLED if of.settings.public == "figures" else SHUT)
        if name:
            page.fill("#login-form [name=name]", name)
            page.fill("#login-form [name=password]", PASSWORD)
            page.click("#login-form button")
            expect(page.locator("#who")).to_contain_text(name)
            page.wait_for_selector(FILLED)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []
