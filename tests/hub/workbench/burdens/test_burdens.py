"""The page 减负: tasks are registered and checked, and the county decides about the others."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.accounts.staff import StaffRole
from hub.store.client import Store
from hub.store.registers import store_registers
from hub.workbench.burdens.form import read_request
from hub.workbench.burdens.view import months_shown
from schemas.base import BEIJING
from schemas.town.patrol import Patrols
from tests.builders.town import REGISTER, TOWN
from tests.hub.workbench.site import Site, latin_words, serve

PAGE = "/work/burdens"
TODAY = datetime.now(UTC).astimezone(BEIJING).date()
FORM = {
    "department": "U-C",
    "paper": "清城[2026] 3号",
    "title": "市容台账",
    "kind": "form",
    "tier": "village",
    "receiver": "",
    "handed_on": TODAY.isoformat(),
    "due_on": "",
    "resources": "",
}
OFF_LIST = {**FORM, "kind": "inspection", "resources": "经费两万元"}


def rulings(store: Store) -> list[tuple[Any, ...]]:
    """Return the tasks in the store."""
    return store.rows("SELECT title, ruling, decided_by FROM tasks FINAL ORDER BY registered_at")


def test_a_task_is_registered_checked_and_counted(store: Store, tmp_path: Path) -> None:
    """The page shows the ruling with the line of the list, and the index of the month."""
    store_registers(store, TOWN, Patrols((), (), (), ()), datetime.now(UTC))

    async def talk(site: Site) -> None:
        await site.log_in("小周", StaffRole.CITY)
        answer = await site.send(PAGE, **FORM)
        assert answer.status == 303
        page = await site.page(answer.headers["Location"])
        assert "市容台账" in page
        assert "清城〔2026〕3号" in page
        assert "依据第1项" in page
        assert latin_words(page) == []

    serve(store, tmp_path, talk)
    assert rulings(store) == [("市容台账", "admitted", "")]
    assert store.rows("SELECT burden_index FROM burdens_by_month") == [(0.5,)]
    assert [line for line in store.rows("SELECT what FROM audit") if line == ("task",)] == [
        ("task",)
    ]


def test_a_task_that_is_sent_twice_is_one_and_a_second_is_over_the_limit(
    store: Store, tmp_path: Path
) -> None:
    """The list admits one form a year; two clerks may register the same one."""

    async def talk(site: Site) -> None:
        await site.log_in("小周", StaffRole.CITY)
        await site.send(PAGE, **FORM)
        await site.send(PAGE, **{**FORM, "title": "市容 台账"})
        await site.send(PAGE, **{**FORM, "title": "垃圾台账"})

    serve(store, tmp_path, talk)
    assert rulings(store) == [("市容台账", "admitted", ""), ("垃圾台账", "refused", "")]


def test_the_county_decides_once_about_what_is_not_on_the_list(
    store: Store, tmp_path: Path
) -> None:
    """It needs a reason; a second decision is refused."""

    async def talk(site: Site) -> None:
        await site.log_in("李县长", StaffRole.CITY)
        await site.send(PAGE, **OFF_LIST)
        ((task_id,),) = store.rows("SELECT toString(task_id) FROM tasks")
        decision = {"task": task_id, "ruling": "admitted", "reason": "汛期必须检查"}
        assert "报县审核的任务" in await site.page(PAGE)
        assert (await site.send(f"{PAGE}/decide", **{**decision, "reason": "好"})).status == 400
        assert (await site.send(f"{PAGE}/decide", **decision)).status == 303
        assert "汛期必须检查（李县长决定）" in await site.page(PAGE)
        assert (await site.send(f"{PAGE}/decide", **decision)).status == 400
        assert (await site.send(f"{PAGE}/decide", **{**decision, "task": "x"})).status == 400

    serve(store, tmp_path, talk)
    assert rulings(store) == [("市容台账", "admitted", "李县长")]


def test_a_township_registers_what_it_receives_and_sees_no_others(
    store: Store, tmp_path: Path
) -> None:
    """It names itself or one of its villages; it does not decide for the county."""

    async def talk(site: Site) -> None:
        await site.log_in("王镇长", StaffRole.TOWNSHIP, "U-T")
        refused = await site.send(PAGE, **FORM)
        assert refused.status == 400
        assert "请选择接收单位" in await refused.text()
        assert (await site.send(PAGE, **{**FORM, "receiver": "U-V"})).status == 303
        page = await site.page(PAGE)
        assert "市容台账" in page
        assert (await site.send(f"{PAGE}/decide", task="x")).status == 403

    serve(store, tmp_path, talk)
    assert [row[:2] for row in rulings(store)] == [("市容台账", "admitted")]


def test_a_refused_form_keeps_what_was_typed(store: Store, tmp_path: Path) -> None:
    """The reason is in Chinese, and nothing is stored."""

    async def talk(site: Site) -> None:
        await site.log_in("小周", StaffRole.CITY)
        answer = await site.send(PAGE, **{**FORM, "department": ""})
        text = await answer.text()
        assert answer.status == 400
        assert "没有登记" in text
        assert 'value="市容台账"' in text
        assert latin_words(text) == []

    serve(store, tmp_path, talk)
    assert rulings(store) == []


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"title": " "}, "任务名称"),
        ({"title": "长" * 101}, "最多100个字"),
        ({"kind": "party"}, "任务类别"),
        ({"handed_on": "昨天"}, "日期"),
        ({"handed_on": ""}, "日期"),
        ({"due_on": "2026-13-01"}, "日期"),
        ({"handed_on": (TODAY + timedelta(days=1)).isoformat()}, "还没有到"),
        ({"handed_on": "0001-01-01"}, "超过三年"),
        ({"handed_on": "1926-11-20"}, "超过三年"),
        ({"due_on": "2300-01-01"}, "超过三年"),
        ({"tier": "grid"}, "乡镇"),
        ({"department": "U-V"}, "县级"),
    ],
)
def test_each_fault_of_a_form_is_named(changes: dict[str, str], word: str) -> None:
    """Wrong choices, dates and lengths."""
    filled = read_request({**FORM, **changes}, REGISTER, "", TODAY)
    assert filled.request is None
    assert word in filled.fault


def test_full_width_dates_are_read() -> None:
    """An input method may leave full-width digits on."""
    day = TODAY.isoformat()
    wide = "".join(chr(ord(sign) + 0xFEE0) if sign.isdigit() else sign for sign in day)
    filled = read_request({**FORM, "handed_on": wide}, REGISTER, "", TODAY)
    assert filled.request is not None
    assert filled.request.handed_on == TODAY


def test_a_month_is_compared_with_the_month_before_it_only() -> None:
    """In a month without tasks nothing was registered; it has no index to compare with."""
    indices = [("2026-03-01", 3.4), ("2026-01-01", 0.6), ("2025-12-01", 1.0), ("2025-06-01", 2.0)]
    rows = [{"month": month, "burden_index": index} for month, index in indices]
    changes = [(row["month"], row["change"]) for row in months_shown(rows)]
    assert changes == [("2026-03", ""), ("2026-01", "-0.40"), ("2025-12", ""), ("2025-06", "")]


def test_what_nobody_sees_is_not_part_of_a_task() -> None:
    """Text from a chat may have marks of direction and zero bytes; they would fake another task."""
    filled = read_request({**FORM, "title": "市容\u202e台\0账\u200b"}, REGISTER, "", TODAY)
    plain = read_request(FORM, REGISTER, "", TODAY)
    assert filled.request == plain.request is not None


@pytest.mark.parametrize(("month", "status"), [("2026-1", 400), ("x", 400), ("2999-01", 404)])
def test_a_wrong_month_is_refused(store: Store, tmp_path: Path, month: str, status: int) -> None:
    """The address of a month is 2026-11."""

    async def talk(site: Site) -> None:
        await site.log_in("小周", StaffRole.CITY)
        assert await site.page(f"{PAGE}?month={month}", status)

    serve(store, tmp_path, talk)


def test_nothing_registered_says_what_to_do(store: Store, tmp_path: Path) -> None:
    """An empty page tells where to begin; the auditor has no form."""

    async def talk(site: Site) -> None:
        await site.log_in("审计员", StaffRole.AUDITOR)
        page = await site.page(PAGE)
        assert "还没有登记任务" in page
        assert "登记并审核" not in page

    serve(store, tmp_path, talk)
