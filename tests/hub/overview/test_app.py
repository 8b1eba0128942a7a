"""The overview's own interface: who logs in, what each role sees, numbers that are their lists."""

import asyncio
import csv
import io
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer
from openpyxl import load_workbook

from hub.accounts.audit import Audit
from hub.accounts.login_attempts import LoginAttempts
from hub.accounts.login_http import LoginHttp
from hub.accounts.session import COOKIE, CSRF_HEADER, Sessions
from hub.accounts.staff import HASHER, StaffError, StaffRole, add_member, load_staff, remove_member
from hub.overview.access import Access
from hub.overview.case_list import COLUMNS, FLAGS
from hub.overview.cases_http import OverviewCases
from hub.overview.figures import Screen
from hub.overview.live import Live
from hub.runtime.errors import HubError
from hub.settings import Settings
from hub.store.client import Store
from hub.web.problem import answer_problems
from schemas.cases.case import Case
from schemas.cases.command import Role
from schemas.topic import CASES
from streams.case.state import PartitionState
from streams.steps import event as receive
from tests.builders.fortnight import SEALER, SECRET, sealed_report
from tests.builders.town import REGISTER, TOWN
from tests.hub.cases.test_http import FakeDesk
from tests.hub.store.views.test_assessment import keep

Client = TestClient[web.Request, web.Application]


class Page:
    """The overview's interface over the test's store, and who asks it."""

    def __init__(
        self, client: Client, settings: Settings, store: Store, desk: FakeDesk, live: Live
    ) -> None:
        self.client, self.settings, self.store, self.desk = client, settings, store, desk
        self.live = live
        self.csrf = ""

    async def log_in(self, name: str, role: str, unit: str = "") -> dict[str, Any]:
        """Become somebody of a role."""
        password = add_member(self.settings, name, role, unit, "")
        answer = await self.client.post("/api/login", json={"name": name, "password": password})
        assert answer.status == 200, await answer.text()
        told: dict[str, Any] = await answer.json()
        self.csrf = told["csrf"]
        return told

    async def get(self, path: str) -> Any:
        """Return what an address answers."""
        answer = await self.client.get(path)
        assert answer.status == 200, await answer.text()
        return await answer.json()

    async def post(self, path: str, body: Any, **headers: str) -> ClientResponse:
        """Send something as the page does."""
        return await self.client.post(path, json=body, headers={CSRF_HEADER: self.csrf, **headers})

    def audit(self) -> list[tuple[Any, ...]]:
        """Return what was written down, oldest first."""
        return self.store.rows("SELECT what, who, role, toString(case_id), detail FROM audit"
                               " ORDER BY at")  # fmt: skip


def serve(store: Store, folder: Path, asks: Callable[[Page], Awaitable[None]], **more: Any) -> None:
    """Serve the interface and let a test ask it."""

    async def whole() -> None:
        settings = Settings(data=folder, **more)
        sessions, audit, screen = Sessions(settings), Audit(settings, store), Screen(store)
        desk, access = FakeDesk(), Access(settings, sessions)
        app = web.Application(middlewares=[answer_problems, access.middleware])
        live = Live(settings, screen, access, REGISTER)
        live.add_to(app)
        LoginHttp(settings, sessions, audit, REGISTER, LoginAttempts(settings)).add_to(app)
        OverviewCases(
            screen, sessions, audit, desk, TOWN, lambda: SEALER,  # type: ignore[arg-type]
        ).add_to(app)  # fmt: skip
        async with TestClient(TestServer(app)) as client:
            await asks(Page(client, settings, store, desk, live))

    asyncio.run(whole())


def test_who_is_nobody_sees_numbers_and_no_case(
    store: Store, cases: list[Case], tmp_path: Path
) -> None:
    """Where figures are public; also after somebody else has asked for the same numbers."""

    async def asks(page: Page) -> None:
        for _ in range(2):
            numbers = await page.get("/api/overview")
            assert int(numbers["totals"]["open"]) > 0
            assert "hottest" not in numbers
            for path in ("/api/cases", f"/api/cases/{cases[0].case_id}", "/api/audit"):
                answer = await page.client.get(path)
                assert (answer.status, (await answer.json())["code"]) == (401, "no_session")
            await page.log_in("主任", StaffRole.CITY)
            assert (await page.get("/api/overview"))["hottest"]
            page.client.session.cookie_jar.clear()

    serve(store, tmp_path, asks, public="figures")


