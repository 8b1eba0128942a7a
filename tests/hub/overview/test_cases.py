"""Cases on the overview: who opens, commands, reads and exports them."""

import csv
import io
import json
from pathlib import Path
from urllib.parse import quote

from openpyxl import load_workbook

from hub.accounts.staff import StaffRole
from hub.overview.case_list import COLUMNS, FLAG_FILTERS
from hub.store.client import Store
from schemas.base import BEIJING
from schemas.cases.case import Case
from schemas.cases.command import Role
from tests.builders.fortnight import SECRET
from tests.hub.overview.page import Page, serve


def test_a_unit_opens_its_own_cases_only(store: Store, cases: list[Case], tmp_path: Path) -> None:
    """A unit is refused other units' cases; its commands follow from role and state."""
    mine = next(c for c in cases if c.assignment and c.assignment.unit == "U-T")
    other = next(c for c in cases if c.assignment is None)

    async def talk(page: Page) -> None:
        await page.log_in("所长", StaffRole.UNIT, "U-T")
        details = await page.get(f"/api/cases/{mine.case_id}")
        assert [entry["seq"] for entry in details["entries"]] == list(range(1, mine.seq + 1))
        assert len(details["reports"]) == len(mine.reports)
        assert details["reports"][0]["content"] == mine.content
        assert details["reports"][0]["reporter_masked"] == "张* 138****0000"
        assert "assign" not in details["may"]
        assert "1380000" not in json.dumps(details)
        answer = await page.client.get(f"/api/cases/{other.case_id}")
        assert (answer.status, (await answer.json())["code"]) == (403, "not_yours")
        answer = await page.post(f"/api/cases/{mine.case_id}/commands", {"move": "assign"})
        assert answer.status == 403
        assert page.commands.received == []
        await page.log_in("审计", StaffRole.AUDITOR)
        assert (await page.get(f"/api/cases/{other.case_id}"))["may"] == {}
        await page.log_in("镇长", StaffRole.TOWNSHIP, "U-T")
        refused = await page.client.get(f"/api/cases/{other.case_id}")
        assert refused.status == (403 if not other.division_code else 200)

    serve(store, tmp_path, talk)


def test_a_command_is_sent_in_the_role_that_allows_it(
    store: Store, cases: list[Case], tmp_path: Path
) -> None:
    """A command has sender, office, role and expected entry, and is audited before it is sent."""
    case = next(c for c in cases if c.assignment and c.assignment.unit == "U-T")

    async def talk(page: Page) -> None:
        session = await page.log_in("主任", StaffRole.CITY)
        assert session["role"] == "city"
        path = f"/api/cases/{case.case_id}/commands"
        wish = {"move": "supervise", "reason": "催办", "expected_seq": case.seq}
        answer = await page.post(path, {**wish, "data": {"level": "red"}})
        assert answer.status == 200, await answer.text()
        (command,) = page.commands.received
        assert (command.role, command.actor, command.unit) == (Role.DISPATCHER, "主任", "")
        assert (command.expected_seq, command.data) == (case.seq, {"level": "red"})
        await page.log_in("镇长", StaffRole.TOWNSHIP, "U-T")
        await page.post(path, wish)
        assert page.commands.received[-1].unit == "U-T"
        page.commands.refusal = "不行"
        refused = await page.post(path, wish)
        assert (refused.status, (await refused.json())["detail"]) == (409, "不行")
        assert [line[:4] for line in page.audit() if line[0] == "command"] == [
            ("command", "主任", "city", str(case.case_id)),
            ("command", "镇长", "township", str(case.case_id)),
            ("command", "镇长", "township", str(case.case_id)),
        ]

    serve(store, tmp_path, talk)


