"""The page of a case shows the building it names, as counts, and nothing where it is unsure."""

from datetime import UTC, datetime
from pathlib import Path

from hub.accounts.staff import StaffRole
from hub.registers.tables import TABLE_COLUMNS
from hub.store.client import Store
from hub.workbench.case_page.building import building_of
from schemas.cases.case import Case, Move
from schemas.registers.entry import RegisterKind
from schemas.reports.event import UnifiedEvent
from schemas.topic import CASES, EVENTS
from streams.town.dwelling_address import parse_dwelling
from tests.builders.commands import ask
from tests.builders.stored import keep
from tests.builders.town import VILLAGE, event
from tests.hub.workbench.search.test_search import case_of, fill
from tests.hub.workbench.site import Site, serve

KINDS = ("rented", "rented", "own", "vacant")


def register(store: Store, grid: str, *estates: str) -> None:
    """Store a building 3 of four dwellings for each estate, and a household in two of them."""
    dwellings, households = [], []
    for estate in estates:
        for number, kind in enumerate(KINDS):
            code = f"{estate}-{number}"
            where = (code, f"{estate}3号楼", estate, "3", "1", f"{number + 1}01")
            dwellings.append([*where, kind, None, None, grid, VILLAGE, "current", None, "", 1])
        for number in range(2):
            code = f"{estate}-{number}"
            households.append([code, code, grid, VILLAGE, "current", None, "", 1])
    for kind, rows in (
        (RegisterKind.DWELLINGS, dwellings),
        (RegisterKind.HOUSEHOLDS, households),
    ):
        store.insert(kind, TABLE_COLUMNS[kind], rows)


def report(native_id: str, title: str) -> UnifiedEvent:
    """Return a report with a title that names the place."""
    document = event(native_id, content="楼上漏水，物业不管")
    # The page counts those of the last twelve months.
    return document.model_copy(update={"title": title, "received_at": datetime.now(UTC)})


def accepted(store: Store, document: UnifiedEvent) -> Case:
    """Store the case of a report, accepted by its unit."""
    state = fill(store, document)
    effects = ask(state, case_of(state, document.native_id), Move.ACCEPT)
    keep(store, CASES.name, *effects.case_events)
    return case_of(state, document.native_id)


def test_the_unit_sees_the_building_as_counts(store: Store, tmp_path: Path) -> None:
    """Uses, households, and other reports of the building in twelve months; no person."""
    document = report("n1", "幸福小区三号楼1单元漏水")
    case = accepted(store, document)
    register(store, case.grid_code or "", "幸福小区")
    others = [report("n8", "我家住幸福小区3栋，停水了"), report("n9", "幸福小区4栋停水了")]
    keep(store, EVENTS.name, *others)

    async def talk(site: Site) -> None:
        await site.log_in("所长", StaffRole.UNIT, "U-T")
        page = await site.page(f"/cases/{case.number}")
        part = page[page.index("按房屋台账") - 60 :]
        assert "幸福小区3号楼1单元" in part
        assert "4（自住 1，出租 2，空置 1）" in part
        assert "<dt>户数</dt><dd>2</dd>" in part
        assert "<dt>本楼近十二个月其他诉求</dt><dd>1</dd>" in part

    serve(store, tmp_path, talk)


def test_an_unsure_building_is_not_shown(store: Store, tmp_path: Path) -> None:
    """The register has only another estate that ends alike, in another grid even the same one."""
    case = accepted(store, report("n1", "新幸福小区3号楼漏水"))
    register(store, case.grid_code or "", "幸福小区")
    register(store, "G-other", "新幸福小区")

    async def talk(site: Site) -> None:
        await site.log_in("所长", StaffRole.UNIT, "U-T")
        assert "按房屋台账" not in await site.page(f"/cases/{case.number}")

    serve(store, tmp_path, talk)


def test_one_name_in_two_grids_is_not_certain() -> None:
    """A case without a grid shows nothing then."""
    address = parse_dwelling("幸福小区3号楼")
    assert address is not None
    row = {"estate": "幸福小区", "grid_code": "G1", "kind": "own", "dwellings": 2, "households": 1}
    certain = building_of(address, [row, {**row, "kind": "", "dwellings": 1}])
    assert certain is not None
    assert (certain.dwellings, certain.households) == (3, 2)
    assert certain.kinds == (("自住", 2), ("用途未登记", 1))
    assert building_of(address, [row, {**row, "grid_code": "G2"}]) is None
    assert building_of(address, []) is None
