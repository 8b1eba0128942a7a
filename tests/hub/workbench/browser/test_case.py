"""The page of a case in a real browser: who else has it open, and what its map says."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from hub.accounts.staff import StaffRole, add_member
from hub.store.client import Store
from schemas.cases.case import Case, State
from tests.hub.workbench.browser.chromium import PASSWORD, Opener, in_browser
from tests.integration.parts import await_true

pytestmark = [pytest.mark.slow]


def test_two_officers_on_one_page_see_each_other(
    store: Store, cases: list[Case], tmp_path: Path
) -> None:
    """The one who was there first hears of the second within seconds."""
    path = f"/cases/{cases[0].case_id}"

    def story(opener: Opener) -> None:
        add_member(opener.site.settings, "李主任", StaffRole.CITY, "", PASSWORD)
        with opener.page(path, "张主任") as page:
            assert page.context.browser is not None
            other = page.context.browser.new_context(base_url=page.url)
            login = {"name": "李主任", "password": PASSWORD}
            assert other.request.post("/api/login", data=login).ok
            assert other.request.get(path).ok
            shown = page.locator("[data-presence]")
            expect(shown).to_have_text("李主任也在看这一件")

    in_browser(store, tmp_path, story)


def test_a_map_counts_only_the_cases_of_its_list(store: Store, tmp_path: Path) -> None:
    """The related cases of a page are not on its map, and not missing there."""

    def story(opener: Opener) -> None:
        with opener.page("/work/design", "张主任") as page:
            page.locator("svg[data-map] circle").first.wait_for()
            page.evaluate("""() => {
                document.querySelector("main").insertAdjacentHTML("beforeend", "<li data-item=1>");
                document.dispatchEvent(new CustomEvent("region", { detail: "list" }));
            }""")
            expect(page.locator("[data-map-note]")).to_have_text("")

    in_browser(store, tmp_path, story)


@pytest.mark.parametrize("is_refused", [False, True])
def test_what_was_typed_is_kept_until_it_is_accepted(
    store: Store, cases: list[Case], tmp_path: Path, *, is_refused: bool
) -> None:
    """A note is empty again once it was accepted; refused, it stays with the reason beside it."""
    case = next(case for case in cases if case.state is State.ACCEPTED)
    path = f"/cases/{case.case_id}"

    def story(opener: Opener) -> None:
        opener.site.commands.refusal = "不能写进展" if is_refused else ""
        with opener.page(path, "张主任", may_fail=True) as page:
            page.keyboard.press("n")
            note = page.locator("details[open] [name=reason]")
            note.fill("已到现场")
            page.locator("details[open] button.main").click()
            await_true(lambda: len(opener.site.commands.received) == 1, "it is sent")
            if not is_refused:
                expect(page.locator("details[open]")).to_have_count(0)
            for _ in range(2):
                if is_refused:
                    reason = page.locator("details[open] [data-refusal]")
                    expect(reason).to_have_text("未办：不能写进展")
                else:
                    page.locator("summary", has_text="写进展").click()
                expect(note).to_have_value("已到现场" if is_refused else "")
                page.goto(path)

    in_browser(store, tmp_path, story)
