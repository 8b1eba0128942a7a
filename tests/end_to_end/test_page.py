"""The overview in a real browser: live, down to the grid, one press to the topic, roles, access."""

import json
import os
import re
import shutil
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Locator,
    Page,
    expect,
    sync_playwright,
)

from hub.accounts.staff import add_member
from hub.security.credentials import load_or_create_credentials
from hub.store.reader import Reader
from hub.web.signature import signed_headers
from schemas.channel import Channel
from tests.end_to_end.running import Hub, await_true, running

pytestmark = [pytest.mark.end_to_end, pytest.mark.slow]

SHOTS = Path(__file__).parents[2] / "screenshots"
PASSWORD = "a long enough password"
SIZES = {"wall": (1920, 1080), "desk": (1440, 900), "phone": (390, 844)}
FILLED, SHUT = "html[data-filled]", "html[data-gate=shut]"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """Return a hub that has had a short day, with staff."""
    with running(tmp_path_factory.mktemp("page")) as hub:
        hub.await_accounted(hub.send(hub.day(200, seed=31)))
        add_member(hub.settings, "张主任", "city", "", PASSWORD)
        add_member(hub.settings, "李镇长", "township", "429999001", PASSWORD)
        add_member(hub.settings, "城管局", "unit", "429999-00", PASSWORD)
        add_member(hub.settings, "王审计", "auditor", "", PASSWORD)
        yield hub


