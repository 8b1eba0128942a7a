"""A hot matter is put on the agenda in a running hub: from the overview to the public page."""

import pytest
from playwright.sync_api import expect

from tests.end_to_end.page import Opens, rows, serious_findings
from tests.end_to_end.running import Hub
from tests.end_to_end.test_page import case_of, report

pytestmark = [pytest.mark.end_to_end, pytest.mark.slow]


def test_a_hot_matter_is_put_on_the_agenda_and_citizens_see_it(hub: Hub, page_of: Opens) -> None:
    """The record goes through the broker; the tracking page leads to the public one."""
    report(hub, "阳光花园的车没地方停，天天为车位吵架", "AGENDA-1")
    case = case_of(hub, "AGENDA-1")
    page = page_of("张主任")
    page.evaluate("id => import('./case.js').then(module => module.openCase(id))", case["id"])
    page.click("#drill-body >> text=列入议事")
    expect(page.locator("[name=case]")).to_have_value(case["id"])
    page.fill("[name=title]", "阳光花园车位怎么划")
    page.fill("[name=number]", "议2026-01")
    page.fill("[name=summary]", "是否收费，先到先停还是固定车位")
    page.click("main button.main")
    expect(page.locator("h1")).to_have_text("阳光花园车位怎么划")
    assert serious_findings(page) == []
    code = page.url.rpartition("/")[2]
    asked = "SELECT step, state FROM deliberations WHERE code = {code:String}"
    assert rows(hub, asked, code=code) == [{"step": "topic", "state": "open"}]
    asked = "SELECT tracking FROM events WHERE native_id = 'AGENDA-1'"
    tracking = rows(hub, asked)[0]["tracking"]
    port = hub.settings.intake_port
    progress = hub.get(port, f"/t/{tracking}").decode()
    assert "已列入议事" in progress
    assert f"/d/{code}" in progress
    assert "是否收费，先到先停还是固定车位" in hub.get(port, f"/d/{code}").decode()
