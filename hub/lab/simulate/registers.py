"""Invented base registers 虚构台账: a few entries of each register for each grid of a town.

They are written as files and loaded like those of an office, so the demo shows what a city sees.
"""

import csv
import math
import random
import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from stdnum.cn.uscc import calc_check_digit

from hub.lab.simulate.language.people import AREA, draw_person
from hub.lab.simulate.language.thing import NAMES
from hub.registers.catalogue import REGISTERS
from hub.registers.check import Finding
from hub.registers.grids import KnownGrids
from hub.registers.load import RegisterLoad, Terms
from hub.registers.rows import inspect
from hub.registers.stored import EntrySealer
from hub.registers.tables import RegisterTables
from hub.security.sealing import Sealer
from hub.store.client import Store
from schemas.registers.entry import RegisterKind
from schemas.registers.person_class import CARED_FOR, CLASS_NAMES
from schemas.town.register import Grid, PlaceName
from schemas.town.town import Town

SEED = 20260001
"""Seed of the registers of the demo: its reports name firms of them."""
MOST_PEOPLE = 2_000
MOST_OF_GRID = 30
PEOPLE_OF_FIRM, PEOPLE_OF_PREMISES, PEOPLE_OF_HOUSEHOLD = 8, 6, 3
"""People for each firm, place and household."""
FLATS_OF_BUILDING, HOUSEHOLDS_OF_VACANT = 6, 5
LET_SHARE = 0.2
APART = 0.0006
"""Degrees between two premises beside a place: about 65 m."""
CARED_SHARE, KEY_SHARE, LEFT_SHARE = 0.25, 0.01, 0.02
"""More cared-for people than a city has: of fewer than five in a grid nothing would be shown."""
WHO = "simulate"
TRADES = ("小吃店", "便利店", "理发店", "五金店", "药店", "诊所", "汽修店", "服装店")
KINDS = ("消火栓", "学校", "工地", "公厕", "菜市场", "停车场", "养老院", "健身点")
CARED_NAMES = [name for kind, name in CLASS_NAMES.items() if kind.startswith(CARED_FOR)]
KEY_NAMES = [name for kind, name in CLASS_NAMES.items() if not kind.startswith(CARED_FOR)]
Fields = Mapping[str, str]


