"""The page of a case shows the firm that its reports name, its history, and the choice."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.accounts.audit import AuditAction
from hub.accounts.staff import StaffRole
from hub.store.client import Store
from schemas.cases.case import Case, Move
from schemas.channel import Channel
from schemas.topic import CASES
from streams.case.state import PartitionState
from tests.builders.commands import ask
from tests.builders.firms import (
    RegisteredFirm,
    forget_firms,
    load_firms,
    load_premises,
    look_for_firms,
    received,
)
from tests.builders.stored import keep
from tests.builders.town import VILLAGE, event
from tests.hub.registers.test_firms import complaint
from tests.hub.workbench.search.test_search import case_of, fill
from tests.hub.workbench.site import Site, latin_words, serve

WANG = RegisteredFirm(1, "云溪县老王烧烤店", grid=f"{VILLAGE}01", address="人民路12号")
OTHER = WANG._replace(number=3, address="人民路88号")
AWAY = RegisteredFirm(4, "云溪县周记卤味店", grid="42129900200101")


@pytest.fixture(autouse=True)
def _no_register(store: Store) -> Iterator[None]:
    forget_firms(store)
    yield
    forget_firms(store)


def complained(store: Store, *names: str) -> list[Case]:
    """Store complaints about firms, each a case of its own, and look for the firms."""
    documents = [
        received(complaint(str(number), name, category=category), 3)
        for number, (name, category) in enumerate(
            zip(names, ("market.food", "market.price", "market.consumer"), strict=False)
        )
    ]
    state = fill(store, *documents)
    look_for_firms(store, now=datetime.now(UTC))
    return [case_of(state, document.native_id, document.channel) for document in documents]


def test_the_firm_stands_on_the_case_with_its_history(store: Store, tmp_path: Path) -> None:
    """Name, kind, place, reports by channel, and the other case; an auditor cannot choose."""
    load_firms(store, WANG)
    first, second = complained(store, "老王烧烤", "老王燒烤店")

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.CITY)
        page = await site.page(f"/cases/{first.number}")
        assert "涉及主体" in page
        assert "云溪县老王烧烤店" in page
        assert "个体工商户 · 餐饮业 · 人民路12号" in page
        assert "近十二个月 2 件诉求" in page
        assert f'href="/cases/{second.number}"' in page
        assert not latin_words(page.replace(WANG.code, "").replace(first.number, ""))
        await site.log_in("督查员", StaffRole.AUDITOR)
        page = await site.page(f"/cases/{first.number}")
        assert "云溪县老王烧烤店" in page
        assert f"/cases/{first.number}/firm" not in page

    serve(store, tmp_path, talk)


def test_a_choice_is_audited_and_wins(store: Store, tmp_path: Path) -> None:
    """Two shops have one name; the member's choice counts, and he may take it back."""
    load_firms(store, WANG, OTHER)
    (case,) = complained(store, "老王烧烤")
    address = f"/cases/{case.number}/firm"

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.CITY)
        page = await site.page(f"/cases/{case.number}")
        assert "可能是以下主体" in page
        assert page.count('name="code"') == 3
        answer = await site.send(address, written="老王烧烤", code=OTHER.code)
        assert answer.status == 303
        page = await site.page(f"/cases/{case.number}")
        assert "由主任认定" in page
        assert "人民路88号" in page
        await site.send(address, written="老王烧烤", other=WANG.code.lower())
        assert store.rows("SELECT firm FROM firm_reports") == [(WANG.code,)]
        await site.send(address, written="老王烧烤", code="none")
        assert "不是台账中的主体" in await site.page(f"/cases/{case.number}")
        assert store.rows("SELECT firm FROM firm_reports") == []
        lines = [line for line in site.audit() if line[0] == AuditAction.FIRM_CHOICE]
        assert [line[4] for line in lines] == [
            f"老王烧烤: {OTHER.code}",
            f"老王烧烤: {WANG.code}",
            "老王烧烤: none of the register",
        ]

    serve(store, tmp_path, talk)


