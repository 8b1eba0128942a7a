"""The page of a case: what is on it, for whom, and what the audit says."""

import asyncio
import re
from pathlib import Path
from urllib.parse import quote

import pytest

from hub.accounts.staff import StaffRole
from hub.security.keyring import write_keys
from hub.settings import Settings
from hub.store.client import Store
from hub.workbench.case_page import sheets_http
from hub.workbench.case_page.view import moment
from schemas.cases.case import Case, Move
from schemas.reports.fact import Attachment
from schemas.topic import CASES
from streams.case.state import PartitionState
from tests.builders.commands import ask
from tests.builders.fortnight import SECRET, sealed_report
from tests.builders.stored import keep
from tests.builders.town import NOON
from tests.hub.workbench.search.test_search import case_of, fill
from tests.hub.workbench.site import Site, latin_words, serve

ORCHARD = "樱桃巷九号院"
KEY = b"k" * 32
"""The key with which `sealed_report` seals."""
LAMP = "幸福小区门口的路灯不亮已经三天了"


def lamp_case(store: Store, moves: tuple[Move, ...] = ()) -> tuple[PartitionState, Case]:
    """Store the case of a lamp with a picture, after some commands; return the state and it."""
    report = sealed_report(1, NOON, content=LAMP)
    picture = Attachment(name="灯杆.jpg", url="https://pictures.example/1.jpg")
    state = fill(store, report.model_copy(update={"attachments": (picture,)}))
    for move in moves:
        effects = ask(state, case_of(state, "n1"), move, reason="已换灯泡")
        keep(store, CASES.name, *effects.case_events)
    return state, case_of(state, "n1")


def test_the_page_has_everything_about_a_case(store: Store, tmp_path: Path) -> None:
    """By number and by id: the words, place, unit, history, deadline, and an attachment."""
    _, case = lamp_case(store)

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.CITY)
        for address in (f"/cases/{case.number}", f"/cases/{case.case_id}"):
            page = await site.page(address)
            for text in (case.number, LAMP, "城管所", "职责清单", "办结时限", "灯杆.jpg", "立案"):
                assert text in page, text
        assert "pictures.example" not in page
        assert not latin_words(page.replace(case.number, "").replace("灯杆.jpg", ""))

    serve(store, tmp_path, talk)


def test_a_unit_gets_the_commands_that_its_case_allows(store: Store, tmp_path: Path) -> None:
    """An accepted case can be resolved, and shows what the citizen will read."""
    _, case = lamp_case(store, (Move.ACCEPT,))

    async def talk(site: Site) -> None:
        await site.log_in("所长", StaffRole.UNIT, "U-T")
        page = await site.page(f"/cases/{case.number}")
        offered = set(re.findall(r'name="move" value="(\w+)"', page))
        assert {"resolve", "return", "extend", "suspend", "note"} <= offered
        assert not {"assign", "withdraw", "accept"} & offered
        assert "您反映的事项已办结。城管所答复：" in page

    serve(store, tmp_path, talk)


def test_an_answer_with_a_gap_is_refused(store: Store, tmp_path: Path) -> None:
    """A template that nobody completed does not reach the citizen."""
    _, case = lamp_case(store, (Move.ACCEPT,))

    async def talk(site: Site) -> None:
        await site.log_in("所长", StaffRole.UNIT, "U-T")
        fields = {"move": "resolve", "case": f"{case.case_id}.{case.seq}", "reason": "已经办理完毕"}
        answer = await site.send("/work/commands", **fields, answer="已于＿＿完成")
        assert answer.status == 400
        assert "还有没填的空" in await answer.text()
        assert site.commands.received == []
        await site.send("/work/commands", **fields, answer="灯泡已更换，路灯恢复照明")
        assert site.commands.received[0].data == {"answer": "灯泡已更换，路灯恢复照明"}

    serve(store, tmp_path, talk)


def test_contact_details_need_a_purpose_and_are_audited(store: Store, tmp_path: Path) -> None:
    """The page alone shows masked names; each view and refusal is in the audit."""
    _, case = lamp_case(store)
    write_keys(Settings(data=tmp_path), (KEY,))

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.CITY)
        address = f"/cases/{case.number}"
        assert "13800000001" not in await site.page(address)
        refused = await site.send(f"{address}/contacts", purpose="……")
        assert refused.status == 400
        answer = await site.send(f"{address}/contacts", purpose="电话核实灯杆位置")
        assert "13800000001" in await answer.text()
        await site.log_in("审计", StaffRole.AUDITOR)
        assert "查看联系方式" not in await site.page(address)
        assert (await site.send(f"{address}/contacts", purpose="电话核实灯杆位置")).status == 403
        lines = [(line[0], line[1]) for line in site.audit() if "contacts" in line[0]]
        assert lines == [
            ("contacts_refused", "主任"),
            ("contacts", "主任"),
            ("contacts_refused", "审计"),
        ]

    serve(store, tmp_path, talk)


