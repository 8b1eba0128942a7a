"""The list of projects and the form of a new one."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.accounts.staff import StaffRole
from hub.numbered.code import shown_code
from hub.projects.changes import register
from hub.projects.code import project_code
from hub.projects.log import find_project
from hub.store.client import Store
from schemas.base import BEIJING
from schemas.projects.project import Stage
from schemas.topic import PROJECTS
from tests.builders.stored import keep
from tests.builders.town import VILLAGE
from tests.hub.projects.built import DETAILS
from tests.hub.workbench.site import Site, latin_words, serve

FORM = {
    "number": "2026-07",
    "name": "村口路灯",
    "project_class": "facility",
    "division_code": VILLAGE,
    "place": "三组村口",
    "summary": "太阳能路灯12盏",
    "budget": "2.4万元",
    "unit": "U-V",
    "stage": "proposed",
    "due": "",
    "contractor": "",
}
CODE = project_code(VILLAGE, "2026-07")


def stored(store: Store, number: str, late: int, unit: str = "U-V", village: str = VILLAGE) -> str:
    """Store a project whose stage has been overdue for some days; return its code."""
    now = datetime.now(UTC)
    details = DETAILS.model_copy(
        update={
            "number": number,
            "name": f"项目{number}号",
            "unit": unit,
            "division_code": village,
            "grid_code": "",
        }
    )
    due = now.astimezone(BEIJING).date() - timedelta(days=late)
    record = register(details, "小周", now - timedelta(days=30), due=due)
    keep(store, PROJECTS.name, record)
    return record.code


def test_a_project_is_registered_and_shown(store: Store, tmp_path: Path) -> None:
    """Who did it is audited; the amount is in yuan, the usual days set the deadline."""

    async def talk(site: Site) -> None:
        await site.log_in("小周", StaffRole.TOWNSHIP, "U-T")
        assert latin_words(await site.page("/work/projects/new")) == []
        answer = await site.send("/work/projects/new", **FORM)
        assert (answer.status, answer.headers["Location"]) == (303, f"/work/projects/{CODE}")
        project = find_project(store.named, CODE)
        assert project is not None
        assert (project.details.budget, project.present.stage) == ("24000.00", Stage.PROPOSED)
        assert ("project", "小周", f"registered {CODE}") in [
            (what, who, detail) for what, who, _, _, detail in site.audit()
        ]
        page = await site.page(answer.headers["Location"])
        assert "24,000.00元" in page
        assert set(latin_words(page.replace(shown_code(CODE), ""))) == {"PDF"}

    serve(store, tmp_path, talk)


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("name", "", "请写项目名称"),
        ("budget", "两万", "不是金额"),
        ("division_code", "421299001999", "请选择村或社区"),
        ("unit", "nobody", "请选择责任单位"),
        ("project_class", "", "请选择类别"),
        ("due", "明年", "期限写成"),
        ("due", "2062-01-01", "三年之内"),
    ],
)
def test_a_form_with_a_fault_comes_back_with_its_values(
    store: Store, tmp_path: Path, field: str, value: str, reason: str
) -> None:
    """The reason stands beside the field, and nothing is stored."""

    async def talk(site: Site) -> None:
        await site.log_in("小周", StaffRole.CITY)
        answer = await site.send("/work/projects/new", **{**FORM, field: value})
        page = await answer.text()
        assert answer.status in (400, 409)
        assert reason in page
        assert "太阳能路灯12盏" in page
        assert store.rows("SELECT count() FROM project_records") == [(0,)]

    serve(store, tmp_path, talk)


def test_a_number_is_registered_once_in_a_village(store: Store, tmp_path: Path) -> None:
    """The second form is refused and says so."""

    async def talk(site: Site) -> None:
        await site.log_in("小周", StaffRole.CITY)
        assert (await site.send("/work/projects/new", **FORM)).status == 303
        answer = await site.send("/work/projects/new", **FORM)
        assert answer.status == 409
        assert "已登记过编号2026-07" in await answer.text()

    serve(store, tmp_path, talk)


@pytest.mark.parametrize("number", ["２０２６-07", "2026 - 07", "\u200b2026-07"])
def test_one_number_in_other_spellings_is_one_project(
    store: Store, tmp_path: Path, number: str
) -> None:
    """An input method leaves wide digits on; two boards for one road would confuse everybody."""

    async def talk(site: Site) -> None:
        await site.log_in("小周", StaffRole.CITY)
        assert (await site.send("/work/projects/new", **FORM)).status == 303
        answer = await site.send("/work/projects/new", **{**FORM, "number": number})
        assert answer.status == 409
        assert "已登记过编号2026-07" in await answer.text()

    serve(store, tmp_path, talk)


def test_a_form_is_stored_as_a_reader_sees_it(store: Store, tmp_path: Path) -> None:
    """Marks of direction can show an amount or a name backwards on the board and the page."""
    sly = {"name": "村口\0路灯\n\u202e", "summary": "灯12盏\u202e\n立杆", "place": "三组\n\n村口"}

    async def talk(site: Site) -> None:
        await site.log_in("小周", StaffRole.CITY)
        assert (await site.send("/work/projects/new", **{**FORM, **sly})).status == 303

    serve(store, tmp_path, talk)
    project = find_project(store.named, CODE)
    assert project is not None
    details = project.details
    assert (details.name, details.summary, details.place) == (
        "村口路灯",
        "灯12盏\n立杆",
        "三组 村口",
    )


def test_the_most_overdue_come_first(store: Store, tmp_path: Path) -> None:
    """Lists and classes filter; what is overdue for long goes up to the city."""
    for number, late in (("一", -5), ("二", 3), ("三", 12)):
        stored(store, number, late)

    async def talk(site: Site) -> None:
        await site.log_in("市长", StaffRole.CITY)
        page = await site.page("/work/projects")
        places = [page.index(f"项目{number}号") for number in "三二一"]
        assert places == sorted(places)
        assert "超12天" in page
        assert latin_words(page) == []
        up = await site.page("/work/projects?list=up")
        assert "项目三号" in up
        assert "项目二号" not in up
        assert "没有这样的项目" in await site.page("/work/projects?class=care")
        await site.page("/work/projects?list=none", status=400)

    serve(store, tmp_path, talk)


@pytest.mark.parametrize(
    ("role", "unit", "shown"),
    [
        (StaffRole.CITY, "", {"甲", "乙", "丙"}),
        (StaffRole.AUDITOR, "", {"甲", "乙", "丙"}),
        (StaffRole.TOWNSHIP, "U-T", {"甲", "乙"}),
        (StaffRole.UNIT, "U-V", {"甲"}),
    ],
)
def test_each_role_sees_its_own_projects(
    store: Store, tmp_path: Path, role: StaffRole, unit: str, shown: set[str]
) -> None:
    """In the list and at their addresses: a township its area, a unit its own, others all."""
    codes = {
        "甲": stored(store, "甲", 1),
        "乙": stored(store, "乙", 1, unit="U-C"),
        "丙": stored(store, "丙", 1, unit="U-C", village="421299009001"),
    }

    async def talk(site: Site) -> None:
        await site.log_in("某人", role, unit)
        page = await site.page("/work/projects")
        assert {name for name in codes if f"项目{name}号" in page} == shown
        for name, code in codes.items():
            status = 200 if name in shown else 404
            await site.page(f"/work/projects/{code}", status=status)

    serve(store, tmp_path, talk)


def test_a_unit_registers_for_itself_only(store: Store, tmp_path: Path) -> None:
    """It cannot make another unit responsible."""

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.UNIT, "U-V")
        fields: dict[str, Any] = {**FORM, "unit": "U-T"}
        answer = await site.send("/work/projects/new", **fields)
        assert answer.status == 400
        assert "请选择责任单位" in await answer.text()

    serve(store, tmp_path, talk)