def test_a_view_of_contact_details_is_audited(
    store: Store, cases: list[Case], tmp_path: Path
) -> None:
    """A view is audited with its purpose; without one, and for auditors, it is refused."""
    case = next(c for c in cases if c.assignment and c.assignment.unit == "U-T")
    path = f"/api/cases/{case.case_id}/contacts"

    async def talk(page: Page) -> None:
        await page.log_in("所长", StaffRole.UNIT, "U-T")
        assert (await page.post(path, {"purpose": " x "})).status == 400
        assert not [line for line in page.audit() if line[0] == "contacts"]
        answer = await page.post(path, {"purpose": "上门前电话确认"})
        contacts = (await answer.json())["contacts"]
        assert len(contacts) == len(case.reports)
        contact = contacts[0]
        assert contact["phone"].startswith("1380000")
        assert contact["name"].startswith("张三")
        (line,) = [line for line in page.audit() if line[0] == "contacts"]
        assert line == ("contacts", "所长", "unit", str(case.case_id), "上门前电话确认")
        await page.log_in("审计", StaffRole.AUDITOR)
        assert (await page.post(path, {"purpose": "上门前电话确认"})).status == 403
        lines = await page.get("/api/audit")
        assert any(line["what"] == "contacts" and line["who"] == "所长" for line in lines)

    serve(store, tmp_path, talk)


def test_a_confidential_case_shows_no_text(store: Store, cases: list[Case], tmp_path: Path) -> None:
    """Only the unit of a confidential case sees its text: in lists, in details and in exports."""
    secret = next(case for case in cases if case.confidential)

    async def talk(page: Page) -> None:
        await page.log_in("主任", StaffRole.CITY)
        details = await page.get(f"/api/cases/{secret.case_id}")
        assert details["words"] is False
        assert details["entries"]
        assert SECRET not in json.dumps(details, ensure_ascii=False)
        assert "138****" not in json.dumps(details)
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

    serve(store, tmp_path, talk)


def test_lists_are_exported(store: Store, cases: list[Case], tmp_path: Path) -> None:
    """Lists are exported as CSV and Excel in Chinese, with all rows, and each export is audited."""

    async def talk(page: Page) -> None:
        await page.log_in("主任", StaffRole.CITY)
        total = (await page.get("/api/cases"))["total"]
        answer = await page.client.get("/api/cases?format=csv")
        lines = list(csv.reader(io.StringIO((await answer.read()).decode("utf-8-sig"))))
        assert lines[0] == list(COLUMNS.values())
        assert len(lines) == total + 1 == len(cases) + 1
        answer = await page.client.get("/api/cases?format=xlsx&category=facility.road")
        book = load_workbook(io.BytesIO(await answer.read()))
        rows = list(book.active.values)
        column = list(COLUMNS).index("category")
        assert {row[column] for row in rows[1:]} == {"道路破损"}
        assert [line[4] for line in page.audit() if line[0] == "export"] == [
            "format=csv",
            "format=xlsx&category=facility.road",
        ]
        assert (await page.client.get("/api/cases?format=pdf")).status == 400
        assert (await page.client.get("/api/cases?page=x")).status == 400
        for flag in FLAG_FILTERS:
            assert (await page.get(f"/api/cases?{flag}=1&sort=due&page=0"))["total"] >= 0
        assert (await page.get("/api/cases?words=%27%20OR%201=1"))["total"] == 0

    serve(store, tmp_path, talk)


def test_cases_are_found_by_what_a_member_knows_of_them(
    store: Store, cases: list[Case], tmp_path: Path
) -> None:
    """By words of any of its reports, in any order and case, by numbers, and by date."""
    case = next(c for c in cases if len(c.reports) > 1 and not c.confidential)
    later = case.reports[-1]
    assert later.telling is not None
    opened = case.opened_at.astimezone(BEIJING)

    async def talk(page: Page) -> None:
        await page.log_in("主任", StaffRole.CITY)

        async def ids_for(words: str) -> set[str]:
            answer = await page.get(f"/api/cases?words={quote(words)}")
            return {row["case_id"] for row in answer["rows"]}

        own = str(case.case_id)
        for words in (
            later.telling.content,
            later.native_id.lower(),
            f"  {case.title[-2:]}\t{case.content[:3]} ",
            own,
            own[:8].upper(),
            f"{case.content[:3]} {opened:%Y-%m-%d}",
            f"{case.content[:3]} {opened.year}年{opened.month}月{opened.day}日",
        ):
            assert own in await ids_for(words), words
        assert await ids_for(f"{case.content[:3]} 2019-02-30") == set()
        assert await ids_for(f"{case.content[:3]} 此处无人写过的词") == set()

    serve(store, tmp_path, talk)
