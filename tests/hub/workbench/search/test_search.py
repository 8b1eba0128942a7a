"""The search over stored cases: what is found, by whom, and what the audit says."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hub.accounts.permissions import Scope
from hub.accounts.staff import StaffRole
from hub.security.keyring import make_sealer
from hub.settings import Settings
from hub.store.client import Store
from hub.workbench.search.query import EVER, WINDOWS, words_query
from hub.workbench.search.search import cases_of_reporter
from schemas.base import BEIJING
from schemas.cases.case import Case, Move
from schemas.channel import Channel
from schemas.reports.event import Reporter, UnifiedEvent
from schemas.reports.receipt import Disposition
from schemas.topic import CASES, DISPOSITIONS, EVENTS
from streams.case.state import PartitionState
from streams.steps.event import step
from tests.builders.commands import ask
from tests.builders.stored import keep
from tests.builders.town import NOON, REGISTER, event
from tests.hub.workbench.site import Site, latin_words, serve

PHONE = "13800001234"
LAMP = "幸福小区门口的路灯不亮已经三天了"
SECRET = "举报人的家事不能查到"


def fill(store: Store, *events: UnifiedEvent) -> PartitionState:
    """Store events as they come, with the cases and dispositions that follow from them."""
    state = PartitionState()
    for each in events:
        effects = step(state, each, REGISTER)
        state.apply(effects)
        keep(store, EVENTS.name, each)
        if effects.case_events:
            keep(store, CASES.name, *effects.case_events)
        assert isinstance(effects.disposition, Disposition)
        keep(store, DISPOSITIONS.name, effects.disposition)
    return state


def case_of(state: PartitionState, native_id: str, channel: str = Channel.HOTLINE_12345) -> Case:
    """Return the case of a report."""
    case = state.case_of(channel, native_id)
    assert case is not None
    return case


def garbage(native_id: str, **more: object) -> UnifiedEvent:
    """Return a report of another matter in the other grid."""
    text = {"category": "environment.garbage", "content": "垃圾没有人清", "grid": "G2"}
    return event(native_id, **{**text, **more})  # type: ignore[arg-type]


def test_words_of_merged_reports_are_found(store: Store, tmp_path: Path) -> None:
    """The words of a report that joined a case lead to the case, also several of them."""
    joined = event(
        "b", channel=Channel.OPEN311, content="幸福小区路灯坏了，灯杆编号QX7788", minutes=5
    )
    state = fill(store, event("a", content=LAMP), joined, garbage("c"))

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.CITY)
        number = case_of(state, "a").number
        for text in ("qx7788", "路灯 灯杆编号", "幸福小区 2026-03-02"):
            page = await site.page(f"/work/search?q={text}")
            assert page.count(f'href="/cases/{number}"') == 1, text
            assert "垃圾" not in page
        assert "没有找到" in await site.page("/work/search?q=路灯 垃圾")
        assert not latin_words(page.replace("qx7788", ""))

    serve(store, tmp_path, talk)


def test_a_number_opens_its_case(store: Store, tmp_path: Path) -> None:
    """The number of a case, and its id, lead to its page at once."""
    state = fill(store, event("a", content=LAMP), garbage("b"))

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.CITY)
        case = case_of(state, "b")
        for text in (case.number, case.number.replace("-", ""), str(case.case_id)):
            assert await site.redirect(f"/work/search?q={text}") == f"/cases/{case.number}"
        assert "没有找到" in await site.page("/work/search?q=20260302-00099")

    serve(store, tmp_path, talk)


def test_a_merged_case_leads_to_the_case_that_has_its_reports(store: Store, tmp_path: Path) -> None:
    """Nobody works in a merged case."""
    state = fill(store, event("a", content=LAMP), garbage("b"))
    lamp = case_of(state, "a")
    data = {"case": str(case_of(state, "b").case_id)}
    keep(store, CASES.name, *ask(state, lamp, Move.MERGE, reason="同一处", data=data).case_events)

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.CITY)
        assert f"/cases/{lamp.number}" in await site.page("/work/search?q=没有人清")

    serve(store, tmp_path, talk)


def test_members_find_what_they_may_open(store: Store, tmp_path: Path) -> None:
    """A unit finds the reports of its own cases; confidential text is found by nobody."""
    hidden = event("s", content=SECRET, confidential=True, minutes=3)
    state = fill(store, event("a", content=LAMP), garbage("b"), hidden)

    async def talk(site: Site) -> None:
        await site.log_in("居委会", StaffRole.UNIT, "U-V")
        assert case_of(state, "b").number in await site.page("/work/search?q=垃圾")
        assert "没有找到" in await site.page("/work/search?q=路灯")
        await site.log_in("主任", StaffRole.CITY)
        assert "没有找到" in await site.page("/work/search?q=家事不能")

    serve(store, tmp_path, talk)


def test_a_phone_is_searched_by_its_hash_and_audited(store: Store, tmp_path: Path) -> None:
    """All cases of the person are listed; the number is in no address and in no audit line."""
    key = make_sealer(Settings(data=tmp_path)).match_key("phone", "+8613800001234")
    mine = [
        each.model_copy(update={"reporter": Reporter(key=key)})
        for each in (event("a", content=LAMP), garbage("b"))
    ]
    other = garbage("c", minutes=9, category="facility.road", content="路面坑洼")
    state = fill(store, *mine, other)

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.CITY)
        assert "不放在网址里" in await site.page(f"/work/search?q={PHONE}")
        answer = await site.send("/work/search", q="138 0000 1234")
        page = await answer.text()
        assert case_of(state, "a").number in page
        assert case_of(state, "b").number in page
        assert case_of(state, "c").number not in page
        assert "电话，来件2次</small>" in page
        lines = [line for line in site.audit() if line[0] == "person_search"]
        assert [(line[1], line[4]) for line in lines] == [("主任", "phone")]
        assert PHONE not in page.replace(" ", "")
        await site.log_in("审计", StaffRole.AUDITOR)
        assert (await site.send("/work/search", q=PHONE)).status == 403

    serve(store, tmp_path, talk)


def test_a_name_is_searched_by_its_hash_person_by_person(store: Store, tmp_path: Path) -> None:
    """Namesakes are groups of their own; the name is in no address, no page and no audit line."""
    sealer = make_sealer(Settings(data=tmp_path))
    name = sealer.match_key("name", "王小明")
    state = fill(
        store,
        event("a", content=LAMP).model_copy(
            update={"reporter": Reporter(key="k1", name_key=name, masked="王** 138****0001")}
        ),
        garbage("b", minutes=2).model_copy(
            update={"reporter": Reporter(key="k2", name_key=name, masked="王** 139****0002")}
        ),
        garbage("c", minutes=9, category="facility.road", content="路面坑洼"),
    )

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.CITY)
        assert "不放在网址里" in await site.page("/work/search?q=姓名 王小明")
        for form in ({"name": "王小明 先生"}, {"q": "姓名：王 小明"}):
            page = await (await site.send("/work/search", **form)).text()
            assert page.count("<h2>同名诉求人") == 2
            assert "王** 138****0001，来件1次" in page
            assert case_of(state, "a").number in page
            assert case_of(state, "b").number in page
            assert case_of(state, "c").number not in page
            assert "王小明" not in page
        assert "没有您能查看的事项" in await (await site.send("/work/search", name="李小红")).text()
        lines = [line for line in site.audit() if line[0] == "person_search"]
        assert [(line[1], line[4]) for line in lines] == [("主任", "name")] * 3
        assert "不是完整的姓名" in await (await site.send("/work/search", name="王先生")).text()
        await site.log_in("居委会", StaffRole.UNIT, "U-V")
        page = await (await site.send("/work/search", name="王小明")).text()
        assert "王** 139****0002" in page
        assert "138****0001" not in page
        await site.log_in("审计", StaffRole.AUDITOR)
        assert (await site.send("/work/search", name="王小明")).status == 403

    serve(store, tmp_path, talk)


def test_words_that_are_posted_become_an_address(store: Store, tmp_path: Path) -> None:
    """A search for words can be kept as a bookmark; the JSON route has the same groups."""
    state = fill(store, event("a", content=LAMP))

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.CITY)
        answer = await site.send("/work/search", q="路灯")
        assert answer.headers["Location"] == "/work/search?q=%E8%B7%AF%E7%81%AF"
        answer = await (await site.client.get("/api/search?q=路灯")).json()
        (group,) = answer["groups"]
        assert group["kind"] == "words"
        assert [row["number"] for row in group["cases"]] == [case_of(state, "a").number]
        refused = await site.client.get(f"/api/search?q={PHONE}")
        assert refused.status == 400

    serve(store, tmp_path, talk)


def test_the_windows_have_each_report_once(store: Store) -> None:
    """New, last year's and older reports are in one window each, for a city and for a unit."""
    age = int((datetime.now(UTC) - NOON).total_seconds() // 60)
    days = (900, 100, 40, 2)
    state = fill(store, *(garbage(f"d{day}", minutes=age - day * 1440) for day in days))
    unit = Scope("unit = {scope:String}", {"scope": "U-V"})
    for scope in (Scope(), unit):
        reports = [
            [row["event_id"] for row in store.named(*words_query(("垃圾",), None, scope, window))]
            for window in WINDOWS
        ]
        assert [len(ids) for ids in reports] == [1, 2, 1]
    day = (datetime.now(UTC) - timedelta(days=100)).astimezone(BEIJING).date()
    assert len(store.named(*words_query((), day, unit, WINDOWS[0]))) == 1
    assert case_of(state, "d2").assignment
    other = Scope("unit = {scope:String}", {"scope": "U-T"})
    assert not store.named(*words_query(("垃圾",), None, other, EVER))


def test_units_and_areas_are_groups_of_their_own(store: Store, tmp_path: Path) -> None:
    """The name of a unit shows its cases, that of a grid the cases in it."""
    fill(store, event("a", content=LAMP), garbage("b"))

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.CITY)
        assert "承办单位" in await site.page("/work/search?q=城管所")
        assert "区域" in await site.page("/work/search?q=二网格")

    serve(store, tmp_path, talk)


def test_a_person_with_three_cases_asks_again_and_again() -> None:
    """The list of a person counts his reports once each, and marks him from three cases on."""
    events = [{"event_id": name, "reporter_key": "k", "received_at": ""} for name in "aabc"]
    cases = [{"case_id": name, "opened_at": name, "merged_into": None} for name in "xyz"]

    async def rows(sql: str, _: dict[str, Any]) -> list[dict[str, Any]]:
        return events if "event_texts" in sql else cases

    group = asyncio.run(cases_of_reporter(rows, ["k"], "电话", Scope()))
    assert group.about == "电话，来件3次，反复诉求"
    cases.pop()
    group = asyncio.run(cases_of_reporter(rows, ["k"], "电话", Scope()))
    assert group.about == "电话，来件3次"
