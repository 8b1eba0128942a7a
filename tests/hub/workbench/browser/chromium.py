"""Opens pages of a served workbench in Chromium, logged in; a page that logs an error fails."""

import asyncio
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect, sync_playwright

from hub.accounts.session import Sessions
from hub.accounts.staff import StaffRole, add_member
from hub.store.client import Store
from tests.hub.workbench.site import Site, serve

SHOTS = Path(os.environ.get("SCREENSHOTS") or Path(__file__).parents[4] / "screenshots")
"""The folder of the screenshots; the variable SCREENSHOTS names another one."""
SIZES = {"wall": (1920, 1080), "desk": (1280, 800), "phone": (390, 844)}
PASSWORD = "a long enough password"
# As long as for an action: a loaded machine is no fault of the page.
expect.set_options(timeout=60_000)


class Opener:
    """Opens pages of one served workbench."""

    def __init__(self, site: Site, address: str) -> None:
        self.site, self._address = site, address

    @contextmanager
    def page(
        self,
        path: str,
        name: str,
        role: StaffRole = StaffRole.CITY,
        unit: str = "",
        size: str = "desk",
        scheme: str = "light",
        *,
        scripts: bool = True,
        may_lose: bool = False,
        may_fail: bool = False,
    ) -> Iterator[Page]:
        """Open a page as a member of staff, who is added.

        With `may_lose` a request that the test cuts off is no fault, with `may_fail` one that is
        refused.
        """
        if name not in Sessions(self.site.settings).staff():
            add_member(self.site.settings, name, role, unit, PASSWORD)
        faults: list[str] = []
        width, height = SIZES[size]
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(
                executable_path=chromium_binary(), args=["--no-sandbox", "--disable-gpu"]
            )
            context = chromium.new_context(
                base_url=self._address,
                viewport={"width": width, "height": height},
                color_scheme=scheme,  # type: ignore[arg-type]
                java_script_enabled=scripts,
            )
            login = context.request.post("/api/login", data={"name": name, "password": PASSWORD})
            assert login.ok, login.text()
            page = context.new_page()
            page.set_default_timeout(60_000)

            def on_console(message: ConsoleMessage) -> None:
                lost = may_lose and "net::ERR_" in message.text
                failed = may_fail and "Failed to load resource" in message.text
                if message.type == "error" and not lost and not failed:
                    faults.append(message.text)

            page.on("console", on_console)
            page.on("pageerror", lambda error: faults.append(str(error)))
            page.goto(path)
            yield page
            context.close()
            chromium.close()
        assert not faults, faults


def chromium_binary() -> str:
    """Return the path of Chromium; without it the test is skipped, but fails in CI."""
    binary = shutil.which("chromium")
    if binary is None:
        assert not os.environ.get("BROWSER_REQUIRED"), "chromium is required"
        pytest.skip("no chromium on this machine")
    return binary


def in_browser(store: Store, folder: Path, story: Callable[[Opener], None]) -> None:
    """Serve the workbench, and run a test in a browser beside it."""
    chromium_binary()

    async def talk(site: Site) -> None:
        address = str(site.client.make_url("/")).rstrip("/")
        await asyncio.to_thread(story, Opener(site, address))

    serve(store, folder, talk)


def shot(page: Page, name: str) -> None:
    """Save a screenshot for people who review the run."""
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"workbench-{name}.png")