def test_every_number_is_its_list(store: Store, cases: list[Case], tmp_path: Path) -> None:
    """Of each role, each total, tier, unit, grid and category: as many as its list has."""

    async def check(page: Page, area: str = "") -> int:
        numbers = await page.get(f"/api/overview?area={area}")
        within = f"&area={area}" if area else ""
        totals = {
            "open": "open=1", "overdue": "overdue=1", "yellow": "yellow=1",
            "triage": "state=triage", "opened_today": "today=1",
        }  # fmt: skip
        asked = [(int(numbers["totals"][name]), flag) for name, flag in totals.items()]
        for name, column in (("tiers", "tier"), ("units", "unit"), ("categories", "category"),
                             ("grids", "grid_code")):  # fmt: skip
            for row in numbers[name]:
                asked.append((int(row["open"]), f"open=1&{column}={row[column]}"))
                if "overdue" in row:
                    asked.append((int(row["overdue"]), f"overdue=1&{column}={row[column]}"))
        for count, query in asked:
            found = await page.get(f"/api/cases?{query}{within}")
            assert (found["total"], query) == (count, query)
            assert len(found["rows"]) == min(count, found["size"])
        return int(numbers["totals"]["open"])

    async def asks(page: Page) -> None:
        await page.log_in("主任", StaffRole.CITY)
        whole = await check(page)
        assert whole == sum(case.state not in ("closed", "merged") for case in cases)
        assert 0 < await check(page, "421299001") < whole
        assert (await page.client.get("/api/overview?area=421299002")).status == 404
        await page.log_in("镇长", StaffRole.TOWNSHIP, "U-T")
        assert 0 < await check(page) < whole
        await page.log_in("所长", StaffRole.UNIT, "U-T")
        own = await check(page)
        assert own == sum(
            case.assignment is not None and case.assignment.unit == "U-T" for case in cases
        )
        answer = await page.client.get("/api/overview?area=42'")
        assert answer.status == 404

    serve(store, tmp_path, asks)


def test_a_unit_opens_its_own_cases_only(store: Store, cases: list[Case], tmp_path: Path) -> None:
    """Others are refused; what it may command follows from role and state."""
    mine = next(c for c in cases if c.assignment and c.assignment.unit == "U-T")
    other = next(c for c in cases if c.assignment is None)

    async def asks(page: Page) -> None:
        await page.log_in("所长", StaffRole.UNIT, "U-T")
        told = await page.get(f"/api/cases/{mine.case_id}")
        assert [entry["seq"] for entry in told["entries"]] == list(range(1, mine.seq + 1))
        assert len(told["reports"]) == len(mine.reports)
        assert told["reports"][0]["content"] == mine.content
        assert told["reports"][0]["reporter_masked"] == "张* 138****0000"
        assert "assign" not in told["may"]
        assert "1380000" not in json.dumps(told)
        answer = await page.client.get(f"/api/cases/{other.case_id}")
        assert (answer.status, (await answer.json())["code"]) == (403, "not_yours")
        given = await page.post(f"/api/cases/{mine.case_id}/commands", {"move": "assign"})
        assert given.status == 403
        assert page.desk.asked == []
        await page.log_in("审计", StaffRole.AUDITOR)
        assert (await page.get(f"/api/cases/{other.case_id}"))["may"] == {}
        await page.log_in("镇长", StaffRole.TOWNSHIP, "U-T")
        refused = await page.client.get(f"/api/cases/{other.case_id}")
        assert refused.status == (403 if not other.division_code else 200)

    serve(store, tmp_path, asks)


def test_a_command_goes_out_in_the_role_that_may(
    store: Store, cases: list[Case], tmp_path: Path
) -> None:
    """With who gives it, its office, and the entry that it was given at; written down before."""
    case = next(c for c in cases if c.assignment and c.assignment.unit == "U-T")

    async def asks(page: Page) -> None:
        told = await page.log_in("主任", StaffRole.CITY)
        assert told["role"] == "city"
        path = f"/api/cases/{case.case_id}/commands"
        wish = {"move": "supervise", "reason": "催办", "expected_seq": case.seq}
        answer = await page.post(path, {**wish, "data": {"level": "red"}})
        assert answer.status == 200, await answer.text()
        (given,) = page.desk.asked
        assert (given.role, given.actor, given.unit) == (Role.DISPATCHER, "主任", "")
        assert (given.expected_seq, given.data) == (case.seq, {"level": "red"})
        await page.log_in("镇长", StaffRole.TOWNSHIP, "U-T")
        await page.post(path, wish)
        assert page.desk.asked[-1].unit == "U-T"
        page.desk.refusal = "不行"
        refused = await page.post(path, wish)
        assert (refused.status, (await refused.json())["detail"]) == (409, "不行")
        assert [line[:4] for line in page.audit() if line[0] == "command"] == [
            ("command", "主任", "city", str(case.case_id)),
            ("command", "镇长", "township", str(case.case_id)),
            ("command", "镇长", "township", str(case.case_id)),
        ]

    serve(store, tmp_path, asks)


