"""An answer with photos in a real browser: chosen, refused, sent again."""

from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, expect

from hub.accounts.staff import StaffRole
from hub.store.client import Store
from schemas.cases.case import Move
from tests.hub.workbench.browser.chromium import Opener, in_browser, shot
from tests.hub.workbench.browser.test_keys import serious_findings
from tests.hub.workbench.case_page.test_page import lamp_case
from tests.hub.workbench.case_page.test_resolve import ANSWER, photo

pytestmark = [pytest.mark.slow]


def test_a_refused_photo_loses_nothing_that_was_typed(store: Store, tmp_path: Path) -> None:
    """Too many photos are not sent; a file that is none comes back beside the good one."""
    _, case = lamp_case(store, (Move.ACCEPT,))
    good = [
        FilePayload(name=f"{colour}.jpg", mimeType="image/jpeg", buffer=photo(colour=colour))
        for colour in ("red", "green", "blue", "white", "gray", "black", "pink")
    ]
    script = FilePayload(name="图.png", mimeType="image/png", buffer=b"<svg></svg>")

    def story(opener: Opener) -> None:
        received = opener.site.commands.received
        with opener.page(
            f"/cases/{case.number}", "所长", StaffRole.UNIT, "U-T", may_lose=True, may_fail=True
        ) as page:
            page.get_by_label("答复", exact=False).first.fill(ANSWER)
            page.get_by_label("办理说明").fill("已经办理完毕")
            files = page.locator("input[type=file]")
            files.set_input_files(good)
            assert "最多 6 张" in files.evaluate("input => input.validationMessage")
            files.set_input_files([good[0], script])
            shot(page, "answer_chosen")
            page.get_by_role("button", name="办结", exact=True).click()
            refused = page.locator("[data-refused]")
            expect(refused).to_contain_text("第2张")
            expect(page.locator("textarea[name=answer]")).to_have_value(ANSWER)
            expect(page.locator("input[name=photo]")).to_be_checked()
            assert serious_findings(page) == []
            shot(page, "answer_refused")
            assert received == []
            page.get_by_role("button", name="办结", exact=True).click()
            page.wait_for_url(f"**/cases/{case.number}")
            assert len(received[0].data["photos"]) == 1

    in_browser(store, tmp_path, story)
