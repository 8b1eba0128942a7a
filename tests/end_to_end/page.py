"""Shared by the tests of the overview in a browser: sizes, screenshots, numbers, queries."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from hub.store.reader import Reader
from tests.end_to_end.running import Hub

SHOTS = Path(os.environ.get("SCREENSHOTS") or Path(__file__).parents[2] / "screenshots")
"""The folder of the screenshots; the variable SCREENSHOTS names another one."""
PASSWORD = "a long enough password"
SIZES = {"wall": (1920, 1080), "desk": (1440, 900), "phone": (390, 844)}
FILLED, SHUT = "html[data-filled]", "html[data-gate=shut]"

Opens = Callable[..., Page]
"""Opens the page; see the fixture `page_of`."""


def save_screenshot(page: Page, name: str) -> None:
    """Save a screenshot for people who review the run."""
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png")


def serious_findings(page: Page) -> list[str]:
    """Return the rule and the first elements of each serious or critical finding of axe."""
    return [
        f"{violation['id']}: {[node['target'] for node in violation['nodes']][:3]}"
        for violation in Axe().run(page).response["violations"]
        if violation["impact"] in ("serious", "critical")
    ]


def number_of(page: Page, label: str) -> int:
    """Return one of the totals as the page shows it."""
    text = page.locator("#totals li", has_text=label).first.locator(":scope > :first-child")
    return int(text.inner_text().replace(",", ""))


def rows(hub: Hub, sql: str, **parameters: Any) -> list[dict[str, Any]]:
    """Query the store."""
    reader = Reader(hub.settings)
    try:
        return reader.rows(sql, parameters)
    finally:
        reader.close()