def test_a_look_at_contact_details_is_written_down(
    store: Store, cases: list[Case], tmp_path: Path
) -> None:
    """Who, when, for what; without a purpose, and for auditors, nothing is shown."""
    case = next(c for c in cases if c.assignment and c.assignment.unit == "U-T")
    path = f"/api/cases/{case.case_id}/contacts"

    async def asks(page: Page) -> None:
        await page.log_in("所长", StaffRole.UNIT, "U-T")
        assert (await page.post(path, {"purpose": " x "})).status == 400
        assert not [line for line in page.audit() if line[0] == "contacts"]
        answer = await page.post(path, {"purpose": "上门前电话确认"})
        found = (await answer.json())["contacts"]
        assert len(found) == len(case.reports)
        contact = found[0]
        assert contact["phone"].startswith("1380000")
        assert contact["name"].startswith("张三")
        (line,) = [line for line in page.audit() if line[0] == "contacts"]
        assert line == ("contacts", "所长", "unit", str(case.case_id), "上门前电话确认")
        await page.log_in("审计", StaffRole.AUDITOR)
        assert (await page.post(path, {"purpose": "上门前电话确认"})).status == 403
        looks = await page.get("/api/audit")
        assert any(look["what"] == "contacts" and look["who"] == "所长" for look in looks)

    serve(store, tmp_path, asks)


def test_a_confidential_case_shows_no_words(
    store: Store, cases: list[Case], tmp_path: Path
) -> None:
    """But to the unit that has it: neither in lists, nor opened, nor exported."""
    secret = next(case for case in cases if case.confidential)

    async def asks(page: Page) -> None:
        await page.log_in("主任", StaffRole.CITY)
        told = await page.get(f"/api/cases/{secret.case_id}")
        assert told["words"] is False
        assert told["entries"]
        assert SECRET not in json.dumps(told, ensure_ascii=False)
        assert "138****" not in json.dumps(told)
        path = f"/api/cases/{secret.case_id}/contacts"
        assert (await page.post(path, {"purpose": "上门前电话确认"})).status == 403
        for form in ("json", "csv"):
            answer = await page.client.get(f"/api/cases?format={form}")
            assert SECRET not in await answer.text()
        assert (await page.get(f"/api/cases?words={SECRET}"))["total"] == 0
        unit = secret.assignment.unit if secret.assignment else ""
        if unit:
            await page.log_in("居委会", StaffRole.UNIT, unit)
            own = await page.get(f"/api/cases/{secret.case_id}")
            assert SECRET in json.dumps(own, ensure_ascii=False)

    serve(store, tmp_path, asks)


def test_lists_are_taken_along(store: Store, cases: list[Case], tmp_path: Path) -> None:
    """As CSV and Excel, all of them, in Chinese, no cell a formula; each taking is written down."""

    async def asks(page: Page) -> None:
        await page.log_in("主任", StaffRole.CITY)
        total = (await page.get("/api/cases"))["total"]
        answer = await page.client.get("/api/cases?format=csv")
        lines = list(csv.reader(io.StringIO((await answer.read()).decode("utf-8-sig"))))
        assert lines[0] == list(COLUMNS.values())
        assert len(lines) == total + 1 == len(cases) + 1
        book = load_workbook(io.BytesIO(await (await page.client.get(
            "/api/cases?format=xlsx&category=facility.road")).read()))  # fmt: skip
        rows = list(book.active.values)
        assert {row[2] for row in rows[1:]} == {"道路破损"}
        assert [line[4] for line in page.audit() if line[0] == "export"] == [
            "format=csv", "format=xlsx&category=facility.road",
        ]  # fmt: skip
        assert (await page.client.get("/api/cases?format=pdf")).status == 400
        assert (await page.client.get("/api/cases?page=x")).status == 400
        for flag in FLAGS:
            assert (await page.get(f"/api/cases?{flag}=1&sort=due&page=0"))["total"] >= 0
        assert (await page.get("/api/cases?words=%27%20OR%201=1"))["total"] == 0

    serve(store, tmp_path, asks)


