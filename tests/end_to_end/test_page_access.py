"""Access to the overview in a real browser: visitors, sessions, roles, passwords, accessibility."""

import re
from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import expect

from hub.accounts.staff import add_member
from schemas.channel import Channel
from tests.end_to_end.page import (
    PASSWORD,
    SHUT,
    SIZES,
    Opens,
    number_of,
    rows,
    save_screenshot,
    serious_findings,
)
from tests.end_to_end.running import Hub, running

pytestmark = [pytest.mark.end_to_end, pytest.mark.slow]


def test_a_visitor_sees_the_log_in_page_and_nothing_else(page_of: Opens) -> None:
    """A visitor sees no figure, map or place name, on any screen and in both schemes."""
    for size, scheme in (("wall", "dark"), ("desk", "light"), ("phone", "light")):
        page = page_of(size=size, scheme=scheme)
        expect(page.locator("#gate")).to_contain_text("请登录")
        expect(page.locator("#login-form [name=name]")).to_be_visible()
        expect(page.locator("#screen")).to_be_hidden()
        assert page.locator("#map path").count() == 0
        assert page.locator("#totals li").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") == SIZES[size][0]
        assert serious_findings(page) == []
        save_screenshot(page, f"gate-{size}")


def test_a_session_that_ends_leaves_nothing_on_the_page(hub: Hub, page_of: Opens) -> None:
    """After a logout the page shows the login form and none of the former content."""
    page = page_of("张主任")
    assert page.locator("#map path").count() == 64
    page.click("#logout")
    page.wait_for_selector(SHUT)
    assert page.locator("#map path").count() == 0
    assert page.request.get(f"{page.url}api/overview").status == 401
    assert hub.get(hub.settings.overview_port, "/healthz") == b"ok\n"


@pytest.fixture(scope="module")
def public_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """Return a hub with a short day of messages that shows its figures to everybody."""
    with running(tmp_path_factory.mktemp("public"), HUB_PUBLIC="figures") as hub:
        hub.await_accounted(hub.send(hub.day(50, seed=32)))
        yield hub


def test_a_visitor_sees_numbers_on_any_screen(public_hub: Hub, page_of: Opens) -> None:
    """With public figures a visitor sees numbers, but no case and no button that leads to one."""
    hub = public_hub
    for size, scheme in (("wall", "dark"), ("desk", "light"), ("phone", "light")):
        page = page_of(size=size, scheme=scheme, of=hub)
        assert page.locator("#map path").count() == 64
        assert page.locator("#flow th[scope=row]").count() == len(Channel)
        assert page.locator("button.figure").count() == 0
        assert page.locator("#hot").is_hidden()
        assert page.evaluate("document.documentElement.scrollWidth") == SIZES[size][0]
        save_screenshot(page, f"visitor-{size}")
    (row,) = rows(hub, "SELECT count() AS open FROM open_cases")
    assert number_of(page, "在办") == row["open"]


def test_the_server_restricts_each_role_to_its_cases_and_commands(hub: Hub, page_of: Opens) -> None:
    """A unit sees its cases, an auditor has no commands, and the server itself refuses requests."""
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


def test_a_changed_password_ends_the_other_sessions(hub: Hub, page_of: Opens) -> None:
    """It works by keyboard; the person's other sessions are logged out, this page stays open."""
    page, fresh = page_of("李镇长"), "今天 下午 去 看 路灯"
    elsewhere = requests.Session()
    credentials = {"name": "李镇长", "password": PASSWORD}
    assert elsewhere.post(f"{page.url}api/login", json=credentials, timeout=120).status_code == 200
    page.focus("#account")
    page.keyboard.press("Enter")
    expect(page.locator("#account-box")).to_be_visible()
    for name, value in (("old", PASSWORD), ("fresh", fresh), ("again", "another")):
        page.fill(f"#password-form [name={name}]", value)
    page.keyboard.press("Enter")
    expect(page.locator("#account-message")).to_contain_text("不一样")
    page.fill("#password-form [name=again]", fresh)
    page.keyboard.press("Enter")
    expect(page.locator("#account-message")).to_contain_text("口令已修改")
    assert serious_findings(page) == []
    page.keyboard.press("Escape")
    assert page.request.get(f"{page.url}api/cases").status == 200
    assert elsewhere.get(f"{page.url}api/cases", timeout=120).status_code == 401
    add_member(hub.settings, "李镇长", "township", "429999001", PASSWORD)


def test_the_page_is_accessible(page_of: Opens) -> None:
    """Axe (WCAG 2.2 AA) finds nothing serious on the screen, in a list, in a case, at the login."""
    page = page_of("张主任")

    def check(view: str) -> None:
        assert serious_findings(page) == [], view

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