def test_a_choice_of_nothing_or_of_no_firm_is_refused(store: Store, tmp_path: Path) -> None:
    """An unknown code, an empty form, and a name that the case does not have."""
    load_firms(store, WANG)
    (case,) = complained(store, "老李烧烤")
    address = f"/cases/{case.number}/firm"

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.CITY)
        for fields, words in (
            ({"written": "老李烧烤", "other": "91429999MA00000018"}, "没有这个统一社会信用代码"),
            ({"written": "老李烧烤"}, "请选一个主体"),
            ({"written": "别的店", "code": WANG.code}, "没有这个名称"),
        ):
            answer = await site.send(address, **fields)
            assert answer.status == 400
            assert words in await answer.text()
        await site.log_in("督查员", StaffRole.AUDITOR)
        assert (await site.send(address, written="老李烧烤", code=WANG.code)).status == 403
        assert store.rows("SELECT count() FROM firm_choices") == [(0,)]

    serve(store, tmp_path, talk)


def test_a_township_sees_the_firms_of_its_area(store: Store, tmp_path: Path) -> None:
    """A firm of another township is on its case, but its register is not the township's."""
    load_firms(store, WANG, AWAY)
    store.command(
        "ALTER TABLE firms UPDATE division_code = substring(grid_code, 1, 12) WHERE 1"
        " SETTINGS mutations_sync = 2"
    )
    near, away = complained(store, "老王烧烤", "云溪县周记卤味店")

    async def talk(site: Site) -> None:
        await site.log_in("镇长", StaffRole.TOWNSHIP, "U-T")
        assert "人民路12号" in await site.page(f"/cases/{near.number}")
        assert "涉及主体" not in await site.page(f"/cases/{away.number}")
        answer = await site.send(f"/cases/{near.number}/firm", written="老王烧烤", other=AWAY.code)
        assert answer.status == 400

    serve(store, tmp_path, talk)


def test_a_unit_counts_its_own_cases(store: Store, tmp_path: Path) -> None:
    """The unit of one case does not learn of the cases of others, nor of other areas' firms."""
    load_firms(store, WANG, AWAY)
    store.command(
        "ALTER TABLE firms UPDATE division_code = substring(grid_code, 1, 12) WHERE 1"
        " SETTINGS mutations_sync = 2"
    )
    lamp = received(complaint("a", "老王烧烤", category="facility.streetlight"), 3)
    food = received(complaint("b", "老王烧烤店", category="market.food"), 2)
    state: PartitionState = fill(store, lamp, food)
    look_for_firms(store, now=datetime.now(UTC))
    case = case_of(state, "a", lamp.channel)
    keep(store, CASES.name, *ask(state, case, Move.ACCEPT).case_events)

    async def talk(site: Site) -> None:
        await site.log_in("所长", StaffRole.UNIT, "U-T")
        page = await site.page(f"/cases/{case.number}")
        assert "近十二个月 1 件诉求" in page
        answer = await site.send(f"/cases/{case.number}/firm", written="老王烧烤", other=AWAY.code)
        assert answer.status == 400, "a unit reads no entry of another area by its code"
        await site.log_in("主任", StaffRole.CITY)
        assert "近十二个月 2 件诉求" in await site.page(f"/cases/{case.number}")

    serve(store, tmp_path, talk)


def test_a_confidential_report_shows_no_firm(store: Store, tmp_path: Path) -> None:
    """Who is accused in confidence is on no page of a firm."""
    load_firms(store, WANG)
    document = complaint("a", "老王烧烤", confidential=True)
    state = fill(store, document)
    look_for_firms(store)
    case = case_of(state, "a", document.channel)

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.CITY)
        assert "涉及主体" not in await site.page(f"/cases/{case.number}")

    serve(store, tmp_path, talk)


def test_the_premises_of_a_case_are_shown(store: Store, tmp_path: Path) -> None:
    """Named in the words, with the distance; of several with one name that are near, none."""
    load_premises(
        store, [("P1", "阳光小学", 114.9052, 30.005), ("P2", "阳光小学分校", 114.95, 30.0)]
    )
    document = event("a", content="阳光小学门口的路灯不亮", channel=Channel.OPEN311)
    case = case_of(fill(store, document), "a", document.channel)

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.CITY)
        page = await site.page(f"/cases/{case.number}")
        assert "涉及场所" in page
        assert "诉求中写到，相距 19 米" in page
        load_premises(store, [("P3", "阳光小学", 114.9051, 30.005)])
        assert "涉及场所" not in await site.page(f"/cases/{case.number}")

    serve(store, tmp_path, talk)