def test_wrong_passwords_and_what_is_not_a_page_of_ours(store: Store, tmp_path: Path) -> None:
    """One answer for all that is wrong, a limit on trying, and no command from another site."""

    async def asks(page: Page) -> None:
        add_member(page.settings, "主任", "city", "", "correct horse battery")
        for wrong in (("主任", "wrong"), ("无此人", "wrong"), ("主任", "")):
            body = {"name": wrong[0], "password": wrong[1]}
            answer = await page.client.post("/api/login", json=body)
            assert (answer.status, (await answer.json())["code"]) == (401, "bad_login")
            assert COOKIE not in answer.cookies
        right = {"name": "主任", "password": "correct horse battery"}
        elsewhere = await page.client.post(
            "/api/login", json=right, headers={"Origin": "https://evil.example"}
        )
        assert elsewhere.status == 400
        answer = await page.client.post("/api/login", json=right)
        cookie = answer.cookies[COOKIE]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/")
        for headers in ({}, {CSRF_HEADER: "guess"}):
            assert (await page.client.post("/api/logout", json={}, headers=headers)).status == 400
        page.csrf = (await answer.json())["csrf"]
        assert (await page.post("/api/logout", {}, Origin="https://evil.example")).status == 400
        assert (await page.post("/api/logout", {})).status == 200
        assert (await page.get("/api/me"))["role"] == "public"
        for _ in range(2):
            await page.client.post("/api/login", json={"name": "主任", "password": "wrong"})
        answer = await page.client.post("/api/login", json=right)
        assert (answer.status, (await answer.json())["code"]) == (429, "too_often")
        assert int(answer.headers["Retry-After"]) > 0
        for body in (b"[", b"{}", b"x" * 5000):
            assert (await page.client.post("/api/login", data=body)).status == 400
        told = [line[0] for line in page.audit()]
        assert told.count("login_failed") == 5
        assert (told.count("login"), told.count("logout")) == (1, 1)

    serve(store, tmp_path, asks, login_limit="4/minute")


def test_a_session_ends_with_its_member(store: Store, tmp_path: Path) -> None:
    """Removed, or with a new password, somebody is the public at his next request."""

    async def asks(page: Page) -> None:
        for end in (
            lambda: remove_member(page.settings, "主任"),
            lambda: add_member(page.settings, "主任", "city", "", "another password"),
        ):
            await page.log_in("主任", StaffRole.CITY)
            assert (await page.get("/api/me"))["role"] == "city"
            end()
            assert (await page.get("/api/me"))["role"] == "public"
        page.client.session.cookie_jar.update_cookies({COOKIE: "made-up"})
        assert (await page.get("/api/me"))["role"] == "public"

    serve(store, tmp_path, asks)


@pytest.mark.usefixtures("cases")
def test_what_is_stored_comes_by_itself(store: Store, tmp_path: Path) -> None:
    """Whoever listens hears of a case that is stored; each in his own scope."""

    async def asks(page: Page) -> None:
        await page.log_in("主任", StaffRole.CITY)
        async with page.client.get("/api/live") as stream:
            assert stream.content_type == "text/event-stream"

            async def numbers() -> dict[str, Any]:
                """Return the next that has the totals: the slow numbers come by themselves."""
                while True:
                    line = await asyncio.wait_for(stream.content.readline(), 30)
                    if line.startswith(b"data: "):
                        told: dict[str, Any] = json.loads(line[6:])
                        if "totals" in told:
                            return told
                        slow.update(told)

            slow: dict[str, Any] = {}
            before = int((await numbers())["totals"]["open"])
            told = sealed_report(99, datetime.now(UTC), category="facility.road", grid="G1")
            effects = receive.step(PartitionState(), told, REGISTER)
            await asyncio.to_thread(keep, store, CASES.name, *effects.case_events)
            while int((await numbers())["totals"]["open"]) != before + 1:
                pass
            assert slow.keys() >= {"rates", "coverage", "days", "rise", "accounting"}

    serve(store, tmp_path, asks)


def test_the_file_of_staff(tmp_path: Path) -> None:
    """Argon2id only, for its owner's eyes only; what cannot be used says so."""
    settings = Settings(data=tmp_path)
    assert load_staff(settings) == {}
    password = add_member(settings, "主任", "city", "", "")
    path = tmp_path / "staff.yaml"
    assert path.stat().st_mode & 0o777 == 0o600
    assert password not in path.read_text(encoding="utf-8")
    assert "$argon2id$" in path.read_text(encoding="utf-8")
    assert HASHER.verify(load_staff(settings)["主任"].password, password)
    for bad in (("", "city", "", ""), ("x", "unit", "", ""), ("x", "city", "", "short")):
        with pytest.raises(HubError):
            add_member(settings, *bad)
    with pytest.raises(HubError, match="nobody called"):
        remove_member(settings, "无此人")
    path.write_text("主任: {role: king, unit: '', password: x}", encoding="utf-8")
    with pytest.raises(StaffError, match=r"staff\.yaml holds no staff"):
        load_staff(settings)
