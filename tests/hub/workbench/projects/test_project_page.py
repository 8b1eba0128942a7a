"""The page of a project: its stages with pictures, its money, its board, and who may what."""

from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse
from reportlab.graphics.shapes import Drawing

from hub.accounts.staff import StaffRole
from hub.digest.forms.pictures import qr_code
from hub.numbered.code import shown_code
from hub.projects.log import find_project
from hub.store.client import Store
from hub.workbench import file_form
from hub.workbench.projects import board
from schemas.projects.fold import Project, ProjectState
from schemas.projects.project import Stage
from schemas.projects.record import ProjectRecord
from schemas.topic import CASES, DISPOSITIONS, EVENTS, PROJECTS
from streams.case.state import PartitionState
from streams.steps import event as receive
from tests.builders.stored import keep
from tests.builders.town import REGISTER, event
from tests.hub.attachments.scans import locked, scanned
from tests.hub.projects.built import advanced, folded, registered
from tests.hub.workbench.case_page.test_resolve import photo
from tests.hub.workbench.site import Site, latin_words, serve

ONE_PAGE = b"/Count 1 "
HOME = f"/work/projects/{registered()[0].code}"


def fill(store: Store, records: list[ProjectRecord]) -> Project:
    """Store a project; return it."""
    keep(store, PROJECTS.name, *records)
    return folded(records)


def stored(store: Store) -> Project:
    """Return the project as the store has it."""
    project = find_project(store.named, registered()[0].code)
    assert project is not None
    return project


async def send_stage(site: Site, seen: int, *files: bytes, **fields: str) -> ClientResponse:
    """Send the form of a stage as a browser without scripts does."""
    texts = {"seen": str(seen), "action": "finish", **fields}
    return await site.send_pictures(f"{HOME}/stage", *files, **texts)


def test_a_stage_is_finished_with_a_picture(store: Store, tmp_path: Path) -> None:
    """The picture is kept, and public only if staff say so."""
    fill(store, registered())

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.UNIT, "U-V")
        answer = await send_stage(site, 1, photo(), note="会议通过", public="yes", to="agreed")
        assert (answer.status, answer.headers["Location"]) == (303, HOME)
        project = stored(store)
        assert project.present.stage is Stage.AGREED
        (paper,) = project.spans[0].papers
        assert paper.is_public
        page = await site.page(HOME)
        assert "会议通过" in page
        assert "议定阶段" in page
        assert set(latin_words(page.replace(shown_code(project.code), ""))) == {"PDF"}
        picture = await site.client.get(f"{HOME}/photos/{paper.photo}")
        assert picture.headers["Content-Type"] == "image/jpeg"
        assert ("export", f"photo {paper.photo} of project {project.code}") in [
            (what, detail) for what, _, _, _, detail in site.audit()
        ]

    serve(store, tmp_path, talk)


def test_a_refusal_keeps_what_was_typed_and_sent(store: Store, tmp_path: Path) -> None:
    """Somebody else was faster: the picture need not be sent again."""
    fill(store, registered())

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.UNIT, "U-V")
        answer = await send_stage(site, 7, photo(), note="会议通过")
        page = await answer.text()
        assert answer.status == 409
        assert "别人登记了新的情况" in page
        assert "会议通过" in page
        (name,) = [part.split('"')[0] for part in page.split('name="photo" value="')[1:]]
        again = await send_stage(site, 1, photo=name)
        assert again.status == 303
        assert [paper.photo for paper in stored(store).spans[0].papers] == [name]

    serve(store, tmp_path, talk)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, "还没有材料"),
        ({"to": "construction"}, "阶段不能跳过"),
        ({"due": "下周"}, "期限写成"),
        ({"action": "evidence"}, "请选择要补充的照片"),
    ],
)
def test_a_stage_is_refused_with_the_reason(
    store: Store, tmp_path: Path, fields: dict[str, str], reason: str
) -> None:
    """Nothing is stored."""
    fill(store, registered())

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.UNIT, "U-V")
        answer = await send_stage(site, 1, **fields)
        assert answer.status == 409
        assert reason in await answer.text()
        assert stored(store).seq == 1

    serve(store, tmp_path, talk)


def test_a_form_of_a_stage_needs_the_token(store: Store, tmp_path: Path) -> None:
    """With a wrong one nothing is stored."""
    fill(store, registered())

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.UNIT, "U-V")
        site.csrf = "wrong"
        assert (await send_stage(site, 1, photo())).status == 400
        assert stored(store).seq == 1

    serve(store, tmp_path, talk)


def test_money_is_added_and_taken_back(store: Store, tmp_path: Path) -> None:
    """An anonymous donation shows no name; a mistake stays in the records only."""
    fill(store, registered())

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.UNIT, "U-V")
        fields: dict[str, Any] = {"source": "donation", "amount": "5,000", "anonymous": "yes"}
        assert (await site.send(f"{HOME}/money", seen="1", **fields)).status == 303
        fields = {"source": "subsidy", "amount": "30万元"}
        assert (await site.send(f"{HOME}/money", seen="2", **fields)).status == 303
        page = await site.page(HOME)
        assert "305,000.00元" in page
        assert "匿名" in page
        answer = await site.send(f"{HOME}/cancel", seen="3", amount_of="3", reason="多写一个零")
        assert answer.status == 303
        assert str(stored(store).raised) == "5000.00"

    serve(store, tmp_path, talk)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"source": "donation", "amount": "5000", "donor": "张三", "anonymous": "yes"}, "不愿具名"),
        ({"source": "donation", "amount": "5000"}, "请填写捐赠人"),
        ({"source": "subsidy", "amount": "五千"}, "不是金额"),
        ({"source": "", "amount": "5000"}, "请选择资金来源"),
        ({"source": "subsidy", "amount": "5000", "note": "长" * 501}, "最多500字"),
    ],
)
def test_money_is_refused_with_the_reason(
    store: Store, tmp_path: Path, fields: dict[str, str], reason: str
) -> None:
    """The form comes back with what was typed."""
    fill(store, registered())

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.UNIT, "U-V")
        answer = await site.send(f"{HOME}/money", seen="1", **fields)
        page = await answer.text()
        assert answer.status == 409
        assert reason in page
        assert f'value="{fields["amount"]}"' in page
        assert stored(store).seq == 1

    serve(store, tmp_path, talk)


