"""Hand entry in a browser: by keyboard from an empty form to a case and a citizen's code."""

import re

import pytest
from playwright.sync_api import expect

from tests.end_to_end.page import Opens, rows, save_screenshot, serious_findings
from tests.end_to_end.running import Hub

pytestmark = [pytest.mark.end_to_end, pytest.mark.slow]

CODE = re.compile(r"(\w{4} ){3}\w{4}")


def test_a_call_is_entered_by_keyboard_alone(hub: Hub, page_of: Opens) -> None:
    """Place by pinyin, Enter from field to field, Ctrl+Enter to register; then a code and a case.

    What was typed comes back if the tab is loaded again, and is gone once it is registered.
    """
    page = page_of("张主任")
    page.goto(f"http://127.0.0.1:{hub.settings.overview_port}/work/new")
    page.keyboard.type("三楼的楼道灯坏了一周，老人夜里下楼看不见")
    page.reload()
    expect(page.locator("textarea")).to_have_value("三楼的楼道灯坏了一周，老人夜里下楼看不见")
    page.locator("#place").focus()
    page.keyboard.type("yghy")
    expect(page.locator("#places [role=option]").first).to_contain_text("阳光花园")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.type("3栋")
    page.keyboard.press("Enter")
    page.keyboard.type("王秀兰")
    assert serious_findings(page) == []
    save_screenshot(page, "entry")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".tracking")).to_have_text(CODE)
    expect(page.locator("[data-region=entered-case] a")).to_contain_text("三楼的楼道灯坏了一周")
    save_screenshot(page, "entered")
    number = page.url.rpartition("/")[2]
    (event,) = rows(hub, f"SELECT place_name FROM events WHERE native_id = '{number}'")
    assert event["place_name"] == "阳光花园"
    page.keyboard.press("n")
    expect(page.locator("textarea")).to_have_value("")
