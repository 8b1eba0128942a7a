"""The pages of grids 一格一档: counts of the registers, for the area of the member."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from hub.accounts.staff import StaffRole
from hub.publish.followed import follow_people
from hub.registers.catalogue import REGISTERS
from hub.registers.stored import EntrySealer
from hub.registers.tables import VERSION_COLUMNS
from hub.security.sealing import Sealer
from hub.store.client import Store
from hub.store.registers import store_registers
from schemas.registers.dwelling import Dwelling, DwellingKind
from schemas.registers.entry import Person, Premises, RegisterKind
from schemas.registers.person_class import PersonClass
from schemas.town.patrol import Does, Every, Patrols, Plan, Whom
from tests.builders.register_files import id_number
from tests.builders.town import TOWN, VILLAGE
from tests.hub.workbench.site import Site, latin_words, serve


@pytest.fixture
def registers(store: Store) -> Store:
    """Return a store with two grids, two people, three dwellings and a school."""
    columns = ["code", "name", "division_code", "households"]
    elsewhere = ["G3", "别处网格", "421299002001", 0]
    rows = [[grid.code, grid.name, grid.division_code, 0] for grid in TOWN.grids]
    store.insert("grids", columns, [*rows, elsewhere])
    people = (
        Person(
            id_number=id_number(1),
            name="王小明",
            grid_code="G1",
            household="H1",
            classes=(PersonClass.LIVES_ALONE, PersonClass.RELEASED),
        ),
        Person(id_number=id_number(2), name="李小红", grid_code="G1", household="H1"),
    )
    school = Premises(code="P1", name="一小", grid_code="G1", kind="学校")
    flats = tuple(
        Dwelling(
            code=f"F{each}", grid_code="G1", address="幸福小区3栋", kind=kind, contact="赵大山"
        )
        for each, kind in enumerate(
            (DwellingKind.RENTED, DwellingKind.SHARED, DwellingKind.UNSTATED)
        )
    )
    filled = {
        RegisterKind.PEOPLE: people,
        RegisterKind.PREMISES: (school,),
        RegisterKind.DWELLINGS: flats,
    }
    for kind, entries in filled.items():
        register = REGISTERS[kind]
        sealer = EntrySealer(register, Sealer(bytes(32)))
        lines = [sealer.row(entry, VILLAGE, 1) for entry in entries]
        store.insert(kind, register.table_columns, lines)
    line = ["people", 1, datetime(2026, 11, 29, tzinfo=UTC), "li", "full", [], [], 2, 2, 0, 0, 0, 0]
    store.insert("register_versions", VERSION_COLUMNS, [line])
    return store


def test_the_list_has_each_grid_and_the_sum(registers: Store, tmp_path: Path) -> None:
    """With the day of the register, and without a code of the program."""

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.CITY)
        page = await site.page("/work/grids")
        assert "人口台账更新于 2026-11-29" in page
        assert "3 个网格" in page
        assert [name in page for name in ("一网格", "二网格", "别处网格")] == [True] * 3
        assert set(latin_words(page)) <= {"G1", "G2", "G3"}
        assert "别处网格" not in await site.page("/work/grids?area=421299001")
        assert "没有网格" in await site.page("/work/grids?area=999")

    serve(registers, tmp_path, talk)


def test_a_grid_shows_counts_and_no_person(registers: Store, tmp_path: Path) -> None:
    """Classes, uses of dwellings and kinds of premises; a link leads to its open cases."""

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.CITY)
        page = await site.page("/work/grids/G1")
        for text in ("独居老人", "刑满释放人员", "学校", "/work/queues/open?area=G1"):
            assert text in page
        for name, count in (("房屋", 3), ("出租房屋", 2), ("群租", 1), ("用途未登记", 1)):
            assert f"<dt>{name}</dt><dd>{count}</dd>" in page
        assert not any(hidden in page for hidden in ("王小明", "赵大山", "幸福小区"))
        assert id_number(1) not in page
        await site.page("/work/grids/none", 404)

    serve(registers, tmp_path, talk)


def test_a_township_sees_its_own_grids(registers: Store, tmp_path: Path) -> None:
    """Those of others are neither listed nor summed, and not found by their address."""

    async def talk(site: Site) -> None:
        await site.log_in("镇长", StaffRole.TOWNSHIP, "U-T")
        page = await site.page("/work/grids")
        assert "2 个网格" in page
        assert "别处网格" not in page
        await site.page("/work/grids/G3", 404)
        await site.page("/work/grids/G1")

    serve(registers, tmp_path, talk)


def test_a_grid_shows_visits_by_class(registers: Store, tmp_path: Path) -> None:
    """Of fewer than five people only how many they are."""
    plan = Plan(
        id="alone-weekly",
        name="独居老人每周走访",
        does=Does.VISIT,
        every=Every.WEEK,
        whom=Whom.PEOPLE,
        classes=("cared.lives_alone",),
        since=date(2020, 1, 1),
    )
    store_registers(registers, TOWN, Patrols((), (), (plan,), (1,)), datetime.now(UTC))
    registers.command("ALTER TABLE people_followed MODIFY COMMENT 'none'")
    follow_people(registers, date(2020, 1, 1))

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.CITY)
        page = await site.page("/work/grids/G1")
        assert "独居老人每周走访" in page
        assert "不足 5 人，不显示" in page
        assert "没有按人员类别的走访计划" in await site.page("/work/grids/G2")

    serve(registers, tmp_path, talk)
