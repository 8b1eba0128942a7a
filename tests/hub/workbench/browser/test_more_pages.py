"""The pages besides the queues in a real browser: accessible, and no wider than their screen."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from hub.accounts.staff import StaffRole
from hub.notifications.notices.queue import NoticeQueue
from hub.store.client import Store
from hub.store.registers import store_registers
from schemas.deliberation.topic import Step
from schemas.projects.project import Stage
from schemas.topic import DELIBERATIONS, PROJECTS
from schemas.town.lists import TaskKind
from schemas.town.task import Ruling
from tests.builders.stored import keep
from tests.builders.town import TOWN
from tests.hub.deliberations.built import DETAILS
from tests.hub.deliberations.built import advanced as held
from tests.hub.deliberations.built import registered as on_agenda
from tests.hub.projects.built import advanced, registered
from tests.hub.store.views.test_lists import insert, task
from tests.hub.workbench.browser.chromium import Opener, in_browser, shot
from tests.hub.workbench.browser.test_keys import serious_findings
from tests.hub.workbench.deliveries.test_deliveries import filled_queue
from tests.hub.workbench.digest_pages.test_digest_pages import YESTERDAY, fill_yesterday
from tests.hub.workbench.notices.test_notices import notice
from tests.hub.workbench.phone.test_phone import PATROLS, keep_cases

pytestmark = [pytest.mark.slow]

PAGES = {
    "deliveries": "/work/deliveries?name=志愿平台",
    "notices": "/work/notices",
    "digest": f"/work/digest/{YESTERDAY}",
    "search": "/work/search?q=路灯",
    "entry": "/work/new",
    "burdens": "/work/burdens",
    "projects": "/work/projects?list=all",
    "project": f"/work/projects/{registered()[0].code}",
    "new-project": "/work/projects/new",
    "deliberations": "/work/deliberations?list=all",
    "deliberation": f"/work/deliberations/{on_agenda()[0].code}",
    "new-deliberation": "/work/deliberations/new",
}


def check(page: Page, name: str) -> None:
    """Check that a page has no serious finding of axe, and that nobody has to scroll sideways."""
    page.wait_for_load_state("networkidle")
    shot(page, name)
    assert serious_findings(page) == [], name
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name


@pytest.mark.parametrize(
    ("size", "scheme"), [("wall", "light"), ("desk", "dark"), ("phone", "light")]
)
def test_pages_besides_the_queues_have_no_serious_findings(
    store: Store, tmp_path: Path, size: str, scheme: str
) -> None:
    """Deliveries, notices, the digest, a search, forms and projects, each with something in it."""
    fill_yesterday(store)
    waiting = task("检查", handed_on=YESTERDAY, kind=TaskKind.INSPECTION, ruling=Ruling.TO_COUNTY)
    insert(store, task("台账", handed_on=YESTERDAY), waiting)
    keep(store, PROJECTS.name, *advanced(Stage.CONSTRUCTION))
    unbroken = DETAILS.model_copy(update={"title": "A" * 100})
    keep(store, DELIBERATIONS.name, *held(Step.PUBLICATION, unbroken))
    webhooks, notices = filled_queue(tmp_path), NoticeQueue(tmp_path / "notices.db")
    notices.show([notice("幸福小区门口的路灯不亮", "U-T")])

    def story(opener: Opener) -> None:
        with opener.page("/work/notices", "张主任", size=size, scheme=scheme) as page:
            expect(page.locator("main")).to_contain_text("幸福小区门口的路灯不亮")
            for name, path in PAGES.items():
                page.goto(path)
                check(page, f"{name}-{size}-{scheme}")

    in_browser(store, tmp_path, story)
    webhooks.close()
    notices.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_phone_page_has_no_serious_findings(store: Store, tmp_path: Path, scheme: str) -> None:
    """Each tab: tasks, the form of each type of record, cases, and what waits."""
    store_registers(store, TOWN, PATROLS, datetime.now(UTC))
    keep_cases(store)

    def story(opener: Opener) -> None:
        worker = StaffRole.GRID_WORKER
        with opener.page("/patrol", "小李", worker, "W1", "phone", scheme) as page:
            expect(page.locator("[data-duties] summary").first).to_be_visible()
            for tab in ("round", "report", "cases", "queue"):
                page.click(f"[data-open={tab}]")
                check(page, f"patrol_{tab}-phone-{scheme}")
            page.click("[data-open=report]")
            for kind in ("wish", "check", "visit"):
                page.locator(f"input[name=type][value={kind}]").check(force=True)
                check(page, f"patrol_{kind}-phone-{scheme}")

    in_browser(store, tmp_path, story)
