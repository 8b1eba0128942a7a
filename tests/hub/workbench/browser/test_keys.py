"""The keys of the workbench in a real browser: queues, decisions, pairs, without scripts too."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from hub.accounts.staff import StaffRole, add_member
from hub.store.client import Store
from schemas.cases.case import Case, Move, State
from tests.builders.town import event
from tests.hub.workbench.browser.chromium import PASSWORD, SIZES, Opener, in_browser, shot
from tests.hub.workbench.pairs.test_pairs import filled
from tests.hub.workbench.search.test_search import LAMP, case_of, fill, garbage
from tests.integration.parts import await_true

pytestmark = [pytest.mark.slow]
Story = Callable[[Opener], None]
PRESS = """keys => keys.forEach(key =>
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true })))"""
"""Presses keys without a pause."""


def serious_findings(page: Page) -> list[str]:
    """Return the serious and critical findings of axe."""
    return [
        f"{violation['id']}: {[node['target'] for node in violation['nodes']][:3]}"
        for violation in Axe().run(page).response["violations"]
        if violation["impact"] in ("serious", "critical")
    ]


def selected_id(page: Page) -> str:
    """Return the id of the selected row, once its case is beside the list."""
    row = page.locator("[data-item][aria-current=true]")
    chosen = row.get_attribute("data-item") or ""
    expect(page.locator("[data-region=case]")).to_have_attribute("data-case", chosen)
    return chosen


def test_a_decision_is_held_undone_and_sent_when_the_page_is_left(
    store: Store, cases: list[Case], tmp_path: Path
) -> None:
    """1 assigns to the likeliest unit; z undoes it unsent; leaving the page sends what is held."""
    waiting = {str(c.case_id) for c in cases if c.state is State.TRIAGE}

    def story(opener: Opener) -> None:
        received = opener.site.commands.received
        with opener.page("/work/queues/triage", "张主任") as page:
            first = selected_id(page)
            page.keyboard.press("j")
            expect(page.locator("[data-region=case]")).not_to_have_attribute("data-case", first)
            second = selected_id(page)
            assert {first, second} <= waiting
            page.keyboard.press("k")
            assert selected_id(page) == first
            page.locator("[data-key='1']").wait_for()
            page.keyboard.press("1")
            expect(page.locator("[data-undo-bar]")).to_contain_text("秒后发出")
            expect(page.locator(f"[data-item='{first}']")).to_have_class("waiting")
            shot(page, "held")
            page.keyboard.press("z")
            expect(page.locator("[data-status]")).to_contain_text("已撤销")
            assert received == []
            assert selected_id(page) == first
            page.keyboard.press("1")
            expect(page.locator("[data-undo-bar]")).to_contain_text("秒后发出")
            page.keyboard.press("g")
            page.keyboard.press("l")
            page.wait_for_url("**/work/queues/open*")
            expect(page.locator("[data-status]")).to_contain_text("交办")
            sent = {command.command_id for command in received}
            assert [str(command.case_id) for command in received][:1] == [first]
            assert len(sent) == 1
            assert received[0].move is Move.ASSIGN

    assert len(waiting) > 2
    in_browser(store, tmp_path, story)


def test_a_refusal_stays_until_it_is_read(store: Store, cases: list[Case], tmp_path: Path) -> None:
    """It is shown with the reason, also in the form, which has what was typed; then 退出 leaves."""
    assert cases

    def story(opener: Opener) -> None:
        opener.site.commands.refusal = "事项已归档，不能督办"
        with opener.page("/work/queues/open", "张主任", may_fail=True) as page:
            chosen = selected_id(page)
            page.keyboard.press("s")
            page.locator("details[open] [name=reason]").fill("久拖不决")
            page.locator("details[open] [name=reason]").press("Enter")
            bar = page.locator("[data-undo-bar]")
            expect(bar).to_contain_text("秒后发出")
            page.locator("form[data-logout] button").click()
            expect(bar).to_contain_text("事项已归档，不能督办")
            expect(page.locator("[data-status]")).to_contain_text("有决定未办")
            bar.locator("button", has_text="知道了").click()
            expect(bar).to_be_hidden()
            page.locator(f"[data-item='{chosen}'] .subject").click()
            assert selected_id(page) == chosen
            form = page.locator("details[open] form")
            expect(form.locator("[name=reason]")).to_have_value("久拖不决")
            expect(form.locator("[data-refusal]")).to_contain_text("事项已归档，不能督办")
            shot(page, "refused")
            page.on("dialog", lambda dialog: dialog.accept())
            page.locator("form[data-logout] button").click()
            page.wait_for_url("**/")

    in_browser(store, tmp_path, story)


def test_a_case_is_merged_into_another_by_key(
    store: Store, cases: list[Case], tmp_path: Path
) -> None:
    """The key w calls departments; with u, some digits of a number and Enter merge."""
    state = fill(store, event("a", content=LAMP), garbage("b"))
    target = case_of(state, "b")
    assert cases

    def story(opener: Opener) -> None:
        received = opener.site.commands.received
        path = f"/work/queues/open?case={case_of(state, 'a').case_id}"
        with opener.page(path, "张主任") as page:
            chosen = selected_id(page)
            page.keyboard.press("w")
            page.locator("details[open] [role=combobox]").fill("cgj")
            page.locator("details[open] [role=combobox]").press("Enter")
            expect(page.locator("details[open] .chosen-chip")).to_have_text("城管局 ×")
            shot(page, "whistle")
            page.locator("details[open] .chosen-chip").click()
            expect(page.locator("details[open] .chosen-chip")).to_have_count(0)
            page.keyboard.press("Escape")
            page.keyboard.press("u")
            field = page.locator("details[open] [name=into]")
            field.fill(target.number[-7:])
            expect(page.locator(".suggestions:visible li")).to_have_count(1)
            shot(page, "merge")
            assert serious_findings(page) == []
            field.press("Enter")
            expect(page.locator("[data-undo-bar]")).to_contain_text("秒后发出")
            page.goto("/work/design")
            await_true(lambda: len(received) == 1, "the merge is sent")
            assert received[0].move is Move.MERGE
            assert received[0].case_id == target.case_id
            assert received[0].data == {"case": chosen}

    in_browser(store, tmp_path, story)


def test_a_lost_connection_loses_no_words(store: Store, cases: list[Case], tmp_path: Path) -> None:
    """What was typed is there again after the page was loaded anew; a held decision is sent."""
    assert cases

    def story(opener: Opener) -> None:
        with opener.page("/work/queues/open", "张主任", may_lose=True) as page:
            chosen = selected_id(page)
            page.keyboard.press("s")
            page.locator("details[open] [name=reason]").fill("写到一半的理由")
            page.reload()
            assert selected_id(page) == chosen
            page.keyboard.press("s")
            field = page.locator("details[open] [name=reason]")
            expect(field).to_have_value("写到一半的理由")
            page.route("**/work/commands", lambda route: route.abort())
            field.press("Enter")
            expect(page.locator("[data-status]")).to_contain_text("网络中断")
            assert opener.site.commands.received == []
            page.unroute("**/work/commands")
            await_true(lambda: len(opener.site.commands.received) == 1, "the decision is sent")

    in_browser(store, tmp_path, story)


def test_keys_that_are_quicker_than_the_page_decide_nothing_unseen(
    store: Store, cases: list[Case], tmp_path: Path
) -> None:
    """A decision is about the selected case only once it is shown, and is made once."""
    waiting = {str(c.case_id) for c in cases if c.state is State.TRIAGE}

    def story(opener: Opener) -> None:
        with opener.page("/work/queues/triage", "张主任") as page:
            first = selected_id(page)
            page.locator("[data-key='1']").wait_for()
            page.evaluate(PRESS, ["j", "1"])
            assert selected_id(page) != first
            expect(page.locator("[data-undo-bar]")).to_be_hidden()
            page.keyboard.press("k")
            assert selected_id(page) == first
            page.evaluate(PRESS, ["1", "1", "1"])
            expect(page.locator("[data-undo-bar]")).not_to_contain_text("另有")
            page.goto("/work/design")
            await_true(lambda: len(opener.site.commands.received) > 0, "it is sent")
            assert [str(command.case_id) for command in opener.site.commands.received] == [first]

    assert len(waiting) > 2
    in_browser(store, tmp_path, story)


@pytest.mark.parametrize("next_person", ["张主任", "李主任"])
def test_a_session_that_ends_keeps_the_decision_for_its_own_officer(
    store: Store, cases: list[Case], tmp_path: Path, next_person: str
) -> None:
    """It is sent when he has logged in again, and never in the name of somebody else."""
    assert cases

    def story(opener: Opener) -> None:
        add_member(opener.site.settings, "李主任", StaffRole.CITY, "", PASSWORD)
        received = opener.site.commands.received
        with opener.page("/work/queues/triage", "张主任", may_fail=True) as page:
            selected_id(page)
            page.locator("[data-key='1']").wait_for()
            page.context.clear_cookies()
            page.keyboard.press("1")
            expect(page.locator("[data-status]")).to_contain_text("决定已保留")
            # The page tries again, and is refused again.
            page.wait_for_event("response", lambda answer: answer.url.endswith("/work/commands"))
            expect(page.locator("[data-status]")).to_contain_text("登录已结束")
            login = {"name": next_person, "password": PASSWORD}
            assert page.context.request.post("/api/login", data=login).ok
            page.goto("/work/queues/triage")
            selected_id(page)
            if next_person == "张主任":
                await_true(lambda: len(received) == 1, "the decision is sent")
            else:
                page.wait_for_load_state("networkidle")
                assert received == []

    in_browser(store, tmp_path, story)


def test_the_key_x_ticks_the_selected_case_only(
    store: Store, cases: list[Case], tmp_path: Path
) -> None:
    """Where no case is selected, the first x selects one."""
    assert cases

    def story(opener: Opener) -> None:
        with opener.page("/work/queues/open", "张主任", size="phone") as page:
            page.keyboard.press("x")
            expect(page.locator("[data-item] input:checked")).to_have_count(0)
            page.keyboard.press("x")
            ticked = page.locator("[data-item][aria-current=true] input:checked")
            expect(ticked).to_have_count(1)

    in_browser(store, tmp_path, story)


def test_several_cases_are_decided_at_once(store: Store, cases: list[Case], tmp_path: Path) -> None:
    """The key x ticks cases; one form sends a command for each."""
    assert cases

    def story(opener: Opener) -> None:
        with opener.page("/work/queues/open", "张主任", size="wall") as page:
            selected_id(page)
            for _ in range(8):
                page.keyboard.press("x")
                page.keyboard.press("j")
            expect(page.locator("[data-ticked]")).to_have_text("已勾选 8 件")
            page.locator("#bulk [name=move]").select_option("supervise")
            page.locator("#bulk [name=reason]").fill("久拖不决")
            shot(page, "bulk")
            page.locator("#bulk button.main").click()
            page.goto("/work/design")
            await_true(lambda: len(opener.site.commands.received) == 8, "all are sent")

    in_browser(store, tmp_path, story)


def test_a_decision_about_several_comes_back_with_its_ticks(
    store: Store, cases: list[Case], tmp_path: Path
) -> None:
    """What was undone, or refused for some of them, is ticked again with what was chosen."""
    assert cases

    def refuse_two(route: Route) -> None:
        named = parse_qs(route.request.post_data or "")["case"]
        results = [
            {"case_id": each[:36], "title": "", "accepted": n > 1, "text": "已有新记录", "seq": 1}
            for n, each in enumerate(named)
        ]
        route.fulfill(json={"results": [{"state": "", "entry_of": "", **r} for r in results]})

    def story(opener: Opener) -> None:
        with opener.page("/work/queues/open", "张主任", size="wall") as page:
            selected_id(page)
            for _ in range(4):
                page.keyboard.press("x")
                page.keyboard.press("j")
            page.locator("#bulk [name=move]").select_option("supervise")
            page.locator("#bulk [name=reason]").fill("久拖不决")
            page.locator("#bulk button.main").click()
            page.locator("[data-undo-bar] button").click()
            expect(page.locator("[data-ticked]")).to_have_text("已勾选 4 件")
            expect(page.locator("#bulk [name=move]")).to_have_value("supervise")
            page.route("**/work/commands", refuse_two)
            page.locator("#bulk button.main").click()
            expect(page.locator("[data-refusal]")).to_contain_text("已有新记录")
            expect(page.locator("[data-ticked]")).to_have_text("已勾选 2 件")
            expect(page.locator("#bulk [name=reason]")).to_have_value("久拖不决")

    in_browser(store, tmp_path, story)


def test_pairs_are_answered_by_key(store: Store, tmp_path: Path) -> None:
    """One pair is shown at a time; l leaves it for later, n keeps the two apart."""
    filled(store)

    def story(opener: Opener) -> None:
        with opener.page("/work/pairs", "张主任") as page:
            expect(page.locator("[data-left]")).to_have_text("还剩 2 对")
            expect(page.locator("article.pair:visible")).to_have_count(1)
            shot(page, "pairs")
            assert serious_findings(page) == []
            page.keyboard.press("l")
            expect(page.locator("[data-left]")).to_have_text("还剩 1 对")
            page.keyboard.press("n")
            expect(page.locator("[data-done]")).to_be_visible()
            page.goto("/work/design")
            await_true(lambda: len(opener.site.commands.received) == 1, "the answer is sent")
            assert opener.site.commands.received[0].move is Move.KEEP_APART

    in_browser(store, tmp_path, story)


def test_a_unit_notes_progress_on_a_phone_without_scripts(
    store: Store, cases: list[Case], tmp_path: Path
) -> None:
    """Without JavaScript the title opens the case, and a button sends the form."""
    assert cases

    def story(opener: Opener) -> None:
        unit = StaffRole.UNIT
        path = "/work/queues/open"
        with opener.page(path, "所长", unit, "U-T", "phone", scripts=False) as page:
            page.locator("[data-item]", has_text="已签收").first.locator("a.subject").click()
            panel = page.locator("[data-region=case]")
            panel.locator("summary", has_text="写进展").click()
            panel.locator("details[open] [name=reason]").fill("已经联系上诉求人")
            panel.locator("details[open] button").click()
            page.wait_for_url("**/work/queues/open*")
            (command,) = opener.site.commands.received
            assert (command.move, command.reason) == (Move.NOTE, "已经联系上诉求人")

    in_browser(store, tmp_path, story)


def test_a_filter_is_saved(store: Store, cases: list[Case], tmp_path: Path) -> None:
    """The filters of the page get a name, and are a link from then on."""
    assert cases

    def story(opener: Opener) -> None:
        with opener.page("/work/queues/open?sort=due", "张主任") as page:
            page.locator("summary", has_text="保存这个筛选").click()
            page.locator(".saved [name=name]").fill("先到期")
            page.locator(".saved button", has_text="保存").click()
            page.locator(".chip a", has_text="先到期").click()
            expect(page).to_have_url(re.compile("sort=due"))
            page.locator(".chip button").click()
            expect(page.locator(".chip")).to_have_count(0)

    in_browser(store, tmp_path, story)


@pytest.mark.parametrize(("size", "scheme"), [(s, "light") for s in SIZES] + [("desk", "dark")])
def test_pages_have_no_serious_findings(
    store: Store, cases: list[Case], tmp_path: Path, size: str, scheme: str
) -> None:
    """Axe finds nothing serious on any page; no page is wider than its screen."""
    assert cases

    def story(opener: Opener) -> None:
        with opener.page("/work/queues/open", "张主任", size=size, scheme=scheme) as page:
            for path in ("/work/queues/open", "/work/design", "/work/pairs"):
                page.goto(path)
                page.wait_for_load_state("networkidle")
                if path == "/work/queues/open" and size != "phone":
                    selected_id(page)
                shot(page, f"{path.rsplit('/', 1)[1]}-{size}-{scheme}")
                assert serious_findings(page) == [], path
                width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                assert width <= 0, path
                top = page.locator("header.top").bounding_box()
                assert top is not None
                assert top["height"] < 64, "the top is one line"

    in_browser(store, tmp_path, story)