@pytest.fixture(scope="module")
def public_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """Return a hub that has had a short day and shows its figures to everybody."""
    with running(tmp_path_factory.mktemp("public"), HUB_PUBLIC="figures") as hub:
        hub.await_accounted(hub.send(hub.day(50, seed=32)))
        yield hub


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a headless Chromium; where none is installed the test is skipped, but not in CI."""
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


Opens = Callable[..., Page]


@pytest.fixture
def page_of(hub: Hub, browser: Browser) -> Iterator[Opens]:
    """Return what opens the page as somebody; no page may log an error or ask another machine."""
    complaints: list[str] = []
    contexts = []

    def opened(
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
        page.set_default_timeout(30_000)
        own = f"127.0.0.1:{of.settings.overview_port}"

        def heard(message: ConsoleMessage) -> None:
            lost = may_lose and "net::ERR_" in message.text
            if message.type == "error" and not lost:
                complaints.append(message.text)

        page.on("console", heard)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request",
            lambda request: (
                None
                if own in request.url or request.url.startswith("data:")
                else complaints.append(request.url)
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

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def shot(page: Page, name: str) -> None:
    """Keep a picture for whoever looks at the run."""
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png")


def number_of(page: Page, label: str) -> int:
    """Return one of the totals as it is shown."""
    text = page.locator("#totals li", has_text=label).first.locator(":scope > :first-child")
    return int(text.inner_text().replace(",", ""))


def rows(hub: Hub, sql: str, **parameters: Any) -> list[dict[str, Any]]:
    """Ask the store."""
    reader = Reader(hub.settings)
    try:
        return reader.rows(sql, parameters)
    finally:
        reader.close()


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
    body = json.dumps({"orders": [order]}, ensure_ascii=False).encode()
    secret = load_or_create_credentials(hub.settings).value(Channel.HOTLINE_12345, "secret")
    url = f"http://127.0.0.1:{hub.settings.intake_port}/v1/intake/hotline_12345"
    headers = {"Content-Type": "application/json", **signed_headers(secret, body)}
    asked = urllib.request.Request(url, body, headers)
    with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310 - loopback
        assert answer.status == 202


def test_a_visitor_sees_the_log_in_page_and_nothing_else(page_of: Opens) -> None:
    """No figure, no map, no name of a place; nothing is wider than its screen; both schemes."""
    for size, scheme in (("wall", "dark"), ("desk", "light"), ("phone", "light")):
        page = page_of(size=size, scheme=scheme)
        expect(page.locator("#gate")).to_contain_text("请登录")
        expect(page.locator("#login-form [name=name]")).to_be_visible()
        expect(page.locator("#screen")).to_be_hidden()
        assert page.locator("#map path").count() == 0
        assert page.locator("#totals li").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") == SIZES[size][0]
        violations = Axe().run(page).response["violations"]
        assert [
            violation["id"]
            for violation in violations
            if violation["impact"] in ("serious", "critical")
        ] == []
        shot(page, f"gate-{size}")


def test_a_session_that_ends_leaves_nothing_on_the_page(hub: Hub, page_of: Opens) -> None:
    """After logging out the page is the log-in page again, without what it has shown."""
    page = page_of("张主任")
    assert page.locator("#map path").count() == 64
    page.click("#logout")
    page.wait_for_selector(SHUT)
    assert page.locator("#map path").count() == 0
    assert page.request.get(f"{page.url}api/overview").status == 401
    assert hub.get(hub.settings.overview_port, "/healthz") == b"ok\n"


def test_a_visitor_sees_numbers_on_any_screen(public_hub: Hub, page_of: Opens) -> None:
    """Where figures are public; no case, no button that leads to one; both schemes."""
    hub = public_hub
    for size, scheme in (("wall", "dark"), ("desk", "light"), ("phone", "light")):
        page = page_of(size=size, scheme=scheme, of=hub)
        assert page.locator("#map path").count() == 64
        assert page.locator("#flow tr").count() == len(Channel)
        assert page.locator("button.figure").count() == 0
        assert page.locator("#hot").is_hidden()
        assert page.evaluate("document.documentElement.scrollWidth") == SIZES[size][0]
        shot(page, f"visitor-{size}")
    (row,) = rows(hub, "SELECT count() AS open FROM open_cases")
    assert number_of(page, "在办") == row["open"]


def test_the_page_shows_a_message_that_was_sent_a_moment_ago(hub: Hub, page_of: Opens) -> None:
    """Without being loaded anew: channel, totals, list, and the case with its words masked."""
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
    (look,) = rows(hub, "SELECT who, detail FROM audit WHERE what = 'contacts'")
    assert look == {"who": "张主任", "detail": "电话核实情况"}
    shot(page, "case")


def test_going_down_the_map_counts_as_the_store_counts(hub: Hub, page_of: Opens) -> None:
    """Township, village, grid: by the keyboard too; the list behind a number has as many rows."""
    page = page_of("张主任", "wall", "dark")
    shot(page, "wall")
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
    with page.expect_download() as taken:
        page.click("#drill .tools a >> text=CSV")
    lines = Path(taken.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) >= row["n"] + 1
    page.click("#drill [data-close]")
    page.click("#crumbs button >> nth=0")
    expect(page.locator("#map path")).to_have_count(64)


def test_a_whistle_pressed_on_the_page_reaches_the_topic(hub: Hub, page_of: Opens) -> None:
    """The case shows it at once; the store has it with who pressed."""
    page = page_of("李镇长")
    page.locator("#totals li").nth(1).locator("button").click()
    page.locator("#drill .cases li", has_text="已交办").first.locator("button").click()
    form = page.locator("form.command")
    form.locator("select[aria-label=指令]").select_option("whistle")
    form.locator("[name=kind]").select_option("hard")
    form.locator("[name=units]").select_option("429999-00")
    form.locator("[name=reason]").fill("多部门才能解决")
    form.locator("button").click()
    expect(page.locator("#drill .timeline")).to_contain_text("多部门才能解决")
    expect(page.locator("#drill .done")).to_contain_text("已办")
    (row,) = rows(hub, "SELECT actor, reason, case_id FROM case_events WHERE move = 'whistle'")
    assert (row["actor"], row["reason"]) == ("李镇长", "多部门才能解决")
    (noted,) = rows(hub, "SELECT who, detail, case_id FROM audit WHERE what = 'command'")
    assert noted == {"who": "李镇长", "detail": "whistle", "case_id": row["case_id"]}


def case_of(hub: Hub, number: str) -> dict[str, Any]:
    """Return the case that holds a work order of the hotline, once there is one."""
    sql = """
        SELECT toString(case_id) AS id, state, reports FROM cases
        WHERE has(native_ids, {report_key:String}) AND state != 'merged'"""

    def cases_with_number() -> list[dict[str, Any]]:
        return rows(hub, sql, report_key=f"hotline_12345/{number}")

    await_true(lambda: len(cases_with_number()) == 1, f"one case holds {number}", 30)
    return cases_with_number()[0]


def give(page: Page, case_id: str, move: str, fill: Callable[[Locator], None]) -> None:
    """Open a case and give a command, with a reason; wait until it is done."""
    page.evaluate("id => import('./case.js').then(one => one.openCase(id))", case_id)
    form = page.locator("form.command")
    form.locator("select[aria-label=指令]").select_option(move)
    fill(form)
    form.locator("[name=reason]").fill("现场核实")
    form.locator("button").click()
    expect(page.locator("#drill .done")).to_contain_text("已办")


def test_two_cases_are_merged_and_split_on_the_page(hub: Hub, page_of: Opens) -> None:
    """One holds both reports then; split, the second has a case of its own again."""
    page = page_of("张主任")
    report(hub, "阳光花园二栋下水道堵塞，污水外溢", "MS-1")
    report(hub, "阳光花园物业乱收停车费", "MS-2")
    first, second = case_of(hub, "MS-1"), case_of(hub, "MS-2")
    assert first["id"] != second["id"]
    give(page, first["id"], "merge", lambda form: form.locator("[name=other]").fill(second["id"]))
    both = case_of(hub, "MS-1")
    assert both == case_of(hub, "MS-2")
    assert both["reports"] == first["reports"] + second["reports"]
    (event,) = rows(hub, "SELECT toString(event_id) AS id FROM events WHERE native_id = 'MS-2'")
    give(
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
    """The map shows a rise by colour and in words; four weeks of days are beside the channels."""
    page = page_of("张主任", "wall")
    expect(page.locator("#days i")).to_have_count(28)
    expect(page.locator("#days-told")).to_contain_text("近 28 天")
    page.check("input[value=rise]")
    expect(page.locator("#map-legend")).to_contain_text("此前四周没有诉求")
    expect(page.locator("#map path.late")).to_have_count(0)
    # A hub of one day has no past: what it would say of one comes from here.
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
    shot(page, "rise")


def test_each_role_sees_and_does_its_own(hub: Hub, page_of: Opens) -> None:
    """A unit its cases, an auditor no command; what is refused is refused by the server."""
    page = page_of("城管局")
    (own,) = rows(hub, "SELECT count() AS n FROM open_cases WHERE unit = '429999-00'")
    expect(page.locator("#totals li").nth(1).locator("button")).to_have_text(f"{own['n']:,}")
    (other,) = rows(
        hub,
        "SELECT toString(case_id) AS id FROM cases WHERE unit NOT IN"
        " ('', '429999-00') AND length(JSONExtractArrayRaw(body, 'whistles')) = 0"
        " AND NOT has(assisting, '429999-00') LIMIT 1",
    )
    ask = "async (path) => (await fetch(path)).status"
    assert page.request.get(f"{page.url}api/cases/{other['id']}").status == 403
    assert page.request.get(f"{page.url}api/audit").status == 403
    forged = page.request.post(
        f"{page.url}api/cases/{other['id']}/commands", data={"move": "accept"}
    )
    assert forged.status == 400
    auditor = page_of("王审计")
    auditor.click("#hottest button >> nth=0")
    expect(auditor.locator("#drill .timeline")).to_be_visible()
    assert auditor.locator("form.command").count() == 0
    assert auditor.locator("[name=purpose]").count() == 0
    auditor.click("#drill [data-close]")
    auditor.click("#logout")
    auditor.wait_for_selector(SHUT)
    assert auditor.evaluate(ask, "api/me") == 200


def test_a_password_is_changed_in_the_page(hub: Hub, page_of: Opens) -> None:
    """By keyboard; what else the person had open is logged out, this page goes on."""
    page, fresh = page_of("李镇长"), "今天 下午 去 看 路灯"
    elsewhere = requests.Session()
    credentials = {"name": "李镇长", "password": PASSWORD}
    assert elsewhere.post(f"{page.url}api/login", json=credentials, timeout=30).status_code == 200
    page.focus("#account")
    page.keyboard.press("Enter")
    expect(page.locator("#account-box")).to_be_visible()
    for name, value in (("old", PASSWORD), ("fresh", fresh), ("again", "another")):
        page.fill(f"#password-form [name={name}]", value)
    page.keyboard.press("Enter")
    expect(page.locator("#account-said")).to_contain_text("不一样")
    page.fill("#password-form [name=again]", fresh)
    page.keyboard.press("Enter")
    expect(page.locator("#account-said")).to_contain_text("口令已修改")
    violations = Axe().run(page).response["violations"]
    assert [
        violation["id"]
        for violation in violations
        if violation["impact"] in ("serious", "critical")
    ] == []
    page.keyboard.press("Escape")
    assert page.request.get(f"{page.url}api/cases").status == 200
    assert elsewhere.get(f"{page.url}api/cases", timeout=30).status_code == 401
    add_member(hub.settings, "李镇长", "township", "429999001", PASSWORD)


def test_the_page_is_for_everybody(page_of: Opens) -> None:
    """No serious finding of axe (WCAG 2.2 AA) on the screen, in a list, in a case, in the login."""
    page = page_of("张主任")

    def check(what: str) -> None:
        violations = Axe().run(page).response["violations"]
        serious = [
            f"{what}: {violation['id']}: {[node['target'] for node in violation['nodes']][:3]}"
            for violation in violations
            if violation["impact"] in ("serious", "critical")
        ]
        assert serious == []

    check("screen")
    page.locator("#totals li").nth(1).locator("button").click()
    expect(page.locator("#drill .tools")).to_be_visible()
    check("list")
    page.click("#drill .cases button >> nth=0")
    expect(page.locator("#drill .timeline")).to_be_visible()
    check("case")
    page.keyboard.press("Escape")
    page.click("#theme")
    expect(page.locator("html")).to_have_attribute("data-theme", re.compile("dark"))
    check("dark screen")
    page.click("#logout")
    page.wait_for_selector(SHUT)
    check("login")


def test_a_page_shows_a_lost_connection_and_reconnects(hub: Hub, page_of: Opens) -> None:
    """The page shows that the hub is away; the numbers go on once the process is back."""
    page = page_of("张主任", may_lose=True)
    clock = page.locator("#clock")
    expect(clock).to_contain_text("更新")
    doomed = hub.child("hub.processes.overview")
    assert doomed is not None
    doomed.terminate()
    expect(clock).to_contain_text("重连", timeout=60_000)
    expect(clock).to_contain_text("更新", timeout=90_000)
