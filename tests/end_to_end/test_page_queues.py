"""Danger, triage and returned cases on the page, as those who handle them see it."""

import pytest
from playwright.sync_api import Page, expect

from hub.accounts.staff import add_member
from tests.end_to_end.page import (
    PASSWORD,
    Opens,
    number_of,
    rows,
    save_screenshot,
    serious_findings,
)
from tests.end_to_end.running import Hub, await_true
from tests.end_to_end.test_page import case_of, report

pytestmark = [pytest.mark.end_to_end, pytest.mark.slow]


def open_tile(page: Page, name: str) -> None:
    """Open the list behind a tile."""
    page.locator("#totals li", has_text=name).first.locator("button").click()


def test_a_danger_is_on_the_page_at_once(hub: Hub, page_of: Opens) -> None:
    """The tile counts it, a line announces it, and the case shows why and whom the hub called."""
    page = page_of("张主任", "wall")
    before = number_of(page, "紧急")
    report(hub, "阳光花园三号楼煤气泄漏，味道很浓，随时会爆炸", "GAS-1")
    expect(page.locator("#alarm")).to_contain_text("有新的紧急事项")
    await_true(lambda: number_of(page, "紧急") > before, "the tile counts the danger")
    assert serious_findings(page) == []
    save_screenshot(page, "alarm-wall")
    page.locator("#alarm button").click()
    page.locator("#drill .cases li", has_text="煤气泄漏").first.locator("button").click()
    body = page.locator("#drill-body")
    expect(body).to_contain_text("险情：燃气泄漏")
    expect(body).to_contain_text("系统紧急吹哨")
    expect(body).to_contain_text("应急局未报到")
    save_screenshot(page, "danger-case")
    (case,) = rows(hub, "SELECT urgency FROM cases WHERE has(native_ids, 'hotline_12345/GAS-1')")
    assert case == {"urgency": "urgent"}


def officer_of(hub: Hub, unit: str) -> str:
    """Add an officer of a unit; return the name."""
    name = f"经办人{unit[-4:]}"
    add_member(hub.settings, name, "unit", unit, PASSWORD)
    return name


def test_a_returned_case_is_confirmed_and_found_in_the_queue(hub: Hub, page_of: Opens) -> None:
    """退单: the officer sees that it is done, the dispatcher why; he assigns it anew by rule."""
    report(hub, "阳光花园路中间路灯杆歪了，晃得厉害", "BACK-1")
    case = case_of(hub, "BACK-1")
    unit = rows(hub, f"SELECT unit FROM cases WHERE case_id = '{case['id']}'")[0]["unit"]
    officer = page_of(officer_of(hub, unit))
    officer.evaluate("id => import('./case.js').then(module => module.openCase(id))", case["id"])
    form = officer.locator("form.command")
    offered = form.locator("select[aria-label=指令] option").all_inner_texts()
    assert "签收" in offered
    assert not {"接单", "还单", "报到", "拆案"} & set(offered)
    form.locator("select[aria-label=指令]").select_option("return")
    form.locator("[name=reason]").fill("灯杆属于供电公司")
    form.locator("button", has_text="下达").click()
    expect(officer.locator("#drill .done")).to_contain_text("已办：事项现为已受理")
    expect(officer.locator("#drill-body")).to_contain_text("此件已不在本单位")
    page = page_of("张主任", "phone")
    open_tile(page, "待派单")
    line = page.locator("#drill .cases li", has_text="灯杆歪了")
    expect(line).to_contain_text("退单 1 次")
    expect(line).to_contain_text("灯杆属于供电公司")
    save_screenshot(page, "queue-phone")
    line.locator("button").click()
    form = page.locator("form.command")
    expect(form.locator("[name=unit_name]")).not_to_have_value("")
    form.locator("select[aria-label=指令]").select_option("triage")
    form.locator("[name=category]").select_option("facility.road")
    form.locator("[name=reason]").fill("其实是路面的事")
    save_screenshot(page, "triage-phone")
    form.locator("button", has_text="下达").click()
    expect(page.locator("#drill .done")).to_contain_text("已办")


def test_every_number_of_the_page_opens_its_list(page_of: Opens) -> None:
    """Coverage and accounting open lists whose length is the number; units see no messages."""
    page = page_of("张主任", "wall")
    for place in ("#coverage", "#accounting", "#flow"):
        figure = page.locator(f"{place} button.figure").first
        shown = figure.inner_text()
        if shown == "0":
            continue
        figure.click()
        expect(page.locator("#drill .tools")).to_contain_text(f"共 {shown}")
        save_screenshot(page, f"list-{place[1:]}")
        page.click("#drill [data-close]")
    own = page_of("城管局", "phone")
    expect(own.locator("#flow-title")).to_have_text("今日本单位立案")
    save_screenshot(own, "unit-phone")
