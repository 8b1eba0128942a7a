"""One case from the call to its closing, as each of its people sees it in a browser."""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, FilePayload, Page, expect

from hub.accounts.staff import StaffRole, add_member
from tests.end_to_end.page import PASSWORD, SIZES, rows, save_screenshot, serious_findings
from tests.end_to_end.receivers import Receivers
from tests.end_to_end.running import Hub, await_true, push, running

pytestmark = [pytest.mark.end_to_end, pytest.mark.slow]

NUMBER = "DAY-1"
CALL = "阳光花园三号楼前那个坏了三天了，打过电话也没有人来，请尽快派人看看"
ON_SITE = "阳光花园三号楼前路灯坏了三天，灯杆接线盒进水"
FIRST_ANSWER = "已更换三号楼前路灯的灯泡，今晚恢复照明"
SECOND_ANSWER = "接线盒进水，已更换接线盒并做防水处理，连续观察两晚照明正常"
COMMUNITY, BUREAU, WORKER = "429999001001", "429999-00", "W001001001-1"
CODE = re.compile(r"/t/([0-9A-Z]{16})")
Opens = Callable[..., Page]
"""Opens a page in a new browser context: name of the person, path, size."""


@contextmanager
def opening(hub: Hub, browser: Browser) -> Iterator[Opens]:
    """Yield a function that opens pages; an error in the log of a page fails the test."""
    faults: list[str] = []
    contexts = []
    staff = f"http://127.0.0.1:{hub.settings.overview_port}"

    def open_page(name: str, path: str, size: str = "desk") -> Page:
        width, height = SIZES[size]
        base = staff if name else f"http://127.0.0.1:{hub.settings.intake_port}"
        context = browser.new_context(
            base_url=base, viewport={"width": width, "height": height}, color_scheme="light"
        )
        contexts.append(context)
        if name:
            answer = context.request.post("/api/login", data={"name": name, "password": PASSWORD})
            assert answer.ok, answer.text()
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


def photo(colour: str) -> FilePayload:
    """Return a photo of a lamp in the dark, or in the light."""
    picture = Image.new("RGB", (640, 480), "#243040")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((310, 160, 330, 480), fill="#8899aa")
    draw.ellipse((260, 90, 380, 190), fill=colour)
    out = io.BytesIO()
    picture.save(out, "JPEG")
    return FilePayload(
        name=f"{colour.strip('#')}.jpg", mimeType="image/jpeg", buffer=out.getvalue()
    )


def send_held(page: Page, key: str) -> None:
    """Leave the page by a key, which sends the decision that it holds; wait for its result."""
    expect(page.locator("[data-undo-bar]")).to_contain_text("秒后发出")
    page.keyboard.press("g")
    page.keyboard.press(key)
    expect(page.locator("[data-status]")).to_contain_text("已办")


