"""The public page of a project: what everybody sees, what nobody sees, and what a citizen sends."""

import json
from pathlib import Path

import pytest
from aiohttp import ClientResponse

from connectors.contract import DecodeContext
from connectors.manual_entry import decode
from hub.numbered.code import shown_code
from hub.numbered.public_http import LONGEST_TEXT
from hub.projects.changes import add_money, finish_stage, plan_money
from hub.runtime.paths import DataPaths
from hub.store.client import Store
from hub.tracking.code import code_of
from schemas.base import Frozen
from schemas.channel import Channel
from schemas.numbered import Paper
from schemas.projects.money import MoneySource
from schemas.projects.project import Stage
from schemas.projects.record import ProjectRecord
from schemas.reports.fact import Kind
from schemas.topic import EVENTS, PROJECTS
from tests.builders.intake import Intake, with_intake
from tests.builders.stored import keep
from tests.builders.town import VILLAGE, event
from tests.hub.projects.built import (
    DETAILS,
    KEPT_BACK,
    SHOWN,
    advanced,
    change,
    folded,
    registered,
)
from tests.hub.workbench.site import latin_words

CODE = registered()[0].code
WORDS = "路面才两个月就裂了"


def history() -> list[ProjectRecord]:
    """Return a project in construction with a person's donation and one without a name."""
    records = advanced(Stage.CONSTRUCTION)
    for donor, anonymous in (("张建国", False), ("", True)):
        records.append(
            add_money(
                folded(records),
                change(records),
                MoneySource.DONATION,
                "5000",
                donor=donor,
                donor_is_person=bool(donor),
                anonymous=anonymous,
            )
        )
    return records


def fill(store: Store, *bodies: Frozen) -> None:
    """Store the names of the town, and the records of a project."""
    store.insert("areas", ["code", "name"], [["421299001", "镇"], [VILLAGE, "社区"]])
    store.insert("units", ["code", "name"], [["U-V", "社区居委会"]])
    keep(store, PROJECTS.name, *bodies)


async def post(intake: Intake, **fields: str) -> ClientResponse:
    """Send the form as a browser without scripts does."""
    return await intake.client.post(f"/p/{CODE}", data=fields, allow_redirects=False)


def test_everybody_sees_the_whole_project_and_no_person(store: Store, tmp_path: Path) -> None:
    """Stages, notes, money and sources are there; names of persons and other pictures are not."""
    records = history()
    fill(store, *records)
    about = event("r1", content="").model_copy(update={"project": CODE})
    keep(store, EVENTS.name, about)

    async def talk(intake: Intake) -> None:
        intake.reads(store.named)
        answer = await intake.client.get(f"/p/{CODE[:5].lower()}-{CODE[5:]}")
        page = await answer.text()
        assert answer.status == 200
        for shown in (DETAILS.name, "镇社区", "社区居委会", "恒达公司", "120,000.00元", "施工阶段"):
            assert shown in page
        for shown in ("10,000.00元", "张**", "匿名", "验收", f"/p/{CODE}/photos/{SHOWN}"):
            assert shown in page
        assert "1件，已办结0件" in page
        assert "张建国" not in page
        assert "小周" not in page
        assert KEPT_BACK not in page
        assert latin_words(page.replace(shown_code(CODE), "")) == []
        assert "script" not in page
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Robots-Tag"] == "noindex"

    with_intake(tmp_path, talk)


def test_only_pictures_that_are_public_are_served(store: Store, tmp_path: Path) -> None:
    """A picture of another project, or one that staff keep back, is not found."""
    fill(store, *history())
    folder = DataPaths(tmp_path).photos / "2026-03-02"
    folder.mkdir(parents=True)
    for name in (SHOWN, KEPT_BACK):
        (folder / name).write_bytes(b"picture")

    async def talk(intake: Intake) -> None:
        intake.reads(store.named)
        shown = await intake.client.get(f"/p/{CODE}/photos/{SHOWN}")
        assert (shown.status, await shown.read()) == (200, b"picture")
        assert shown.headers["Content-Type"] == "image/jpeg"
        assert shown.headers["X-Content-Type-Options"] == "nosniff"
        for path in (f"/p/{CODE}/photos/{KEPT_BACK}", f"/p/0000000000/photos/{SHOWN}"):
            assert (await intake.client.get(path)).status == 404

    with_intake(tmp_path, talk)


def test_a_citizen_reports_about_the_project(store: Store, tmp_path: Path) -> None:
    """The message is in the journal before the citizen has his code, and names the project."""
    fill(store, *history())

    async def talk(intake: Intake) -> None:
        intake.reads(store.named)
        answer = await post(intake, text=WORDS, name="李四", phone="13800138001")
        (raw,) = intake.kept
        (fact,) = decode(raw, DecodeContext()).facts
        assert (fact.project, fact.kind, fact.content) == (CODE, Kind.REPORT, WORDS)
        assert (fact.contact.name, fact.contact.phone) == ("李四", "13800138001")
        assert (fact.place.division_code, fact.place.grid_code) == (VILLAGE, "G1")
        assert not fact.anonymous
        tracking = code_of(intake.http.sealer, Channel.MANUAL_ENTRY, fact.native_id)
        assert answer.status == 303
        assert answer.headers["Location"] == f"/p/{CODE}/received/{tracking}"
        page = await (await intake.client.get(answer.headers["Location"])).text()
        assert f"/t/{tracking}" in page
        assert "李四" not in page

    with_intake(tmp_path, talk)


