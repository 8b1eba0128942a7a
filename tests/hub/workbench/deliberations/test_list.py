"""The list of deliberations, and the form by which a topic is put on the agenda."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from hub.accounts.staff import StaffRole
from hub.deliberations.changes import register, withdraw
from hub.deliberations.code import deliberation_code, plain_title
from hub.deliberations.log import find_deliberation
from hub.numbered.change import Change
from hub.numbered.code import shown_code
from hub.store.client import Store
from schemas.base import BEIJING
from schemas.deliberation.topic import Step
from schemas.topic import CASES, DELIBERATIONS
from streams.case.state import PartitionState
from streams.steps import event as receive
from tests.builders.stored import keep
from tests.builders.town import REGISTER, VILLAGE, event
from tests.hub.deliberations.built import DETAILS, advanced, folded
from tests.hub.workbench.site import Site, latin_words, serve

NEW = "/work/deliberations/new"
FORM = {
    "number": "议2026-07",
    "title": "3号楼加装电梯",
    "division_code": VILLAGE,
    "place": "3号楼",
    "summary": "费用怎么分摊，一层住户怎么补偿",
    "unit": "U-V",
    "due": "",
    "case": "",
    "project": "",
}
CODE = deliberation_code(VILLAGE, "议2026-07")


def stored_case(store: Store, *, confidential: bool = False) -> UUID:
    """Store a case of one report in the village; return its id."""
    report = event("r1", content="3号楼没有电梯，老人下不了楼", confidential=confidential)
    effects = receive.step(PartitionState(), report, REGISTER)
    keep(store, CASES.name, *effects.case_events)
    (case,) = {entry.case_id for entry in effects.case_events}
    return case


def stored(store: Store, number: str, late: int, unit: str = "U-V", village: str = VILLAGE) -> str:
    """Store a topic whose call has been overdue for some days; return its code."""
    now = datetime.now(UTC)
    changed = {"number": number, "title": f"议题{number}号", "unit": unit, "grid_code": ""}
    details = DETAILS.model_copy(update=changed | {"division_code": village})
    due = now.astimezone(BEIJING).date() - timedelta(days=late)
    record = register(details, "小周", now - timedelta(days=30), due=due)
    keep(store, DELIBERATIONS.name, record)
    return record.code


def test_a_topic_is_put_on_the_agenda_and_shown(store: Store, tmp_path: Path) -> None:
    """Who did it is audited; a meeting is to be called within fifteen days."""

    async def talk(site: Site) -> None:
        await site.log_in("小周", StaffRole.TOWNSHIP, "U-T")
        assert latin_words(await site.page(NEW)) == []
        answer = await site.send(NEW, **FORM)
        assert (answer.status, answer.headers["Location"]) == (303, f"/work/deliberations/{CODE}")
        item = find_deliberation(store.named, CODE)
        assert item is not None
        assert item.present.step is Step.TOPIC
        days = item.present.due - item.present.entered_at.astimezone(BEIJING).date()
        assert days == timedelta(days=15)
        assert ("deliberation", "小周", f"registered {CODE}") in [
            (what, who, detail) for what, who, _, _, detail in site.audit()
        ]
        page = await site.page(answer.headers["Location"])
        assert "费用怎么分摊" in page
        assert set(latin_words(page.replace(shown_code(CODE), ""))) == {"PDF"}

    serve(store, tmp_path, talk)


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("title", "", "请写议题"),
        ("number", "", "请写议题编号"),
        ("summary", "", "请写要议定什么"),
        ("division_code", "421299001999", "请选择村或社区"),
        ("unit", "nobody", "请选择责任单位"),
        ("due", "年底", "期限写成"),
        ("due", "2062-01-01", "三年之内"),
        ("project", "村口那个", "项目码是十位"),
        ("project", "7K3M9P2QX4", "没有项目7K3M9P2QX4"),
        ("title", "长" * 101, "最多100字"),
    ],
)
def test_a_form_with_a_fault_comes_back_with_its_values(
    store: Store, tmp_path: Path, field: str, value: str, reason: str
) -> None:
    """The reason stands beside the field, and nothing is stored."""

    async def talk(site: Site) -> None:
        await site.log_in("小周", StaffRole.CITY)
        answer = await site.send(NEW, **{**FORM, field: value})
        page = await answer.text()
        assert answer.status in (400, 409)
        assert reason in page
        assert 'value="3号楼"' in page
        assert store.rows("SELECT count() FROM deliberation_records") == [(0,)]

    serve(store, tmp_path, talk)


def test_what_nobody_sees_is_no_part_of_a_topic(store: Store, tmp_path: Path) -> None:
    """A mark that turns the direction of text would show the public other words; lines end."""

    async def talk(site: Site) -> None:
        await site.log_in("市长", StaffRole.CITY)
        hidden = {"title": "3号楼\u202e加装\x00\n电梯\u200b", "number": "议 2026-\u200b０7"}
        answer = await site.send(NEW, **(FORM | hidden))
        assert answer.headers["Location"] == f"/work/deliberations/{CODE}"
        item = find_deliberation(store.named, CODE)
        assert item is not None
        assert item.details.title == "3号楼加装 电梯"

    serve(store, tmp_path, talk)


def test_a_case_fills_the_form_and_leads_to_its_deliberation(store: Store, tmp_path: Path) -> None:
    """The page of the case offers it; later both pages lead to each other."""
    case = stored_case(store)

    async def talk(site: Site) -> None:
        await site.log_in("市长", StaffRole.CITY)
        assert f"{NEW}?case={case}" in await site.page(f"/cases/{case}")
        assert f'value="{case}"' in await site.page(f"{NEW}?case={case}")
        answer = await site.send(NEW, **{**FORM, "case": str(case)})
        assert answer.status == 303
        assert f"/cases/{case}" in await site.page(answer.headers["Location"])
        page = await site.page(f"/cases/{case}")
        assert answer.headers["Location"] in page
        assert f"{NEW}?case={case}" not in page

    serve(store, tmp_path, talk)


def test_one_matter_is_not_put_on_the_agenda_twice(store: Store, tmp_path: Path) -> None:
    """Neither the same case, nor the same title in other words around it; after its end it may."""
    case = stored_case(store)

    async def talk(site: Site) -> None:
        await site.log_in("市长", StaffRole.CITY)
        assert (await site.send(NEW, **{**FORM, "case": str(case)})).status == 303
        for changed, reason in (
            ({}, "已登记过编号议2026-07"),
            ({"number": "议8", "title": "电梯怎么装", "case": str(case)}, "本事项已列入议事"),
            ({"number": "议8", "title": "关于3号楼加装电梯的议题"}, "请在那里关联事项"),
        ):
            answer = await site.send(NEW, **{**FORM, **changed})
            assert answer.status == 409
            assert reason in await answer.text()
        item = find_deliberation(store.named, CODE)
        assert item is not None
        by = Change("小周", datetime.now(UTC), item.seq)
        keep(store, DELIBERATIONS.name, withdraw(item, by, "多数住户不同意出钱"))
        again = {"number": "议8", "case": str(case)}
        assert (await site.send(NEW, **{**FORM, **again})).status == 303

    serve(store, tmp_path, talk)


def test_a_confidential_case_is_never_put_on_the_agenda(store: Store, tmp_path: Path) -> None:
    """All of a deliberation is public: not by its page, not by the address, not by the form."""
    case = stored_case(store, confidential=True)

    async def talk(site: Site) -> None:
        await site.log_in("市长", StaffRole.CITY)
        assert f"{NEW}?case={case}" not in await site.page(f"/cases/{case}")
        await site.page(f"{NEW}?case={case}", status=403)
        assert (await site.send(NEW, **{**FORM, "case": str(case)})).status == 403
        assert store.rows("SELECT count() FROM deliberation_records") == [(0,)]

    serve(store, tmp_path, talk)


def test_the_most_overdue_come_first(store: Store, tmp_path: Path) -> None:
    """Each list has what its name says."""
    for number, late in (("a", -9), ("b", 3), ("c", 10)):
        stored(store, number, late)

    async def talk(site: Site) -> None:
        await site.log_in("市长", StaffRole.CITY)
        page = await site.page("/work/deliberations")
        assert page.index("议题c号") < page.index("议题b号") < page.index("议题a号")
        assert "超10天" in page
        for counted in ("进行中 3", "超期 2", "提级督办 1", "有异议未答复 0"):
            assert counted in page
        assert "提级督办" in page
        up = await site.page("/work/deliberations?list=up")
        assert "议题c号" in up
        assert "议题b号" not in up
        await site.page("/work/deliberations?list=nothing", status=400)

    serve(store, tmp_path, talk)


def test_a_unit_sees_its_own_and_what_it_carries_out(store: Store, tmp_path: Path) -> None:
    """A township sees its area, another one nothing."""
    mine = stored(store, "mine", 1)
    other = stored(store, "other", 1, unit="U-T")
    far = stored(store, "far", 1, unit="U-C", village="421299002001")
    carried = advanced(Step.CARRYING_OUT, DETAILS.model_copy(update={"unit": "U-C"}))
    records = [r.model_copy(update={"carried_by": "U-V"}) if r.carried_by else r for r in carried]
    keep(store, DELIBERATIONS.name, *records)
    taken = folded(records).code

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.UNIT, "U-V")
        page = await site.page("/work/deliberations?list=all")
        assert [code in page for code in (mine, other, far, taken)] == [True, False, False, True]
        await site.page(f"/work/deliberations/{other}", status=404)
        assert "开始落实" not in await site.page(f"/work/deliberations/{taken}")

    serve(store, tmp_path, talk)

    async def of_township(site: Site) -> None:
        await site.log_in("镇长", StaffRole.TOWNSHIP, "U-T")
        page = await site.page("/work/deliberations?list=all")
        assert [code in page for code in (mine, other, far)] == [True, True, False]
        await site.page(f"/work/deliberations/{far}", status=404)

    serve(store, tmp_path, of_township)


@pytest.mark.parametrize(
    "title",
    [
        "加装电梯",
        "关于加装电梯的议题",
        "关于“加装电梯”的议案",
        "加装电梯问题",
        "加装 电梯的建议方案。",
    ],
)
def test_the_words_around_a_title_do_not_count(title: str) -> None:
    """All of these are one matter."""
    assert plain_title(title) == "加装电梯"


def test_a_title_of_nothing_but_frame_stays() -> None:
    """It is not the same as every other one."""
    assert plain_title("问题") == "问题"


def test_two_members_do_not_put_one_case_on_the_agenda_at_once(
    store: Store, tmp_path: Path
) -> None:
    """Each has a number and a title of his own; the second is sent to the topic of the first."""
    case = str(stored_case(store))
    forms = [{**FORM, "case": case, "number": f"议{n}", "title": f"办法{n}"} for n in (1, 2, 3)]

    async def talk(site: Site) -> None:
        await site.log_in("市长", StaffRole.CITY)
        answers = await asyncio.gather(*(site.send(NEW, **form) for form in forms))
        assert sorted(answer.status for answer in answers) == [303, 409, 409]

    serve(store, tmp_path, talk)