class Day:
    """The case of the story, and the hub in which it lives."""

    def __init__(self, hub: Hub, receivers: Receivers, opens: Opens) -> None:
        self.hub, self.receivers, self.opens = hub, receivers, opens

    def case(self) -> dict[str, Any]:
        """Return the row of the case; empty while there is none."""
        sql = (
            "SELECT toString(case_id) AS id, number, state, unit, reports FROM cases"
            f" WHERE has(native_ids, 'hotline_12345/{NUMBER}')"
        )
        return next(iter(rows(self.hub, sql)), {})

    def await_state(self, *states: str) -> None:
        """Wait until the store has the case in one of these states."""
        await_true(lambda: self.case().get("state") in states, f"it is {states}")

    def call_in(self) -> None:
        """Let a citizen call the hotline, whose system sends the order."""
        push(
            self.hub,
            {
                "workOrderNo": NUMBER,
                "callType": "诉求",
                "title": "三号楼前坏了三天",
                "content": CALL,
                "callTime": datetime.now(UTC).isoformat(),
                "caller": {"name": "赵六", "phone": "13911112222"},
                "address": "阳光花园",
                "lng": 114.905,
                "lat": 30.0529,
                "categoryName": "其他",
            },
        )
        self.await_state("triage")

    def code(self) -> str:
        """Return the tracking code that the hotline's system got for its citizen."""
        codes: set[str] = set()

        def has_code() -> bool:
            for body in self.receivers.got["hotline_12345"]:
                codes.update(CODE.findall(body.decode()))
            return bool(codes)

        await_true(has_code, "the hotline has a code")
        assert len(codes) == 1
        return codes.pop()

    def triage(self) -> None:
        """Correct the category as the dispatcher, by key and pinyin; the rules assign the case."""
        page = self.opens("王主任", "/work/queues/triage")
        expect(page.locator("[data-item]")).to_have_count(1)
        expect(page.locator("[data-region=case]")).to_contain_text(CALL)
        expect(page.locator("[data-region=case]")).to_contain_text("事项未明")
        save_screenshot(page, "day-01-triage")
        assert serious_findings(page) == []
        page.keyboard.press("c")
        page.keyboard.type("ludeng")
        expect(page.locator("[role=option]").first).to_contain_text("路灯")
        page.keyboard.press("Enter")
        save_screenshot(page, "day-02-category")
        page.locator("details[open] button.main").click()
        save_screenshot(page, "day-03-held")
        send_held(page, "l")
        self.await_state("assigned")
        page.reload()
        expect(page.locator("[data-item]")).to_contain_text("东门社区")
        save_screenshot(page, "day-04-assigned")

    def accept_and_whistle(self) -> Page:
        """Accept by key as the community, and whistle for the bureau that has electricians."""
        page = self.opens("东门社区经办", "/work")
        page.wait_for_url("**/work/queues/new*")
        expect(page.locator("[data-region=case]")).to_contain_text(CALL)
        save_screenshot(page, "day-05-unit-new")
        page.keyboard.press("a")
        send_held(page, "h")
        self.await_state("accepted")
        page.reload()
        expect(page.locator("[data-region=case]")).to_contain_text("已签收")
        page.keyboard.press("w")
        opened = page.locator("details[open]")
        opened.locator("[role=combobox]").fill("cgj")
        expect(opened.locator("[role=option]").first).to_contain_text("城管局")
        opened.locator("[role=combobox]").press("Enter")
        opened.locator("[name=reason]").fill("需要电工到场检查线路")
        save_screenshot(page, "day-06-whistle")
        opened.locator("button.main").click()
        send_held(page, "l")
        return page

    def arrive(self) -> None:
        """See the whistle in the queue of the bureau, and report to it."""
        sql = f"SELECT count() AS n FROM case_events WHERE case_id = '{self.case()['id']}'"
        await_true(
            lambda: rows(self.hub, f"{sql} AND move = 'whistle'")[0]["n"] == 1, "it whistles", 30
        )
        page = self.opens("城管局经办", "/work/queues/called")
        expect(page.locator("[data-region=case]")).to_contain_text("需要电工到场检查线路")
        save_screenshot(page, "day-07-called")
        page.keyboard.press("r")
        send_held(page, "n")
        await_true(
            lambda: rows(self.hub, f"{sql} AND move = 'arrive'")[0]["n"] == 1, "it arrives", 30
        )

    def report_on_site(self) -> None:
        """See the case as the grid worker, and report with a photo what is on the spot."""
        page = self.opens("小李", "/patrol", "phone")
        page.click("[data-open=cases]")
        expect(page.locator("[data-cases]")).to_contain_text("路灯")
        save_screenshot(page, "day-08-phone-cases")
        page.click("[data-open=report]")
        page.locator("select[name=category]").select_option(label="路灯")
        page.fill("textarea[name=text]", ON_SITE)
        page.locator("input[name=photos]").set_input_files(photo("#3a3a3a"))
        expect(page.locator("[data-thumbs] canvas")).to_have_count(1)
        save_screenshot(page, "day-09-phone-report")
        page.click("button.main")
        expect(page.locator("[data-queue]")).to_contain_text("全部已送达")
        save_screenshot(page, "day-10-phone-sent")
        await_true(lambda: self.case()["reports"] == 2, "both reports are of one case")

    def answer(self, text: str, note: str, step: str) -> None:
        """Answer with text and photo on the page of the case, and resolve it."""
        page = self.opens("东门社区经办", f"/cases/{self.case()['number']}")
        expect(page.locator("main")).to_contain_text(ON_SITE)
        picture = page.locator("[data-report] img").first
        expect(picture).to_be_visible()
        expect(page.locator("[data-report]").last).to_contain_text("照片1")
        save_screenshot(page, f"day-{step}-case")
        form = page.locator("form[data-answer]")
        form.locator("[name=answer]").fill(text)
        expect(form.locator(".preview")).to_contain_text(text)
        form.locator("[name=reason]").fill(note)
        form.locator("input[type=file]").set_input_files(photo("#ffe9a0"))
        form.scroll_into_view_if_needed()
        save_screenshot(page, f"day-{step}-answer")
        assert serious_findings(page) == []
        with page.expect_navigation():
            page.get_by_role("button", name="办结", exact=True).click()
        self.await_state("resolved", "fed_back")
        page.goto(f"/cases/{self.case()['number']}")
        expect(form).to_have_count(0)
        expect(page.locator("main")).to_contain_text(text)
        expect(page.get_by_alt_text("答复照片第 1 张").first).to_be_visible()
        save_screenshot(page, f"day-{step}-resolved")

    def progress(self, code: str, *texts: str, shot: str) -> None:
        """Type the code on a phone as the citizen, and read the state and the answer."""
        page = self.opens("", "/t", "phone")
        page.fill("#code", f"{code[:4]} {code[4:8]} {code[8:12]} {code[12:]}".lower())
        page.click("button")
        main = page.locator("main")
        for text in texts:
            expect(main).to_contain_text(text)
        assert "13911112222" not in main.inner_text()
        assert serious_findings(page) == []
        save_screenshot(page, f"day-{shot}-citizen")

    def rate(self) -> None:
        """Answer the hotline's question as the citizen: not settled. The case is reopened."""
        push(
            self.hub,
            {
                "workOrderNo": NUMBER,
                "callType": "回访",
                "revision": "back",
                "callTime": datetime.now(UTC).isoformat(),
                "responded": "是",
                "settled": "否",
                "satisfaction": "不满意",
            },
        )
        self.await_state("assigned")
        page = self.opens("东门社区经办", "/work/queues/reopened")
        expect(page.locator("[data-region=case]")).to_contain_text("回访未解决，自动重办")
        save_screenshot(page, "day-15-reopened")
        page.keyboard.press("a")
        send_held(page, "h")
        self.await_state("accepted")

    def call_back(self) -> None:
        """Record by key what the citizen says when the agent calls, and close the case."""
        self.await_state("fed_back")
        page = self.opens("王主任", "/work/queues/callback")
        panel = page.locator("[data-region=case]")
        expect(panel).to_contain_text(SECOND_ANSWER)
        save_screenshot(page, "day-19-callback")
        page.keyboard.press("v")
        panel.locator("[name=settled]").select_option("yes")
        panel.locator("[name=satisfied]").select_option("yes")
        panel.locator("textarea[name=reason]").first.fill("灯亮了，谢谢")
        save_screenshot(page, "day-20-callback-filled")
        panel.locator("button", has_text="记下回访").click()
        send_held(page, "l")
        self.await_state("evaluated")
        page.goto(f"/cases/{self.case()['number']}")
        page.locator("summary", has_text="归档").click()
        with page.expect_navigation():
            page.locator("details[open] button", has_text="归档").click()
        self.await_state("closed")
        page.goto(f"/cases/{self.case()['number']}")
        expect(page.locator("main")).to_contain_text("灯亮了，谢谢")
        save_screenshot(page, "day-21-closed")
        page.goto("/work/queues/open")
        expect(page.locator("[data-item]")).to_have_count(0)
        save_screenshot(page, "day-22-nothing-open")


