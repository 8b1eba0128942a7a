"""The page of a deliberation: its steps as staff type them, objections, links, and who may what."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from aiohttp import ClientResponse

from hub.accounts.staff import StaffRole
from hub.deliberations.changes import object_to, withdraw
from hub.deliberations.log import find_deliberation
from hub.numbered.code import shown_code
from hub.store.client import Store
from hub.workbench.deliberations import notice
from hub.workbench.deliberations.notice import notice_pdf
from hub.workbench.projects.board import Sheet
from schemas.base import BEIJING
from schemas.deliberation.fold import Deliberation, DeliberationState
from schemas.deliberation.meeting import MeetingKind
from schemas.deliberation.record import DeliberationRecord, Result
from schemas.deliberation.topic import Step
from schemas.topic import CASES, DELIBERATIONS, DISPOSITIONS, EVENTS, PROJECTS
from streams.case.state import PartitionState
from streams.steps import event as receive
from tests.builders.stored import keep
from tests.builders.town import REGISTER, event
from tests.hub.deliberations.built import DETAILS, advanced, change, folded, registered
from tests.hub.projects.built import registered as registered_project
from tests.hub.workbench.case_page.test_resolve import photo
from tests.hub.workbench.deliberations.test_list import stored_case
from tests.hub.workbench.site import Site, latin_words, serve

ONE_PAGE = b"/Count 1 "
CODE = registered()[0].code
HOME = f"/work/deliberations/{CODE}"
TODAY = datetime.now(UTC).astimezone(BEIJING).date()
CALL = {
    "action": "call",
    "kind": "representatives",
    "caller": "committee",
    "noticed_on": str(TODAY),
    "day": str(TODAY),
    "hour": "19点30",
    "place": "村委会二楼",
    "entitled": "40人",
}
HELD = {"action": "meeting", "day": str(TODAY), "entitled": "４０", "attended": "31 人"}
VOTED = {
    "action": "decision",
    "decided_on": "",
    "in_favour": "25票",
    "against": "4",
    "abstained": "",
    "result": "adopted",
    "text": "晒场划出26个车位，晒粮时让出",
}
SHOWN = {
    "action": "publication",
    "since": "",
    "until": str(TODAY + timedelta(days=6)),
    "where": "村务公开栏、村民群",
}


def fill(store: Store, records: list[DeliberationRecord]) -> Deliberation:
    """Store a deliberation; return it."""
    keep(store, DELIBERATIONS.name, *records)
    return folded(records)


def stored(store: Store) -> Deliberation:
    """Return the deliberation as the store has it."""
    item = find_deliberation(store.named, registered()[0].code)
    assert item is not None
    return item


async def send(site: Site, store: Store, *files: bytes, **fields: str) -> ClientResponse:
    """Send the form of a step as somebody who has seen all records."""
    texts = {"seen": str(stored(store).seq), **fields}
    return await site.send_pictures(f"{HOME}/step", *files, **texts)


def test_a_village_takes_its_steps_as_it_writes_them(store: Store, tmp_path: Path) -> None:
    """Numbers with 人 and 票, in full width, a time as 19点30; each page offers the next step."""
    fill(store, registered())

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.UNIT, "U-V")
        for fields, pictures in ((CALL, ()), (HELD, ()), (VOTED, (photo(),)), (SHOWN, (photo(),))):
            page = await site.page(HOME)
            assert f'value="{fields["action"]}"' in page
            assert set(latin_words(page.replace(shown_code(stored(store).code), ""))) <= {"PDF"}
            answer = await send(site, store, *pictures, **fields)
            assert (answer.status, answer.headers.get("Location")) == (303, HOME)
        item = stored(store)
        assert item.present.step is Step.PUBLICATION
        assert item.call is not None
        assert (item.call.hour, item.call.entitled) == ("19:30", 40)
        assert item.result is Result.ADOPTED
        page = await site.page(HOME)
        for shown in ("应到40，实到31，到会率77.5%", "同意25票，占到会80.6%", "晒场划出26个车位"):
            assert shown in page
        assert [what for what, *_ in site.audit()].count("deliberation") == 4
        (paper,) = item.spans[2].papers
        picture = await site.client.get(f"{HOME}/photos/{paper.photo}")
        assert picture.headers["Content-Type"] == "image/jpeg"
        assert ("export", f"photo {paper.photo} of deliberation {item.code}") in [
            (what, detail) for what, _, _, _, detail in site.audit()
        ]

    serve(store, tmp_path, talk)


@pytest.mark.parametrize(
    ("step", "fields", "reason"),
    [
        (Step.TOPIC, CALL | {"noticed_on": "0001-01-01", "day": "0001-01-01"}, "一年以前"),
        (Step.TOPIC, CALL | {"entitled": "四十"}, "应到人数“四十”有误"),
        (Step.TOPIC, CALL | {"entitled": ""}, "应到人数“”有误"),
        (Step.TOPIC, CALL | {"kind": ""}, "请选择开什么会"),
        (Step.TOPIC, CALL | {"caller": "张主任"}, "请选择由谁召集"),
        (Step.TOPIC, CALL | {"day": ""}, "请填写会议日期"),
        (Step.TOPIC, CALL | {"day": "周五"}, "会议日期写成"),
        (Step.TOPIC, CALL | {"hour": "晚上"}, "会议时间“晚上”有误"),
        (Step.TOPIC, CALL | {"kind": "villagers"}, "应当提前10天通知"),
        (Step.TOPIC, CALL | {"kind": "owners", "area": "三万"}, "单位是平方米"),
        (Step.TOPIC, HELD, "不能跳过"),
        (Step.CALL, HELD | {"attended": "41"}, "多于应到40人"),
        (Step.MEETING, VOTED, "还没有会议记录"),
        (Step.MEETING, VOTED | {"in_favour": ""}, "同意票数“”有误"),
        (Step.MEETING, VOTED | {"in_favour": "全票"}, "同意票数“全票”有误"),
        (Step.MEETING, VOTED | {"result": ""}, "请选择表决结果"),
        (Step.MEETING, SHOWN, "不能跳过"),
        (Step.DECISION, SHOWN | {"where": ""}, "请填写公示的地方"),
        (Step.PUBLICATION, {"action": "carrying_out", "carried_by": ""}, "请选择落实单位"),
        (Step.CARRYING_OUT, {"action": "finish", "note": "好"}, "请写明落实的结果"),
        (Step.TOPIC, {"action": "evidence"}, "请选择要补充的照片"),
        (Step.TOPIC, {"action": "dance"}, "没有这一步"),
    ],
)
def test_a_step_is_refused_with_the_reason_and_what_was_typed(
    store: Store, tmp_path: Path, step: Step, fields: dict[str, str], reason: str
) -> None:
    """Nothing is stored, and nothing has to be typed again."""
    before = fill(store, advanced(step))

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.UNIT, "U-V")
        answer = await send(site, store, **({"note": "两委已商议"} | fields))
        page = await answer.text()
        assert answer.status == 409
        assert reason in page
        assert fields.get("note", "两委已商议") in page
        assert stored(store).seq == before.seq

    serve(store, tmp_path, talk)


def test_a_page_that_is_out_of_date_keeps_the_picture(store: Store, tmp_path: Path) -> None:
    """Somebody else was faster: the picture need not be sent again."""
    fill(store, advanced(Step.CALL))

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.UNIT, "U-V")
        answer = await site.send_pictures(f"{HOME}/step", photo(), **(HELD | {"seen": "1"}))
        page = await answer.text()
        assert answer.status == 409
        assert "别人登记了新的情况" in page
        (name,) = {part.split('"')[0] for part in page.split('name="photo" value="')[1:]}
        assert (await send(site, store, **HELD, photo=name)).status == 303
        assert [paper.photo for paper in stored(store).spans[1].papers] == [name]

    serve(store, tmp_path, talk)


def test_a_form_of_a_step_needs_the_token(store: Store, tmp_path: Path) -> None:
    """With a wrong one nothing is stored."""
    fill(store, registered())

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.UNIT, "U-V")
        site.csrf = "wrong"
        assert (await send(site, store, **CALL)).status == 400
        assert stored(store).seq == 1

    serve(store, tmp_path, talk)


def test_an_objection_is_written_down_and_answered(store: Store, tmp_path: Path) -> None:
    """Without the name of whoever objects; an empty answer comes back."""
    fill(store, advanced(Step.PUBLICATION))

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.UNIT, "U-V")
        sent = {"seen": "5", "text": "张建国13800138001认为车位太少"}
        assert (await site.send(f"{HOME}/objection", **sent)).status == 303
        page = await site.page(HOME)
        assert "认为车位太少" in page
        assert "13800138001" not in page
        refused = await site.send(f"{HOME}/answer", seen="6", objection="6", text="好")
        assert refused.status == 409
        assert "请写明答复" in await refused.text()
        sent = {"seen": "6", "objection": "6", "text": "二期再增加十个车位"}
        assert (await site.send(f"{HOME}/answer", **sent)).status == 303
        assert "二期再增加十个车位" in await site.page(HOME)
        assert stored(store).unanswered == ()
        listed = await site.page("/work/deliberations?list=objections")
        assert HOME not in listed

    serve(store, tmp_path, talk)


def test_an_upheld_objection_asks_for_a_new_call(store: Store, tmp_path: Path) -> None:
    """The page offers the call again."""
    records = advanced(Step.PUBLICATION)
    records.append(object_to(folded(records), change(records), "通知没有送到二组"))
    fill(store, records)

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.UNIT, "U-V")
        assert HOME in await site.page("/work/deliberations?list=objections")
        fields = {"seen": "6", "objection": "6", "text": "属实，重新召集", "upheld": "yes"}
        assert (await site.send(f"{HOME}/answer", **fields)).status == 303
        page = await site.page(HOME)
        assert "成立，重新议定" in page
        assert 'value="call"' in page

    serve(store, tmp_path, talk)


def test_a_case_and_a_project_are_linked_and_lead_back(store: Store, tmp_path: Path) -> None:
    """A decision founds a project: it is registered first, and linked by its code."""
    fill(store, advanced(Step.CARRYING_OUT))
    (project,) = registered_project()
    keep(store, PROJECTS.name, project)
    case = stored_case(store)

    async def talk(site: Site) -> None:
        await site.log_in("市长", StaffRole.CITY)
        assert (await site.send(f"{HOME}/link", seen="6", case=str(case))).status == 303
        typed = shown_code(project.code).lower()
        assert (await site.send(f"{HOME}/link", seen="7", project=typed)).status == 303
        page = await site.page(HOME)
        assert f"/cases/{case}" in page
        assert f"/work/projects/{project.code}" in page
        assert HOME in await site.page(f"/work/projects/{project.code}")
        assert HOME in await site.page(f"/cases/{case}")

    serve(store, tmp_path, talk)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, "一次一个"),
        ({"project": "7K3M9P2QX4"}, "没有项目7K3M9P2QX4"),
        ({"project": "村口那个"}, "没有项目村口那个"),
        ({"case": "20260302-00042"}, "没有事项20260302-00042"),
        ({"case": "电梯"}, "没有事项电梯"),
    ],
)
def test_a_link_to_nothing_is_refused(
    store: Store, tmp_path: Path, fields: dict[str, str], reason: str
) -> None:
    """The form comes back with what was typed."""
    fill(store, advanced(Step.CARRYING_OUT))

    async def talk(site: Site) -> None:
        await site.log_in("市长", StaffRole.CITY)
        answer = await site.send(f"{HOME}/link", seen="6", **fields)
        assert answer.status in (400, 404, 409)
        assert reason in await answer.text()
        assert stored(store).seq == 6

    serve(store, tmp_path, talk)


def test_a_topic_is_withdrawn_with_a_reason(store: Store, tmp_path: Path) -> None:
    """After that the page has no forms."""
    fill(store, advanced(Step.CALL))

    async def talk(site: Site) -> None:
        await site.log_in("镇长", StaffRole.TOWNSHIP, "U-T")
        answer = await site.send(f"{HOME}/withdraw", seen="2", reason="物业已经划线解决")
        assert answer.status == 303
        assert stored(store).state is DeliberationState.WITHDRAWN
        page = await site.page(HOME)
        assert "物业已经划线解决" in page
        assert f"{HOME}/step" not in page
        assert f"{HOME}/link" not in page

    serve(store, tmp_path, talk)


def test_an_auditor_reads_and_changes_nothing(store: Store, tmp_path: Path) -> None:
    """The page has no forms, and a form that is sent is refused."""
    fill(store, registered())

    async def talk(site: Site) -> None:
        await site.log_in("审计", StaffRole.AUDITOR)
        assert f"{HOME}/step" not in await site.page(HOME)
        answer = await site.send(f"{HOME}/withdraw", seen="1", reason="不该由我来撤")
        assert answer.status == 403

    serve(store, tmp_path, talk)


@pytest.mark.parametrize("step", Step)
def test_the_notice_is_one_page_at_every_step(store: Store, tmp_path: Path, step: Step) -> None:
    """Without a public address it is refused with what to do."""
    fill(store, advanced(step))

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.UNIT, "U-V")
        answer = await site.client.get(f"{HOME}/notice.pdf")
        assert answer.content_type == "application/pdf"
        assert ONE_PAGE in await answer.read()

    serve(store, tmp_path, talk, public_url="https://city.example/")

    async def without(site: Site) -> None:
        await site.log_in("主管", StaffRole.UNIT, "U-V")
        assert "群众访问的网址" in await site.page(f"{HOME}/notice.pdf", status=400)

    serve(store, tmp_path, without)


def test_a_notice_with_long_texts_is_one_page_too() -> None:
    """What does not fit is cut; the public page has all of it."""
    details = DETAILS.model_copy(update={"title": "长" * 100, "summary": "长" * 1000})
    item = folded(advanced(Step.CARRYING_OUT, details))
    call, decision, publication = item.call, item.decision, item.publication
    assert call is not None
    assert decision is not None
    assert publication is not None
    long = replace(
        item,
        call=call.model_copy(update={"kind": MeetingKind.OWNERS, "place": "长" * 100}),
        decision=decision.model_copy(update={"text": "长" * 1000}),
        publication=publication.model_copy(update={"where": "长" * 100}),
        reason="长" * 500,
    )
    assert ONE_PAGE in notice_pdf(long, "镇社区", "https://city.example/d/7K3M9P2QX4")


def test_a_report_about_the_deliberation_is_on_its_page(store: Store, tmp_path: Path) -> None:
    """It becomes a case as any report; both pages lead to each other."""
    item = fill(store, registered())
    report = event("SM1").model_copy(update={"deliberation": item.code})
    effects = receive.step(PartitionState(), report, REGISTER)
    keep(store, EVENTS.name, report)
    keep(store, CASES.name, *effects.case_events)
    assert effects.disposition is not None
    keep(store, DISPOSITIONS.name, effects.disposition)
    (case,) = {entry.case_id for entry in effects.case_events}

    async def talk(site: Site) -> None:
        await site.log_in("市长", StaffRole.CITY)
        assert f"/cases/{case}" in await site.page(HOME)
        assert HOME in await site.page(f"/cases/{case}")

    serve(store, tmp_path, talk)


def test_the_notice_of_a_withdrawn_topic_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """It calls nobody to a meeting, and gives the reason as the reason of the withdrawal."""
    records = advanced(Step.CALL)
    records.append(withdraw(folded(records), change(records), "物业已经划线解决"))
    sheets: list[Sheet] = []

    def drawn(sheet: Sheet) -> bytes:
        sheets.append(sheet)
        return b""

    monkeypatch.setattr(notice, "sheet_pdf", drawn)
    notice.notice_pdf(folded(records), "镇社区", "https://city.example/d/7K3M9P2QX4")
    assert sheets[0].title == "议题撤回公告"
    assert ("撤回原因", "物业已经划线解决") in sheets[0].lines


def test_a_case_that_a_confidential_one_took_is_not_linked(store: Store, tmp_path: Path) -> None:
    """Its report is open, but what it belongs to is not."""
    fill(store, registered())
    first, second = (
        event(name, content=f"{name}没有电梯", confidential=name == "r2") for name in ("r1", "r2")
    )
    entries = [
        receive.step(PartitionState(), each, REGISTER).case_events[-1] for each in (first, second)
    ]
    taken, taker = (entry.case for entry in entries)
    changed = taken.model_copy(update={"merged_into": taker.case_id, "seq": taken.seq + 1})
    into = entries[0].model_copy(
        update={"seq": changed.seq, "case": changed, "case_event_id": uuid4()}
    )
    keep(store, CASES.name, *entries, into)

    async def talk(site: Site) -> None:
        await site.log_in("市长", StaffRole.CITY)
        answer = await site.send(f"{HOME}/link", seen="1", case=str(taken.case_id))
        assert answer.status == 403
        assert "保密事项不能列入议事" in await answer.text()
        assert stored(store).cases == ()
        missing = await site.page(f"/work/deliberations/new?case={uuid4()}", status=404)
        assert latin_words(missing) == []

    serve(store, tmp_path, talk)


@pytest.mark.parametrize("form", ["step", "objection", "answer", "link", "withdraw"])
def test_the_address_of_a_form_leads_to_its_page(store: Store, tmp_path: Path, form: str) -> None:
    """A form that came back has it in the address bar; whoever opens it again wants the page."""
    fill(store, registered())

    async def talk(site: Site) -> None:
        await site.log_in("市长", StaffRole.CITY)
        assert await site.redirect(f"{HOME}/{form}") == HOME
        assert (await site.client.get(f"{HOME}/{form}")).status == 405

    serve(store, tmp_path, talk)


def test_of_a_case_that_became_confidential_nothing_is_told(store: Store, tmp_path: Path) -> None:
    """Its unit may be the one for discipline, and everybody of the topic sees the page."""
    secret = event("SM1", confidential=True).model_copy(update={"deliberation": CODE})
    effects = receive.step(PartitionState(), secret, REGISTER)
    keep(store, EVENTS.name, secret)
    keep(store, CASES.name, *effects.case_events)
    assert effects.disposition is not None
    keep(store, DISPOSITIONS.name, effects.disposition)
    case = effects.case_events[-1].case
    fill(store, registered(DETAILS.model_copy(update={"cases": (case.case_id,)})))

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.UNIT, "U-V")
        page = await site.page(HOME)
        assert page.count(f'href="/cases/{case.case_id}">事项</a>') == 2
        assert case.number not in page

    serve(store, tmp_path, talk)
