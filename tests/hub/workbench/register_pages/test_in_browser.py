"""The pages of the register in a real browser: without scripts, accessible, not in the history."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from hub.accounts.staff import StaffRole, add_member, set_register_right
from hub.security.keyring import write_keys
from hub.store.client import Store
from schemas.registers.right import RegisterRight
from tests.builders.register_files import id_number
from tests.hub.workbench.browser.chromium import PASSWORD, Opener, in_browser, shot
from tests.hub.workbench.browser.test_keys import serious_findings
from tests.hub.workbench.register_pages.office import CARED, KEY, TODAY, fill

pytestmark = [pytest.mark.slow]


def give_right(opener: Opener) -> None:
    """Add a member with a right; the site has the key."""
    settings = opener.site.settings
    write_keys(settings, (KEY,))
    add_member(settings, "主任", StaffRole.CITY, "", PASSWORD)
    right = RegisterRight(area="421299001", classes=CARED, until=TODAY + timedelta(days=1))
    set_register_right(settings, "主任", right)


def test_a_person_is_opened_without_scripts(store: Store, tmp_path: Path) -> None:
    """By the row of a grid; the address stays the same, and has no code and no number."""
    fill(store)

    def story(opener: Opener) -> None:
        give_right(opener)
        with opener.page("/work/registers", "主任", scripts=False) as page:
            page.select_option("[name=grid]", "G1")
            page.select_option("[name=class]", "cared.lives_alone")
            page.get_by_role("button", name="列出").click()
            row = page.locator("table.rows tbody tr").first
            row.locator("[name=purpose]").select_option("visit")
            row.get_by_role("button", name="查看").click()
            expect(page.locator("dl.facts")).to_contain_text("东门社区")
            assert page.url.endswith("/work/registers")

    in_browser(store, tmp_path, story)


def test_the_person_is_gone_with_the_way_back(store: Store, tmp_path: Path) -> None:
    """Back leads to the form; the history has no address of a person."""
    fill(store)

    def story(opener: Opener) -> None:
        give_right(opener)
        with opener.page("/work/registers", "主任") as page:
            assert serious_findings(page) == []
            page.locator("[name=number]").fill(id_number(1))
            page.locator("[name=purpose]").first.select_option("visit")
            page.locator("[name=number]").press("Enter")
            expect(page.locator("dl.facts")).to_contain_text("王小明")
            assert serious_findings(page) == []
            shot(page, "register-person")
            page.get_by_role("link", name="返回人员台账").click()
            expect(page.locator("[name=number]")).to_have_value("")
            assert page.url.endswith("/work/registers")
            assert "王小明" not in page.content()

    in_browser(store, tmp_path, story)


def test_the_auditor_reads_the_looks(store: Store, tmp_path: Path) -> None:
    """The page of the looks has no serious finding."""
    fill(store)

    def story(opener: Opener) -> None:
        give_right(opener)
        with opener.page("/work/registers?grid=G1&class=cared.lives_alone", "主任") as page:
            expect(page.locator("main")).to_contain_text("列出一次计一次")
            page.get_by_role("button", name="列出").click()
            expect(page.locator("table.rows tbody tr")).to_have_count(2)
            assert serious_findings(page) == []
            shot(page, "register-list")
        with opener.page("/work/registers/looks", "审计员", StaffRole.AUDITOR) as page:
            expect(page.locator("main")).to_contain_text("列出网格")
            assert serious_findings(page) == []
            shot(page, "register-looks")

    in_browser(store, tmp_path, story)