@pytest.fixture(scope="module")
def staffed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Hub, Receivers]]:
    """Return an empty hub with the people of the story, and the hotline's system."""
    folder = tmp_path_factory.mktemp("day")
    receivers = Receivers(folder)
    receivers.start()
    try:
        with running(folder) as hub:
            for name, role, unit in (
                ("王主任", StaffRole.CITY, ""),
                ("东门社区经办", StaffRole.UNIT, COMMUNITY),
                ("城管局经办", StaffRole.UNIT, BUREAU),
                ("小李", StaffRole.GRID_WORKER, WORKER),
            ):
                add_member(hub.settings, name, role, unit, PASSWORD)
            yield hub, receivers
    finally:
        receivers.stop()


def test_a_case_from_the_call_to_its_closing(
    staffed: tuple[Hub, Receivers], browser: Browser
) -> None:
    """Citizen, dispatcher, community, bureau, grid worker and agent each see and do their part."""
    with opening(staffed[0], browser) as opens:
        day = Day(*staffed, opens)
        day.call_in()
        code = day.code()
        day.progress(code, "已受理", "查询码", shot="00")
        day.triage()
        day.accept_and_whistle()
        day.arrive()
        day.report_on_site()
        day.answer(FIRST_ANSWER, "社区电工已到场更换", "11")
        day.progress(code, "已办结", FIRST_ANSWER, shot="14")
        day.rate()
        day.answer(SECOND_ANSWER, "城管局电工到场更换接线盒", "16")
        day.call_back()
        day.progress(code, "已办结", SECOND_ANSWER, shot="23")