def draw_registers(town: Town, seed: int) -> dict[RegisterKind, list[Fields]]:
    """Return the rows of each register by field; the same seed gives the same rows."""
    draw = random.Random(seed)
    of_grid = max(1, min(MOST_OF_GRID, MOST_PEOPLE // max(1, len(town.grids))))
    rows: dict[RegisterKind, list[Fields]] = {kind: [] for kind in RegisterKind}
    numbers: set[str] = set()
    places = {place.grid_code: place for place in town.places if place.lon is not None}
    for grid in town.grids:
        for fields in _people(draw, grid, of_grid):
            if fields["id_number"] not in numbers:
                numbers.add(fields["id_number"])
                rows[RegisterKind.PEOPLE].append(fields)
        for fields in _dwellings(draw, grid, of_grid):
            rows[RegisterKind.DWELLINGS].append(fields)
        for fields in _households(draw, grid, of_grid):
            rows[RegisterKind.HOUSEHOLDS].append(fields)
        for _ in range(1 + of_grid // PEOPLE_OF_FIRM):
            number = len(rows[RegisterKind.FIRMS])
            rows[RegisterKind.FIRMS].append(_firm(draw, grid, number))
        for _ in range(1 + of_grid // PEOPLE_OF_PREMISES):
            number = len(rows[RegisterKind.PREMISES])
            spot = _beside(places.get(grid.code), number)
            rows[RegisterKind.PREMISES].append({**_premises(draw, grid, number), **spot})
    return rows


def drawn_firms(town: Town) -> list[Fields]:
    """Return the firms that the demo's register of this town has."""
    return draw_registers(town, SEED)[RegisterKind.FIRMS]


def _people(draw: random.Random, grid: Grid, count: int) -> Iterator[Fields]:
    for number in range(count):
        person, share = draw_person(draw), draw.random()
        classes = draw.choice(KEY_NAMES) if share < KEY_SHARE else ""
        if KEY_SHARE <= share < KEY_SHARE + CARED_SHARE:
            classes = "|".join(draw.sample(CARED_NAMES, draw.randint(1, 2)))
        yield {
            "id_number": person.id_number,
            "name": person.name,
            "grid_code": grid.code,
            "classes": classes,
            "standing": "迁出" if draw.random() < LEFT_SHARE else "在册",
            "household": _household_code(grid, number // PEOPLE_OF_HOUSEHOLD),
            "address": _flat(grid, number // PEOPLE_OF_HOUSEHOLD),
            "phone": person.phone,
        }


def _dwellings(draw: random.Random, grid: Grid, people: int) -> Iterator[Fields]:
    """Yield a dwelling for each household of a grid, and vacant ones."""
    households = math.ceil(people / PEOPLE_OF_HOUSEHOLD)
    for number in range(households + households // HOUSEHOLDS_OF_VACANT):
        owner = draw_person(draw)
        is_let = draw.random() < LET_SHARE
        yield {
            "code": _dwelling_code(grid, number),
            "grid_code": grid.code,
            "address": _flat(grid, number),
            "kind": "空置" if number >= households else "出租" if is_let else "自住",
            "contact": owner.name,
            "phone": owner.phone,
        }


def _households(draw: random.Random, grid: Grid, people: int) -> Iterator[Fields]:
    for number in range(math.ceil(people / PEOPLE_OF_HOUSEHOLD)):
        yield {
            "code": _household_code(grid, number),
            "grid_code": grid.code,
            "dwelling": _dwelling_code(grid, number),
            "contact": draw_person(draw).name,
        }


def _household_code(grid: Grid, number: int) -> str:
    return f"{grid.code}-{number:03}"


def _dwelling_code(grid: Grid, number: int) -> str:
    return f"{grid.code}-F{number:03}"


def _flat(grid: Grid, number: int) -> str:
    """Return the address of a dwelling: two units of three floors in each building."""
    building, flat = divmod(number, FLATS_OF_BUILDING)
    return f"{grid.name}{1 + building}号楼{1 + flat // 3}单元{1 + flat % 3}01室"


def _firm(draw: random.Random, grid: Grid, number: int) -> Fields:
    body, owner = f"92{AREA}MA{number:07}", draw_person(draw)
    trade = draw.choice(TRADES)
    first, second = NAMES
    brand = f"{first[number % len(first)]}{second[number // len(first) % len(second)]}"
    return {
        "code": f"{body}{calc_check_digit(body)}",
        "name": f"{brand if number % 3 else f'{owner.name[0]}记'}{trade}",
        "grid_code": grid.code,
        "kind": "个体工商户",
        "industry": "批发和零售业" if trade.endswith("店") else "居民服务业",
        "address": f"{grid.name}沿街{draw.randint(1, 60)}号",
        "contact": owner.name,
        "phone": owner.phone,
    }


def _beside(place: PlaceName | None, number: int) -> Fields:
    """Return coordinates some steps north of a place; none where no place is known."""
    if place is None or place.lon is None or place.lat is None:
        return {}
    return {"lon": f"{place.lon:.6f}", "lat": f"{place.lat + APART * (number % 5):.6f}"}


def _premises(draw: random.Random, grid: Grid, number: int) -> Fields:
    kind = draw.choice(KINDS)
    return {
        "code": f"P-{number:05}",
        "name": f"{grid.name}{kind}",
        "grid_code": grid.code,
        "kind": kind,
        "address": f"{grid.name}{draw.randint(1, 60)}号",
        **_point_in(draw, grid),
    }


def _point_in(draw: random.Random, grid: Grid) -> Fields:
    """Return a point near the middle of a grid; a grid without a shape has none."""
    ring = [point for polygon in grid.polygons for point in polygon[0]]
    if not ring:
        return {}
    lons, lats = zip(*ring, strict=True)
    return {
        name: f"{min(sides) + (max(sides) - min(sides)) * draw.uniform(0.2, 0.8):.6f}"
        for name, sides in (("lon", lons), ("lat", lats))
    }


def people_to_visit(town: Town, sealer: Sealer, seed: int) -> dict[str, str]:
    """Return the grids of the drawn people who have a class, by their codes in the register."""
    codes = EntrySealer(REGISTERS[RegisterKind.PEOPLE], sealer)
    return {
        codes.code_of(person["id_number"]): person["grid_code"]
        for person in draw_registers(town, seed)[RegisterKind.PEOPLE]
        if person["classes"] and person["standing"] == "在册"
    }


def load_drawn_registers(
    store: Store, town: Town, sealer: Sealer, seed: int, now: datetime
) -> dict[RegisterKind, int]:
    """Load invented registers into a store that this process may change; return their sizes.

    Raises `RegisterError` if the check refuses what was drawn.
    """
    sizes = {}
    with tempfile.TemporaryDirectory() as folder:
        for kind, rows in draw_registers(town, seed).items():
            register, path = REGISTERS[kind], Path(folder) / f"{kind}.csv"
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(column.headers[0] for column in register.columns)
                for row in rows:
                    writer.writerow(row.get(column.field, "") for column in register.columns)
            findings: list[Finding] = []
            load = RegisterLoad(
                register,
                RegisterTables(store),
                EntrySealer(register, sealer),
                KnownGrids(town),
                findings.append,
            )
            loaded = load.run([inspect(path)], Terms(), WHO, lambda: now, lambda _: None)
            sizes[kind] = loaded.difference.after
    return sizes
