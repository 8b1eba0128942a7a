"""The public page of a deliberation: what everybody sees, and what a citizen sends."""

from pathlib import Path

import pytest

from connectors.contract import DecodeContext
from connectors.manual_entry import decode
from hub.deliberations.changes import answer, link, object_to, withdraw
from hub.deliberations.steps import finish
from hub.numbered.code import shown_code
from hub.runtime.paths import DataPaths
from hub.store.client import Store
from hub.tracking.code import code_of
from schemas.base import Frozen
from schemas.channel import Channel
from schemas.deliberation.record import DeliberationRecord
from schemas.deliberation.topic import Step
from schemas.topic import DELIBERATIONS, EVENTS
from tests.builders.intake import Intake, with_intake
from tests.builders.stored import keep
from tests.builders.town import VILLAGE, event
from tests.hub.deliberations.built import (
    KEPT_BACK,
    SHOWN,
    advanced,
    change,
    folded,
    registered,
)
from tests.hub.workbench.site import latin_words

CODE = registered()[0].code
WORDS = "公示没有写停车收费不收费"


def objected() -> list[DeliberationRecord]:
    """Return a published decision with two objections, of which one is answered."""
    records = advanced(Step.PUBLICATION)
    for text in ("王二麻子家的晒粮场地没有了", "夜里没有路灯"):
        records.append(object_to(folded(records), change(records, 0.1), text))
    seq = records[-1].seq
    records.append(answer(folded(records), change(records, 0.1), seq, "本月装两盏路灯"))
    return records


def fill(store: Store, *bodies: Frozen) -> None:
    """Store the names of the town, and the records of a deliberation."""
    store.insert("areas", ["code", "name"], [["421299001", "镇"], [VILLAGE, "社区"]])
    store.insert("units", ["code", "name"], [["U-V", "社区居委会"], ["U-T", "城管所"]])
    keep(store, DELIBERATIONS.name, *bodies)


async def page_of(intake: Intake, code: str = CODE) -> str:
    """Return the page of a deliberation."""
    answer = await intake.client.get(f"/d/{code}")
    assert answer.status == 200
    return await answer.text()


def test_everybody_sees_what_was_decided_and_no_person(store: Store, tmp_path: Path) -> None:
    """Attendance, votes, resolution and answers are there; names and objections are not."""
    fill(store, *objected())
    about = event("r1", content="").model_copy(update={"deliberation": CODE})
    keep(store, EVENTS.name, about)

    async def talk(intake: Intake) -> None:
        intake.reads(store.named)
        answer = await intake.client.get(f"/d/{CODE[:5].lower()}-{CODE[5:]}")
        page = await answer.text()
        assert answer.status == 200
        for shown in (
            *("村口停车难怎么办", "镇社区", "社区居委会", "村民代表会议", "村（居）民委员会"),
            *("应到40，实到31，到会率77.5%", "同意25票", "反对4票，弃权2票", "通过"),
            *("晒场划出26个车位", "7天", "村务公开栏", "2条，1条待答复", "本月装两盏路灯"),
            *(f"/d/{CODE}/photos/{SHOWN}", "1件，已办结0件", "您对决议的异议", "未开始"),
        ):
            assert shown in page, shown
        for hidden in ("王二麻子", "晒粮场地没有了", "小周", KEPT_BACK, "script"):
            assert hidden not in page
        assert latin_words(page.replace(shown_code(CODE), "")) == []
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Robots-Tag"] == "noindex"

    with_intake(tmp_path, talk)


@pytest.mark.parametrize("step", Step)
def test_every_step_has_a_page(store: Store, tmp_path: Path, step: Step) -> None:
    """It says which steps are done and which are to come."""
    fill(store, *advanced(step))

    async def talk(intake: Intake) -> None:
        intake.reads(store.named)
        page = await page_of(intake)
        assert page.count("已完成") == list(Step).index(step)
        assert page.count("未开始") == len(Step) - 1 - list(Step).index(step)

    with_intake(tmp_path, talk)