def test_a_report_without_a_name_is_anonymous(store: Store, tmp_path: Path) -> None:
    """Neither name nor number is asked for."""
    fill(store, *registered())

    async def talk(intake: Intake) -> None:
        intake.reads(store.named)
        assert (await post(intake, text=WORDS)).status == 303
        message = json.loads(intake.kept[0].body)
        assert message["anonymous"] is True
        assert "name" not in message

    with_intake(tmp_path, talk)


@pytest.mark.parametrize("text", ["", "好", "长" * (LONGEST_TEXT + 1), "长" * 40_000])
def test_a_report_that_is_empty_or_too_long_is_not_taken(
    store: Store, tmp_path: Path, text: str
) -> None:
    """The page comes back with the reason, and nothing is in the journal."""
    fill(store, *registered())

    async def talk(intake: Intake) -> None:
        intake.reads(store.named)
        answer = await post(intake, text=text)
        assert answer.status == 400
        assert 'role="alert"' in await answer.text()
        assert intake.kept == []

    with_intake(tmp_path, talk)


def test_reports_of_one_address_are_limited(store: Store, tmp_path: Path) -> None:
    """Beyond the limit the answer says when the next one is taken; pages are still shown."""
    fill(store, *registered())

    async def talk(intake: Intake) -> None:
        intake.reads(store.named)
        assert (await post(intake, text=WORDS)).status == 303
        refused = await post(intake, text=WORDS)
        assert (refused.status, len(intake.kept)) == (429, 1)
        assert int(refused.headers["Retry-After"]) > 0
        assert (await intake.client.get(f"/p/{CODE}")).status == 200

    with_intake(tmp_path, talk, project_report_limit="1/hour")


def test_requests_of_one_address_are_limited(store: Store, tmp_path: Path) -> None:
    """Unknown codes count too, so that nobody can try many."""

    async def talk(intake: Intake) -> None:
        intake.reads(store.named)
        statuses = [(await intake.client.get("/p/0000000000")).status for _ in range(3)]
        assert statuses == [404, 404, 429]

    with_intake(tmp_path, talk, project_limit="2/minute")


def test_the_pictures_of_a_page_have_a_limit_of_their_own(store: Store, tmp_path: Path) -> None:
    """A page with ten pictures is one visit; who reads one page may see its pictures."""
    fill(store, *registered())

    async def talk(intake: Intake) -> None:
        intake.reads(store.named)
        assert (await intake.client.get(f"/p/{CODE}")).status == 200
        picture = f"/p/{CODE}/photos/{'a' * 64}.jpg"
        statuses = [(await intake.client.get(picture)).status for _ in range(11)]
        assert statuses == [*[404] * 10, 429]
        assert (await intake.client.get(f"/p/{CODE}")).status == 429

    with_intake(tmp_path, talk, project_limit="1/minute")


def test_an_unknown_code_is_answered_with_what_to_do(store: Store, tmp_path: Path) -> None:
    """A report to it is not taken."""

    async def talk(intake: Intake) -> None:
        intake.reads(store.named)
        for code in ("0000000000", "7K3M", "%27%3B--"):
            answer = await intake.client.get(f"/p/{code}")
            assert answer.status == 404
            assert "请核对公示牌上的项目码" in await answer.text()
        answer = await intake.client.post("/p/0000000000", data={"text": WORDS})
        assert (answer.status, intake.kept) == (404, [])

    with_intake(tmp_path, talk)


def test_the_code_on_the_confirmation_is_a_code(store: Store, tmp_path: Path) -> None:
    """Nothing else that somebody writes into the address is shown."""
    fill(store, *registered())

    async def talk(intake: Intake) -> None:
        intake.reads(store.named)
        answer = await intake.client.get(f"/p/{CODE}/received/%3Cb%3Ecall-me")
        assert answer.status == 404
        assert "call-me" not in await answer.text()

    with_intake(tmp_path, talk)


def test_a_stopped_store_is_no_error_of_the_page(tmp_path: Path) -> None:
    """The address of the store is not shown."""

    async def talk(intake: Intake) -> None:
        answer = await intake.client.get(f"/p/{CODE}")
        assert answer.status == 503
        assert "暂时不可用" in await answer.text()

    with_intake(tmp_path, talk)


def test_a_name_that_another_program_wrote_in_clear_is_masked(store: Store, tmp_path: Path) -> None:
    """Whoever may write to the topic may forget to mask; the page masks once more."""
    records = registered()
    papers = (Paper(photo=SHOWN, is_public=True),)
    done = finish_stage(folded(records), change(records), papers=papers)
    fill(store, *records, done.model_copy(update={"note": "联系人电话13871550001"}))

    async def talk(intake: Intake) -> None:
        intake.reads(store.named)
        page = await (await intake.client.get(f"/p/{CODE}")).text()
        assert "13871550001" not in page
        assert "138****0001" in page

    with_intake(tmp_path, talk)


def test_the_plan_stands_beside_what_came_in(store: Store, tmp_path: Path) -> None:
    """A project without a plan has no such table; one with a plan names what is missing."""
    records = history()
    fill(store, *records)

    async def unplanned(intake: Intake) -> None:
        intake.reads(store.named)
        assert "没有计划" not in await (await intake.client.get(f"/p/{CODE}")).text()

    async def planned(intake: Intake) -> None:
        intake.reads(store.named)
        page = await (await intake.client.get(f"/p/{CODE}")).text()
        for shown in ("80,000.00元", "还没有", "没有计划", "计划", "已到账"):
            assert shown in page
        assert latin_words(page.replace(shown_code(CODE), "")) == []

    with_intake(tmp_path / "unplanned", unplanned)
    record = plan_money(folded(records), change(records), {MoneySource.BUDGET: "80000"})
    keep(store, PROJECTS.name, record)
    with_intake(tmp_path / "planned", planned)
