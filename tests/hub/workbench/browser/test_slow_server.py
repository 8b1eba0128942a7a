"""The case beside the list while the server is slow or fails."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from hub.store.client import Store
from schemas.cases.case import Case
from tests.hub.workbench.browser.chromium import Opener, in_browser
from tests.hub.workbench.browser.test_keys import selected_id

pytestmark = [pytest.mark.slow]
CASE = "**/work/queues/triage?case=*"


def shown_id(page: Page) -> str | None:
    """Return the id of the case beside the list."""
    return page.locator("[data-region=case]").get_attribute("data-case")


def test_a_case_that_arrives_late_is_not_shown(
    store: Store, cases: list[Case], tmp_path: Path
) -> None:
    """Who goes back to the case that is shown keeps it, whatever was asked for between."""
    assert cases

    def story(opener: Opener) -> None:
        with opener.page("/work/queues/triage", "张主任", may_lose=True) as page:
            first = selected_id(page)
            with page.expect_event("requestfailed") as failure:
                page.route(CASE, lambda _: page.keyboard.press("k"))
                page.keyboard.press("j")
            assert "case=" in failure.value.url
            page.unroute(CASE)
            assert selected_id(page) == first
            page.keyboard.press("j")
            assert selected_id(page) != first

    in_browser(store, tmp_path, story)


def test_a_case_that_did_not_arrive_is_asked_for_again(
    store: Store, cases: list[Case], tmp_path: Path
) -> None:
    """Until then the line of the page says that the connection failed."""
    assert cases

    def story(opener: Opener) -> None:
        with opener.page("/work/queues/triage", "张主任", may_lose=True) as page:
            first = selected_id(page)
            page.route(CASE, lambda route: route.abort())
            page.keyboard.press("j")
            expect(page.locator("[data-status]")).to_contain_text("网络中断")
            assert shown_id(page) == first
            page.unroute(CASE)
            assert selected_id(page) != first

    in_browser(store, tmp_path, story)


def test_selecting_text_asks_for_no_case(store: Store, cases: list[Case], tmp_path: Path) -> None:
    """The event of the browser has the name of the list's own."""
    assert cases

    def story(opener: Opener) -> None:
        asked: list[str] = []

        def pass_on(route: Route) -> None:
            asked.append(route.request.url)
            route.continue_()

        with opener.page("/work/queues/triage", "张主任") as page:
            first = selected_id(page)
            page.route(CASE, pass_on)
            page.keyboard.press("s")
            field = page.locator("details[open] [name=reason]")
            field.fill("久拖不决")
            page.clock.install()
            field.select_text()
            page.clock.run_for(1000)
            field.press("Escape")
            page.keyboard.press("j")
            page.clock.run_for(1000)
            assert selected_id(page) != first
            assert len(asked) == 1

    in_browser(store, tmp_path, story)


@pytest.mark.parametrize(
    ("basis_seq", "words"), [(1000, "请重新打开"), (1, "不影响办理，重新打开可见")]
)
def test_a_page_says_that_the_case_has_a_newer_entry(
    store: Store, cases: list[Case], tmp_path: Path, basis_seq: int, words: str
) -> None:
    """It is not replaced under the hands of the reader; he reads whether he has to open it again.

    A further report is no reason to: his decision counts all the same.
    """
    assert cases

    def story(opener: Opener) -> None:
        with opener.page("/work/queues/triage", "张主任") as page:
            chosen = selected_id(page)
            newer = page.locator("[data-newer] span").filter(has_text=words)
            expect(page.locator("[data-newer] a").first).to_be_hidden()
            live = {"queues": {}, "others": [], "case_id": chosen, "seq": 1000}
            live["basis_seq"] = basis_seq
            page.route("**/work/live*", lambda route: route.fulfill(json=live))
            expect(newer).to_be_visible()
            expect(page.locator("[data-newer] a:visible")).to_have_count(1)
            page.unroute("**/work/live*")
            newer.locator("a").click()
            expect(newer).to_be_hidden()
            assert selected_id(page) == chosen

    in_browser(store, tmp_path, story)