def test_the_end_is_shown_with_its_result_and_project(store: Store, tmp_path: Path) -> None:
    """The unit that carried it out, what came of it, and the way to the project."""
    records = advanced(Step.CARRYING_OUT)
    records.append(link(folded(records), change(records), project="7K3M9P2QX4"))
    records.append(finish(folded(records), change(records, 20), "26个车位已划线启用"))
    fill(store, *records)

    async def talk(intake: Intake) -> None:
        intake.reads(store.named)
        page = await page_of(intake)
        for shown in ("已完成", "城管所", "26个车位已划线启用", "/p/7K3M9P2QX4", "没有异议"):
            assert shown in page

    with_intake(tmp_path, talk)


def test_a_withdrawn_topic_says_why(store: Store, tmp_path: Path) -> None:
    """Nobody who scanned the code is left without an answer."""
    records = advanced(Step.CALL)
    records.append(withdraw(folded(records), change(records), "物业已经划线解决"))
    fill(store, *records)

    async def talk(intake: Intake) -> None:
        intake.reads(store.named)
        page = await page_of(intake)
        assert "已撤回" in page
        assert "物业已经划线解决" in page

    with_intake(tmp_path, talk)


def test_a_citizen_reports_about_the_deliberation(store: Store, tmp_path: Path) -> None:
    """The message is in the journal before the citizen has his code, and names the deliberation."""
    fill(store, *advanced(Step.PUBLICATION))

    async def talk(intake: Intake) -> None:
        intake.reads(store.named)
        sent = {"text": WORDS, "name": "李四", "phone": "13800138001"}
        answer = await intake.client.post(f"/d/{CODE}", data=sent, allow_redirects=False)
        (raw,) = intake.kept
        (fact,) = decode(raw, DecodeContext()).facts
        assert (fact.deliberation, fact.project, fact.content) == (CODE, "", WORDS)
        assert fact.place.division_code == VILLAGE
        tracking = code_of(intake.http.sealer, Channel.MANUAL_ENTRY, fact.native_id)
        assert answer.status == 303
        assert answer.headers["Location"] == f"/d/{CODE}/received/{tracking}"
        page = await (await intake.client.get(answer.headers["Location"])).text()
        assert f"/t/{tracking}" in page
        assert "李四" not in page

    with_intake(tmp_path, talk)


def test_only_pictures_that_are_public_are_served(store: Store, tmp_path: Path) -> None:
    """The minutes with their signatures are not found."""
    fill(store, *advanced(Step.PUBLICATION))
    folder = DataPaths(tmp_path).photos / "2026-03-02"
    folder.mkdir(parents=True)
    for name in (SHOWN, KEPT_BACK):
        (folder / name).write_bytes(b"picture")

    async def talk(intake: Intake) -> None:
        intake.reads(store.named)
        shown = await intake.client.get(f"/d/{CODE}/photos/{SHOWN}")
        assert (shown.status, await shown.read()) == (200, b"picture")
        for path in (f"/d/{CODE}/photos/{KEPT_BACK}", f"/p/{CODE}/photos/{SHOWN}"):
            assert (await intake.client.get(path)).status == 404

    with_intake(tmp_path, talk)


def test_an_unknown_code_is_answered_with_what_to_do(store: Store, tmp_path: Path) -> None:
    """The limit counts unknown codes too, so that nobody can try many."""

    async def talk(intake: Intake) -> None:
        intake.reads(store.named)
        for code in ("0000000000", "7K3M", "%27%3B--"):
            answer = await intake.client.get(f"/d/{code}")
            assert answer.status == 404
            assert "请核对公告上的议事码" in await answer.text()
        assert (await intake.client.get("/d/0000000000")).status == 429

    with_intake(tmp_path, talk, project_limit="3/minute")


def test_a_name_that_another_program_wrote_in_clear_is_masked(store: Store, tmp_path: Path) -> None:
    """Whoever may write to the topic may forget to mask; the page masks once more."""
    (first,) = registered()
    assert first.details is not None
    details = first.details.model_copy(update={"summary": "请联系13871550001报名"})
    fill(store, first.model_copy(update={"details": details}))

    async def talk(intake: Intake) -> None:
        intake.reads(store.named)
        assert "13871550001" not in await page_of(intake)

    with_intake(tmp_path, talk)