def test_other_cases_of_the_reporter_are_listed_on_request(store: Store, tmp_path: Path) -> None:
    """The look-up is by the keyed hash of the reporter, and audited with the case."""
    first = sealed_report(1, NOON, content=LAMP)
    again = sealed_report(2, NOON, content="垃圾没有人清", category="environment.garbage")
    again = again.model_copy(update={"reporter": first.reporter})
    state = fill(store, first, again)
    case, other = case_of(state, "n1"), case_of(state, "n2")

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.CITY)
        assert other.number not in await site.page(f"/cases/{case.number}")
        answer = await site.send(f"/cases/{case.number}/person")
        assert f"/cases/{other.number}" in await answer.text()
        lines = [line for line in site.audit() if line[0] == "person_search"]
        assert [(line[1], line[3]) for line in lines] == [("主任", str(case.case_id))]

    serve(store, tmp_path, talk)


def test_a_confidential_case_shows_its_text_to_its_unit_only(store: Store, tmp_path: Path) -> None:
    """Nobody else reads or prints it, or sees the name of its place: here and in any list."""
    state = fill(store, sealed_report(1, NOON, content=SECRET, confidential=True, name=ORCHARD))
    case = case_of(state, "n1")
    assert case.assignment is not None
    unit = case.assignment.unit

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.CITY)
        for path in (
            f"/cases/{case.number}",
            f"/work/queues/open?case={case.case_id}",
            f"/work/queues/open?words={ORCHARD}",
            f"/work/search?q={ORCHARD}",
        ):
            page = (await site.page(path)).replace(f'value="{ORCHARD}"', "")
            assert SECRET not in page
            assert ORCHARD not in page.replace(f"words={quote(ORCHARD)}", ""), path
        assert "data-lon" not in await site.page(f"/cases/{case.number}")
        sheet = f"/cases/{case.number}/sheets/assignment.pdf"
        assert (await site.client.get(sheet)).status == 403
        await site.log_in("所长", StaffRole.UNIT, unit)
        page = await site.page(f"/cases/{case.number}")
        assert SECRET in page
        assert ORCHARD in page
        assert (await site.client.get(sheet)).status == 200

    serve(store, tmp_path, talk)


def test_a_sheet_has_the_times_of_its_assignment_and_of_its_print(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sheet that is printed late must not look as if the case had been assigned late."""
    _, case = lamp_case(store, (Move.ACCEPT,))
    printed: dict[str, str] = {}

    def note_lines(_title: str, _number: str, lines: list[tuple[str, str]], *_: object) -> bytes:
        printed.update(lines)
        return b""

    monkeypatch.setattr(sheets_http, "sheet_pdf", note_lines)

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.CITY)
        await site.client.get(f"/cases/{case.number}/sheets/assignment.pdf")
        assert printed["交办时间"] == moment(case.opened_at)
        assert printed["打印时间"] > printed["交办时间"]

    serve(store, tmp_path, talk)


def test_sheets_are_printed_and_audited(store: Store, tmp_path: Path) -> None:
    """The assignment sheet at once, the reply sheet once there is an answer."""
    _, case = lamp_case(store)

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.CITY)
        answer = await site.client.get(f"/cases/{case.number}/sheets/assignment.pdf")
        assert answer.content_type == "application/pdf"
        assert (await answer.read()).startswith(b"%PDF-")
        missing = await site.client.get(f"/cases/{case.number}/sheets/reply.pdf")
        assert missing.status == 404
        lines = [line for line in site.audit() if line[0] == "export"]
        assert [(line[3], line[4]) for line in lines] == [(str(case.case_id), "assignment sheet")]

    serve(store, tmp_path, talk)


def test_a_form_leads_on_when_the_store_has_its_entry(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the next page shows it, and its next command is not refused as outdated."""
    monkeypatch.setattr("hub.workbench.commands.http.SHOWN_SECONDS", 2.0)
    state, case = lamp_case(store)
    effects = ask(state, case, Move.ACCEPT, reason="")

    async def talk(site: Site) -> None:
        await site.log_in("所长", StaffRole.UNIT, "U-T")
        site.commands.seq = case_of(state, "n1").seq
        form = {"move": "accept", "case": f"{case.case_id}.{case.seq}", "next": "/work"}
        sending = asyncio.create_task(site.send("/work/commands", **form))
        await asyncio.sleep(0.7)
        assert not sending.done()
        keep(store, CASES.name, *effects.case_events)
        assert (await sending).status == 303
        site.commands.seq += 100
        assert (await site.send("/work/commands", **form)).status == 303, "it waits for seconds"

    serve(store, tmp_path, talk)
