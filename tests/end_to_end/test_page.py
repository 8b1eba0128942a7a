"""The overview in a real browser: live figures, the map, commands, reconnection."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.end_to_end.page import Opens, number_of, rows, save_screenshot
from tests.end_to_end.running import Hub, await_true, push

pytestmark = [pytest.mark.end_to_end, pytest.mark.slow]


def report(hub: Hub, text: str, number: str) -> None:
    """Push one work order of the hotline, signed."""
    order = {
        "workOrderNo": number,
        "callType": "诉求",
        "content": text,
        "title": text,
        "callTime": datetime.now(UTC).isoformat(),
        "caller": {"name": "赵六", "phone": "13911112222"},
        "address": "阳光花园",
        "lng": 114.905,
        "lat": 30.0529,
        "categoryName": "路灯",
    }
    push(hub, order)


def test_the_page_shows_a_new_message_without_a_reload(hub: Hub, page_of: Opens) -> None:
    """Channel, totals, list and the masked case appear without a reload."""
    page = page_of("张主任")
    before = number_of(page, "今日立案")
    report(hub, "阳光花园门口的路灯忽明忽暗，请致电13911112222", "LIVE-1")
    expect(page.locator("#totals li").first.locator("button")).not_to_have_text(f"{before:,}")
    page.fill("#search input", "忽明忽暗")
    page.press("#search input", "Enter")
    page.click("#drill .cases button")
    body = page.locator("#drill-body")
    expect(body).to_contain_text("LIVE-1")
    expect(body).to_contain_text("139****2222")
    assert "13911112222" not in body.inner_text()
    page.fill("[name=purpose]", "电话核实情况")
    page.click("text=查看（将留痕）")
    expect(body).to_contain_text("13911112222")
    (line,) = rows(hub, "SELECT who, detail FROM audit WHERE what = 'contacts'")
    assert line == {"who": "张主任", "detail": "电话核实情况"}
    save_screenshot(page, "case")


def test_the_counts_of_every_area_equal_the_store(hub: Hub, page_of: Opens) -> None:
    """Township, village, grid, also by keyboard: each number equals the length of its list."""
    page = page_of("张主任", "wall", "dark")
    save_screenshot(page, "wall")
    area = "429999001"
    page.locator(f"#map g[data-code='{area}']").focus()
    page.keyboard.press("Enter")
    sql = "SELECT count() AS open FROM open_cases WHERE startsWith(division_code, {area:String})"
    for code in (area, f"{area}001"):
        if code != area:
            page.click(f"#map g[data-code='{code}']")
        expect(page.locator("#crumbs [aria-current]")).to_have_count(1)
        (row,) = rows(hub, sql, area=code)
        expect(page.locator("#totals li").nth(1).locator("button")).to_have_text(f"{row['open']:,}")
        page.locator("#totals li").nth(1).locator("button").click()
        expect(page.locator("#drill .tools")).to_contain_text(f"共 {row['open']:,} 件")
        page.click("#drill [data-close]")
    assert page.locator("#map path").count() == 4
    grid = f"{area}001001"
    page.click(f"#map g[data-code='{grid}']")
    (row,) = rows(hub, "SELECT count() AS n FROM open_cases WHERE grid_code = {g:String}", g=grid)
    expect(page.locator("#drill .tools")).to_contain_text(f"共 {row['n']} 件")
    with page.expect_download() as download:
        page.click("#drill .tools a >> text=CSV")
    lines = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) >= row["n"] + 1
    page.click("#drill [data-close]")
    page.click("#crumbs button >> nth=0")
    expect(page.locator("#map path")).to_have_count(64)


def test_a_whistle_pressed_on_the_page_reaches_the_topic(hub: Hub, page_of: Opens) -> None:
    """The case shows the whistle at once; the store has it with the person who sent it."""
    page = page_of("李镇长")
    page.locator("#totals li").nth(1).locator("button").click()
    page.locator("#drill .cases li", has_text="已交办").first.locator("button").click()
    form = page.locator("form.command")
    form.locator("select[aria-label=指令]").select_option("whistle")
    form.locator("[name=kind]").select_option("hard")
    form.locator("[name=units]").select_option("429999-00")
    form.locator("[name=reason]").fill("多部门才能解决")
    form.locator("button", has_text="下达").click()
    expect(page.locator("#drill")).to_contain_text("已办：")
    expect(page.locator("#drill .timeline")).to_contain_text("多部门才能解决")
    (row,) = rows(
        hub,
        "SELECT actor, reason, case_id FROM case_events WHERE move = 'whistle' AND actor != 'hub'",
    )
    assert (row["actor"], row["reason"]) == ("李镇长", "多部门才能解决")
    (line,) = rows(hub, "SELECT who, detail, case_id FROM audit WHERE what = 'command'")
    assert line == {"who": "李镇长", "detail": "whistle", "case_id": row["case_id"]}


def case_of(hub: Hub, number: str) -> dict[str, Any]:
    """Return the case that holds a work order of the hotline; wait until there is exactly one."""
    sql = """
        SELECT toString(case_id) AS id, state, reports FROM cases
        WHERE has(native_ids, {report_key:String}) AND state != 'merged'"""

    def cases_with_number() -> list[dict[str, Any]]:
        return rows(hub, sql, report_key=f"hotline_12345/{number}")

    await_true(lambda: len(cases_with_number()) == 1, f"one case holds {number}")
    return cases_with_number()[0]


def issue_command(page: Page, case_id: str, move: str, fill: Callable[[Locator], None]) -> None:
    """Open a case and issue a command with a reason; wait until it is done."""
    page.evaluate("id => import('./case.js').then(module => module.openCase(id))", case_id)
    form = page.locator("form.command")
    form.locator("select[aria-label=指令]").select_option(move)
    fill(form)
    form.locator("[name=reason]").fill("现场核实")
    form.locator("button", has_text="下达").click()
    expect(page.locator("#drill .done")).to_contain_text("已办")


def pick_case(form: Locator, words: str, case_id: str) -> None:
    """Find another case by words, and pick it."""
    form.locator("input[type=search]").fill(words)
    form.locator("button", has_text="查找").click()
    form.locator(f"[name=other][value='{case_id}']").check()


def test_two_cases_are_merged_and_split_on_the_page(hub: Hub, page_of: Opens) -> None:
    """The merged case holds both reports; after the split, the second has its own case again."""
    page = page_of("张主任")
    report(hub, "阳光花园二栋下水道堵塞，污水外溢", "MS-1")
    report(hub, "阳光花园物业乱收停车费", "MS-2")
    first, second = case_of(hub, "MS-1"), case_of(hub, "MS-2")
    assert first["id"] != second["id"]
    issue_command(page, first["id"], "merge", lambda form: pick_case(form, "MS-2", second["id"]))
    both = case_of(hub, "MS-1")
    assert both == case_of(hub, "MS-2")
    assert both["reports"] == first["reports"] + second["reports"]
    (event,) = rows(hub, "SELECT toString(event_id) AS id FROM events WHERE native_id = 'MS-2'")
    issue_command(
        page,
        both["id"],
        "split",
        lambda form: form.locator(f"[name=event][value='{event['id']}']").check(),
    )
    await_true(
        lambda: case_of(hub, "MS-1")["id"] != case_of(hub, "MS-2")["id"], "they are apart", 30
    )
    assert case_of(hub, "MS-2")["reports"] == 1
    expect(page.locator("#drill .timeline")).to_contain_text("现场核实")


def test_the_map_shows_the_areas_with_rising_counts(page_of: Opens) -> None:
    """The map shows a rise by colour and in words; next to the channels are four weeks of days."""
    page = page_of("张主任", "wall")
    expect(page.locator("#days i")).to_have_count(28)
    expect(page.locator("#days-text")).to_contain_text("近 28 天")
    page.check("input[value=rise]")
    expect(page.locator("#map-legend")).to_contain_text("此前四周没有诉求")
    expect(page.locator("#map path.late")).to_have_count(0)
    # A hub of one day has no past, so the test sends the rises itself.
    grid = "429999001001001"
    rise = [
        {"grid_code": grid, "week": "30", "before": 10},
        {"grid_code": grid[:-1] + "2", "week": "11", "before": 10},
    ]
    page.route(
        "**/api/live*",
        lambda route: route.fulfill(
            content_type="text/event-stream",
            body=f"event: numbers\ndata: {json.dumps({'rise': rise})}\n\n",
        ),
    )
    page.locator("#map g[data-code='429999001']").press("Enter")
    expect(page.locator("#map-legend")).to_contain_text("四周周均")
    expect(page.locator("#map path.late")).to_have_count(1)
    expect(page.locator("#map g[data-code='429999001001']")).to_contain_text("升 105%")
    save_screenshot(page, "rise")


def test_a_page_shows_a_lost_connection_and_reconnects(hub: Hub, page_of: Opens) -> None:
    """The page shows that the hub is away; it updates again once the process is back."""
    page = page_of("张主任", may_lose=True)
    clock = page.locator("#clock")
    expect(clock).to_contain_text("更新")
    process = hub.child("hub.processes.overview")
    assert process is not None
    process.terminate()
    expect(clock).to_contain_text("重连", timeout=60_000)
    expect(clock).to_contain_text("更新", timeout=90_000)