def test_a_project_is_stopped_with_a_reason(store: Store, tmp_path: Path) -> None:
    """After that the page has no forms."""
    fill(store, advanced(Stage.APPROVED))

    async def talk(site: Site) -> None:
        await site.log_in("镇长", StaffRole.TOWNSHIP, "U-T")
        answer = await site.send(f"{HOME}/stop", seen="3", reason="资金没有落实")
        assert answer.status == 303
        assert stored(store).state is ProjectState.STOPPED
        page = await site.page(HOME)
        assert "资金没有落实" in page
        assert f"{HOME}/stage" not in page

    serve(store, tmp_path, talk)


def test_an_auditor_reads_and_changes_nothing(store: Store, tmp_path: Path) -> None:
    """The page has no forms, and a form that is sent is refused."""
    fill(store, registered())

    async def talk(site: Site) -> None:
        await site.log_in("审计", StaffRole.AUDITOR)
        assert f"{HOME}/money" not in await site.page(HOME)
        answer = await site.send(f"{HOME}/stop", seen="1", reason="不该由我来停")
        assert answer.status == 403

    serve(store, tmp_path, talk)


def test_the_board_has_the_address_to_scan(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sheet is one page; without a public address it is refused with what to do."""
    project = fill(store, registered())
    scanned: list[str] = []

    def drawn(address: str, size: float) -> Drawing:
        scanned.append(address)
        return qr_code(address, size)

    monkeypatch.setattr(board, "qr_code", drawn)

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.UNIT, "U-V")
        answer = await site.client.get(f"{HOME}/board.pdf")
        assert answer.content_type == "application/pdf"
        assert ONE_PAGE in await answer.read()
        assert scanned == [f"https://city.example/p/{project.code}"]

    serve(store, tmp_path, talk, public_url="https://city.example/")

    async def without(site: Site) -> None:
        await site.log_in("主管", StaffRole.UNIT, "U-V")
        assert "群众访问的网址" in await site.page(f"{HOME}/board.pdf", status=400)

    serve(store, tmp_path, without)


def test_a_report_about_the_project_leads_to_its_case_and_back(
    store: Store, tmp_path: Path
) -> None:
    """The page of the project has the case, the page of the case has the project."""
    project = fill(store, registered())
    report = event("SM1").model_copy(update={"project": project.code})
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


def test_a_scanned_paper_is_kept_as_its_pages(store: Store, tmp_path: Path) -> None:
    """Pictures and PDFs may be sent together; the tick makes the pages public as it does photos."""
    fill(store, registered())

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.UNIT, "U-V")
        answer = await send_stage(site, 1, photo(), scanned(2), public="yes", to="agreed")
        assert answer.status == 303
        papers = stored(store).spans[0].papers
        assert len(papers) == 3
        assert all(paper.is_public for paper in papers)
        page = await site.client.get(f"{HOME}/photos/{papers[2].photo}")
        assert page.headers["Content-Type"] == "image/jpeg"

    serve(store, tmp_path, talk)


def test_a_pdf_that_cannot_be_shown_comes_back_with_the_reason(
    store: Store, tmp_path: Path
) -> None:
    """The photo that was sent with it is kept, and need not be sent again."""
    fill(store, registered())

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.UNIT, "U-V")
        answer = await send_stage(site, 1, photo(), locked("secret"), note="合同")
        page = await answer.text()
        assert answer.status == 400
        assert "第2张：PDF文件设了打开密码" in page
        assert page.count('name="photo" value="') == 1
        assert stored(store).seq == 1

    serve(store, tmp_path, talk)


def test_a_pdf_may_be_larger_than_a_photo(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scan of many pages is; beyond its own limit it is refused too."""
    monkeypatch.setattr(file_form, "LARGEST_FILE", 100)
    fill(store, registered())

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.UNIT, "U-V")
        assert "第1张：超过" in await (await send_stage(site, 1, photo())).text()
        assert (await send_stage(site, 1, scanned(1))).status == 303

    serve(store, tmp_path, talk)


def test_the_plan_of_the_money_is_written_down(store: Store, tmp_path: Path) -> None:
    """The page shows it beside what came in; a plan beyond the budget comes back as typed."""
    fill(store, registered())

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.UNIT, "U-V")
        answer = await site.send(f"{HOME}/plan", seen="1", budget="13万元", collective="1")
        page = await answer.text()
        assert answer.status == 409
        assert "超过预算" in page
        assert 'value="13万元"' in page
        answer = await site.send(f"{HOME}/plan", seen="1", budget="8万元", collective="")
        assert answer.status == 303
        page = await site.page(HOME)
        assert "80,000.00元" in page
        assert 'name="budget" maxlength="30" inputmode="decimal" value="80000.00"' in page
        assert ("project", f"planned {stored(store).code}") in [
            (what, detail) for what, _, _, _, detail in site.audit()
        ]

    serve(store, tmp_path, talk)
