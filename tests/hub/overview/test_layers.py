"""Layers on the map: premises in a box and numbers of grids, for those who may see registers."""

import random
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlencode

import pytest

from hub.accounts.staff import StaffRole
from hub.overview.layers import CELLS, read_box, read_kinds
from hub.registers.tables import TABLE_COLUMNS
from hub.store.client import Store
from schemas.registers.entry import RegisterKind
from tests.builders.town import TOWN, VILLAGE
from tests.hub.overview.page import Page, serve

COLUMNS = TABLE_COLUMNS[RegisterKind.PREMISES]
BOX = "114.90,30.00,114.92,30.01"
CITY_OF_YINCHUAN = 51_200
ELSEWHERE = "421299002001"


def place(
    code: str, kind: str, lon: float | None, lat: float | None, grid: str = "G1", name: str = "一小"
) -> list[object]:
    """Return the row of premises."""
    division = VILLAGE if grid != "G3" else ELSEWHERE
    return [code, name, kind, "", lon, lat, grid, division, "current", None, "sealed", 1]


def fill(store: Store, codes: Mapping[str, str] = MappingProxyType({})) -> None:
    """Store two schools, a hydrant without coordinates, one outside the box, one of elsewhere.

    `codes` has other codes of the grids.
    """
    rows = [
        place("P1", "学校", 114.9051, 30.0051),
        place("P2", "学校", 114.9151, 30.0051, "G2", "二小"),
        place("P3", "消火栓", None, None),
        place("P4", "消火栓", 115.5, 30.005),
        place("P5", "消火栓", 114.905, 30.002, "G3", "别处"),
    ]
    for row in rows:
        row[6] = codes.get(str(row[6]), row[6])
    store.insert("premises", COLUMNS, rows)
    grids = [
        [codes.get(grid.code, grid.code), grid.name, grid.division_code, 0] for grid in TOWN.grids
    ]
    columns = ["code", "name", "division_code", "households"]
    store.insert("grids", columns, [*grids, ["G3", "别处", ELSEWHERE, 0]])
    people = [
        [
            f"c{number}",
            codes.get("G1", "G1"),
            VILLAGE,
            "",
            ["cared.disabled"] if number < 4 else [],
            "current",
            None,
        ]
        for number in range(120)
    ]
    names = TABLE_COLUMNS[RegisterKind.PEOPLE]
    store.insert("people", names, [[*row, "sealed", 1] for row in people])


def address(kinds: str, box: str = BOX) -> str:
    """Return the address of the premises of some kinds."""
    return f"/api/layers/premises?{urlencode({'kinds': kinds, 'box': box})}"


def test_premises_of_a_box_by_kind(store: Store, tmp_path: Path) -> None:
    """A single one has its name; what has no coordinates is counted, not drawn."""
    fill(store)

    async def talk(page: Page) -> None:
        await page.log_in("主任", StaffRole.CITY)
        kinds = (await page.get("/api/layers"))["rows"]
        assert [(row["kind"], row["premises"], row["unplaced"]) for row in kinds] == [
            ("消火栓", 3, 1),
            ("学校", 2, 0),
        ]
        points = (await page.get(address("学校\n消火栓")))["rows"]
        assert sorted((row["name"], row["lon"]) for row in points) == [
            ("一小", 114.9051),
            ("二小", 114.9151),
            ("别处", 114.905),
        ]
        assert "sealed" not in str(points)

    serve(store, tmp_path, talk)


def test_the_numbers_of_a_grid_hide_a_few_people(store: Store, tmp_path: Path) -> None:
    """Four cared-for people are none of the map; key persons are no layer at all."""
    fill(store)

    async def talk(page: Page) -> None:
        await page.log_in("主任", StaffRole.CITY)
        rows = {row["grid_code"]: row for row in (await page.get("/api/layers/grids"))["rows"]}
        assert rows["G1"]["people"] == 120
        assert rows["G1"]["cared_for"] is None
        assert rows["G1"]["per_thousand"] == 0
        assert rows["G2"]["per_thousand"] is None
        assert "key_persons" not in rows["G1"]

    serve(store, tmp_path, talk)


def test_a_township_sees_its_own_premises(store: Store, tmp_path: Path) -> None:
    """Neither those of others nor their grids, whatever box it names."""
    fill(store)

    async def talk(page: Page) -> None:
        await page.log_in("镇长", StaffRole.TOWNSHIP, "U-T")
        points = (await page.get(address("学校\n消火栓", "-180,-90,180,90")))["rows"]
        assert sum(int(row["premises"]) for row in points) == 3
        assert "别处" not in str(points)
        rows = (await page.get("/api/layers/grids"))["rows"]
        assert {row["grid_code"] for row in rows} == {"G1", "G2"}

    serve(store, tmp_path, talk)


@pytest.mark.parametrize("path", ["/api/layers", "/api/layers/grids", address("学校")])
def test_registers_are_not_public(store: Store, tmp_path: Path, path: str) -> None:
    """Also where the figures are; a unit and a grid worker have none."""
    fill(store)

    async def talk(page: Page) -> None:
        assert (await page.client.get(path)).status == 401
        await page.log_in("局长", StaffRole.UNIT, "U-C")
        assert (await page.client.get(path)).status == 403
        await page.log_in("网格员", StaffRole.GRID_WORKER, "W1")
        assert (await page.client.get(path)).status == 403

    serve(store, tmp_path, talk, public="figures")


def test_many_premises_are_grouped_by_the_server(store: Store, tmp_path: Path) -> None:
    """As many as a large city has: no more points than cells, and none is lost."""
    draw = random.Random(7)
    rows = [
        place(f"P{number}", "消火栓", 114.9 + draw.random() / 50, 30.0 + draw.random() / 100)
        for number in range(CITY_OF_YINCHUAN)
    ]
    store.insert("premises", COLUMNS, rows)

    async def talk(page: Page) -> None:
        await page.log_in("主任", StaffRole.CITY)
        points = (await page.get(address("消火栓")))["rows"]
        assert len(points) <= CELLS * CELLS
        assert sum(int(row["premises"]) for row in points) == CITY_OF_YINCHUAN

    serve(store, tmp_path, talk)


@pytest.mark.parametrize(
    "box",
    [
        "",
        "1,2,3",
        "a,b,c,d",
        "nan,0,1,1",
        "inf,0,1,1",
        "2,0,1,1",
        "0,1,1,0",
        "0,0,181,1",
        "0,0,1,91",
    ],
)
def test_an_invalid_box_is_refused(store: Store, tmp_path: Path, box: str) -> None:
    """With 400, before the store is asked."""
    with pytest.raises(ValueError, match=r".+"):
        read_box(box)

    async def talk(page: Page) -> None:
        await page.log_in("主任", StaffRole.CITY)
        assert (await page.client.get(address("学校", box))).status == 400

    serve(store, tmp_path, talk)


def test_kinds_are_few_and_short() -> None:
    """No kind is the kind of premises without one; a kind may have any sign."""
    assert read_kinds("") == [""]
    assert read_kinds("学校|幼儿园\n工地") == ["学校|幼儿园", "工地"]
    for wrong in ("\n".join("123456789"), "x" * 101):
        with pytest.raises(ValueError, match="kinds"):
            read_kinds(wrong)
