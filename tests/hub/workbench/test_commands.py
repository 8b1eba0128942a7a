"""Commands from pages: one case or several, each with its own result."""

import re
from pathlib import Path
from uuid import uuid4

import pytest
from multidict import MultiDict

from hub.accounts.staff import StaffRole
from hub.store.client import Store
from hub.web.problem import ProblemError
from hub.workbench.commands.form import MOST_CASES, commands_of
from schemas.cases.case import Case, Move, State
from schemas.cases.command import Role
from tests.builders.fortnight import SECRET
from tests.hub.workbench.site import Site, latin_words, serve

JSON = {"Accept": "application/json"}


def waiting_of(cases: list[Case]) -> list[Case]:
    """Return the cases in triage."""
    return [case for case in cases if case.state is State.TRIAGE]


def test_a_plain_form_decides_and_leads_on(store: Store, cases: list[Case], tmp_path: Path) -> None:
    """Without a script a decision is a form: it is sent, audited, and leads to the next page."""
    case = waiting_of(cases)[0]

    async def talk(site: Site) -> None:
        await site.log_in("张主任", StaffRole.CITY)
        page = await site.page(f"/work/queues/triage?case={case.case_id}")
        assert f'value="{case.case_id}.{case.seq}"' in page
        assert latin_words(page) == []
        fields = {
            "move": "triage",
            "case": f"{case.case_id}.{case.seq}",
            "category": "facility.road",
            "place": "幸福小区|G1",
            "assign": "1",
            "reason": "核实后更正",
            "next": "/work/queues/triage",
        }
        answer = await site.send("/work/commands", **fields)
        assert (answer.status, answer.headers["Location"]) == (303, "/work/queues/triage")
        (command,) = site.commands.received
        assert (command.move, command.role, command.actor) == (
            Move.TRIAGE,
            Role.DISPATCHER,
            "张主任",
        )
        assert command.expected_seq == case.seq
        assert command.data == {
            "category": "facility.road",
            "place": {"name": "幸福小区", "grid_code": "G1"},
            "assign": True,
        }
        assert ("command", "张主任") in [line[:2] for line in site.audit()]
        elsewhere = await site.send("/work/commands", **{**fields, "next": "//other.example/"})
        assert elsewhere.headers["Location"] == "/work"

    serve(store, tmp_path, talk)


def test_several_cases_have_a_result_each(store: Store, cases: list[Case], tmp_path: Path) -> None:
    """One refusal does not stop the other cases; a case that does not exist says so."""
    some = waiting_of(cases)[:2]

    async def talk(site: Site) -> None:
        await site.log_in("张主任", StaffRole.CITY)
        fields = [("csrf", site.csrf), ("move", "supervise"), ("reason", "久拖不决")]
        fields += [("case", f"{case.case_id}.{case.seq}") for case in some]
        fields += [("case", str(uuid4()))]
        answer = await site.client.post("/work/commands", data=fields, headers=JSON)
        assert answer.status == 200, await answer.text()
        results = (await answer.json())["results"]
        assert [result["accepted"] for result in results] == [True, True, False]
        assert "没有找到" in results[2]["text"]
        assert len(site.commands.received) == 2
        site.commands.refusal = "事项已归档，不能督办"
        html = {"Accept": "text/html"}
        answer = await site.client.post("/work/commands", data=fields, headers=html)
        page = await answer.text()
        assert answer.status == 409
        assert page.count("事项已归档，不能督办") == 2
        assert latin_words(page) == []

    serve(store, tmp_path, talk)


def test_a_form_needs_its_token(store: Store, cases: list[Case], tmp_path: Path) -> None:
    """Without the token of the session, or from a page of another site, nothing is sent."""
    case = waiting_of(cases)[0]

    async def talk(site: Site) -> None:
        await site.log_in("张主任", StaffRole.CITY)
        fields = {"move": "supervise", "case": str(case.case_id), "reason": "久拖不决"}
        assert (await site.send("/work/commands", **{**fields, "csrf": "x"})).status == 400
        answer = await site.client.post(
            "/work/commands",
            data={**fields, "csrf": site.csrf},
            headers={"Origin": "https://other.example"},
        )
        assert answer.status == 400
        assert site.commands.received == []

    serve(store, tmp_path, talk)


def test_a_unit_decides_its_own_cases_only(store: Store, cases: list[Case], tmp_path: Path) -> None:
    """A case of another unit is refused and audited; a move of another role too."""
    mine = next(c for c in cases if c.assignment and c.assignment.unit == "U-T")
    other = waiting_of(cases)[0]

    async def talk(site: Site) -> None:
        await site.log_in("所长", StaffRole.UNIT, "U-T")
        for case, move in ((other, "note"), (mine, "assign")):
            fields = {"move": move, "case": str(case.case_id), "reason": "试一试看"}
            answer = await site.send("/work/commands", **fields)
            assert answer.status == 409
            assert "您无权" in await answer.text()
        assert site.commands.received == []
        refused = {line[0] for line in site.audit()}
        assert {"case_refused", "command_refused"} <= refused

    serve(store, tmp_path, talk)


def test_a_form_that_is_sent_twice_takes_effect_once() -> None:
    """The command id follows from the page's batch and the case, so a repeated form repeats it."""
    case, batch = str(uuid4()), str(uuid4())
    form = MultiDict([("move", "accept"), ("case", f"{case}.3"), ("batch", batch)])
    (first,), (second,) = commands_of(form), commands_of(form)
    assert first.body.command_id == second.body.command_id
    assert first.body.expected_seq == 3


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ([("move", "fly"), ("case", "x")], "请选择指令"),
        ([("move", "accept")], "请先选中"),
        ([("move", "accept"), ("case", "x")], "编号有误"),
        ([("move", "accept"), ("batch", "x"), ("case", "x")], "请选择指令"),
        ([("move", "accept")] + [("case", str(uuid4()))] * (MOST_CASES + 1), "一次最多"),
        ([("move", "accept"), ("case", str(uuid4())), ("reason", "长" * 2001)], "reason"),
    ],
)
def test_a_wrong_form_is_refused(fields: list[tuple[str, str]], why: str) -> None:
    """The refusal says what to mend."""
    with pytest.raises(ProblemError, match=why):
        commands_of(MultiDict(fields))


def test_the_panel_hides_confidential_text(store: Store, cases: list[Case], tmp_path: Path) -> None:
    """Beside the list a confidential case shows its state and no text, except to its unit."""
    case = next(case for case in cases if case.confidential)

    async def talk(site: Site) -> None:
        await site.log_in("张主任", StaffRole.CITY)
        page = await site.page(f"/work/queues/open?case={case.case_id}")
        assert "保密件" in page
        assert SECRET not in page

    serve(store, tmp_path, talk)


def test_two_people_at_one_case_see_each_other(
    store: Store, cases: list[Case], tmp_path: Path
) -> None:
    """The page names who else looks at the case; a poll names nobody for a case not opened.

    The poll has the number of the last entry, so that the page says when there is a newer one.
    """
    case = waiting_of(cases)[0]

    async def talk(site: Site) -> None:
        path = f"/work/queues/triage?case={case.case_id}"
        live = f"/work/live?case={case.case_id}"
        await site.log_in("张主任", StaffRole.CITY)
        assert "也在看这一件" not in await site.page(path)
        await site.log_in("李科长", StaffRole.CITY)
        unopened = await (await site.client.get(live)).json()
        assert unopened["others"] == []
        assert "seq" not in unopened
        assert "张主任也在看这一件" in await site.page(path)
        opened = await (await site.client.get(live)).json()
        assert opened["others"] == ["张主任"]
        assert (opened["case_id"], opened["seq"]) == (str(case.case_id), case.seq)
        assert opened["basis_seq"] == case.basis

    serve(store, tmp_path, talk)


def test_places_are_found_by_name_and_pinyin(store: Store, tmp_path: Path) -> None:
    """The type-ahead of places answers name, value and grid."""

    async def talk(site: Site) -> None:
        await site.log_in("张主任", StaffRole.CITY)
        for text in ("幸福", "xfxq", "xingfu"):
            places = await (await site.client.get("/work/places", params={"text": text})).json()
            assert places == [{"value": "幸福小区|G1", "name": "幸福小区", "where": "一网格"}]
        assert await (await site.client.get("/work/places?text=")).json() == []

    serve(store, tmp_path, talk)


def test_the_likeliest_units_come_first_with_their_reason(
    store: Store, cases: list[Case], tmp_path: Path
) -> None:
    """A case that waits is offered the units of its duty list, each with why."""
    case = next(case for case in waiting_of(cases) if case.category.startswith("facility"))

    async def talk(site: Site) -> None:
        await site.log_in("张主任", StaffRole.CITY)
        page = await site.page(f"/work/queues/triage?case={case.case_id}", region="case")
        names = re.findall(r'data-key="1"[^>]*><kbd>1</kbd> (\w+)<small>([^<]+)', page)
        assert names == [("城管所", "主责 · 服务镇")]
        assert "data-item" not in page

    serve(store, tmp_path, talk)
