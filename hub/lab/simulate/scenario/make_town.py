"""Generates the shipped town 清河县: registers of a fictional county.

The same seed gives the same files. GB/T 2260 does not use the division codes (4299 99 is no
county). Run as `python -m hub.lab.simulate.scenario.make_town FOLDER`.
"""

import csv
import json
import random
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from hub.town.patrols import HOUSEHOLDS, WORKERS
from schemas.category import CATEGORIES, OTHER
from schemas.town.patrol import WorkerKind

COUNTY = "429999"
WEST, SOUTH = 114.90, 30.05
GRID_DEGREES = 0.006
TOWNSHIPS = (
    ("城关街道", ("东门社区", "西门社区", "文昌社区", "北湖社区")),
    ("金湖镇", ("金湖村", "柳林村", "石桥村", "新塘社区")),
    ("白云镇", ("白云村", "双溪村", "枫树村", "云台社区")),
    ("大桥乡", ("大桥村", "青山村", "麦田村", "渡口村")),
)
QUARTERS = (
    *("幸福", "阳光", "锦绣", "书香", "翠湖", "和谐", "滨江", "御景"),
    *("金色", "桂花", "梧桐", "玉兰", "明珠", "安康", "紫荆", "银河"),
)
QUARTER_ENDS = ("小区", "花园", "家园", "苑")
ROADS = (
    *("人民", "解放", "建设", "文昌", "湖滨", "新华", "育才", "迎宾"),
    *("青年", "朝阳", "光明", "团结", "胜利", "东风", "前进", "和平"),
)
ALIASES = {
    "quarter": (
        *("纺织厂宿舍", "粮库家属院", "机械厂大院", "水泥厂家属区", "老供销社院子", "砖瓦厂宿舍"),
        *("化肥厂生活区", "铁路新村", "棉纺二厂宿舍", "老县委大院", "电机厂宿舍", "造船厂家属院"),
    ),
    "road": (
        *("老东街", "后河街", "猪市巷", "柴火巷", "十字街", "洗马池", "老汽车站那条街"),
        *("盐店巷", "缆绳巷", "河堤老路", "糖坊街", "竹器街"),
    ),
}
"""Old names 俗称 by which people still call places; the register has the new names."""
LANDMARKS = ("农贸市场", "中心小学", "卫生院", "文化广场")

BUREAUS = {
    "城管局": ("facility.*", "order.*"),
    "市场监管局": ("market.*",),
    "人社局": ("labour.*",),
    "交通局": ("transport.*",),
    "生态环境局": (
        *("environment.air", "environment.water", "environment.noise"),
        *("environment.radiation", "environment.ecology"),
    ),
    "住建局": ("housing.*",),
    "司法局": ("dispute.land", "legal.service"),
    "民政局": ("welfare.relief", "welfare.veterans", "welfare.civil"),
    "应急局": ("safety.*",),
    "教育局": ("education.*",),
    "卫健局": ("health.*",),
    "农业农村局": ("farming.*",),
    "纪委监委": ("governance.conduct",),
    "政府办": (),
}
"""Duties of the county's bureaus. governance.policy is on no list, so that triage has work.

police.* is on no list either: a rule hands it over to the police.
"""
OUTSIDE = (("OUT-COURT", "县人民法院"), ("OUT-POLICE", "县公安局"), ("OUT-CITY", "市12345热线"))
"""Outside bodies to which cases are handed over."""

TOWNSHIP_DUTIES = ("facility.road", "order.vendor", "order.construction", "safety.hazard")
VILLAGE_DUTIES = (
    "environment.garbage",
    "order.pets",
    "order.advert",
    "dispute.neighbour",
    "dispute.family",
    "housing.property",
    "welfare.wish",
    "facility.streetlight",
)
CLASSES = ("left_behind", "living_alone", "disabled", "low_income", "seriously_ill")
"""Classes of households listed for care: 留守、独居、残疾、低保、重病."""
LISTED = 0.05
"""Share of households that are listed for care."""
GRID_DUTIES = ("welfare.elderly", "order.parking", "safety.fire")


def write_town(folder: Path, seed: int = 1) -> None:
    """Write the register files into `folder`."""
    chance = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    areas, grids, units, places = [(COUNTY, "清河县", "")], [], [], []
    units += [(f"{COUNTY}-{n:02}", name, "county", COUNTY, name) for n, name in enumerate(BUREAUS)]
    units += [(code, name, "county", COUNTY, "outside") for code, name in OUTSIDE]
    quarters = [q + end for end in QUARTER_ENDS for q in QUARTERS]
    roads = [f"{road}{side}路" for side in ("东", "西", "南", "北") for road in ROADS]
    chance.shuffle(quarters)
    chance.shuffle(roads)
    for row, (township, villages) in enumerate(TOWNSHIPS):
        town_code = f"{COUNTY}{row + 1:03}"
        areas.append((town_code, township, COUNTY))
        units.append((town_code, f"{township}综合办", "township", town_code, "township"))
        for column, village in enumerate(villages):
            code = f"{town_code}{column + 1:03}"
            areas.append((code, village, town_code))
            units.append((code, f"{village}两委", "village", code, "village"))
            for part in range(4):
                grid = _grid(code, village, row, column, part, chance)
                grids.append(grid)
                grid_code = grid["properties"]["code"]
                units.append((grid_code, f"{village}{part + 1}网格", "grid", grid_code, "grid"))
                names = [
                    (quarters.pop(), "quarter"),
                    (roads.pop(), "road"),
                    (f"{village[:2]}{LANDMARKS[part]}", "landmark"),
                ]
                places += [
                    (name, kind, code, grid_code, *_point(grid, chance)) for name, kind in names
                ]
    _csv(folder / "areas.csv", ("code", "name", "parent"), areas)
    _csv(folder / "units.csv", ("code", "name", "tier", "area", "unit_type"), units)
    _csv(folder / "duties.csv", ("unit_type", "category", "duty"), _duties())
    place_header = ("name", "kind", "division_code", "grid_code", "lon", "lat", "aliases")
    _csv(folder / "places.csv", place_header, _with_aliases(places, random.Random(seed)))
    text = json.dumps({"type": "FeatureCollection", "features": grids}, ensure_ascii=False)
    (folder / "grids.geojson").write_text(text + "\n", encoding="utf-8")
    properties = [grid["properties"] for grid in grids]
    _csv(folder / WORKERS, ("code", "kind", "grid_code"), _workers(properties))
    header = ("code", "grid_code", "classes")
    _csv(folder / HOUSEHOLDS, header, _households(properties, random.Random(seed)))


def _duties() -> list[tuple[str, str, str]]:
    lists = {"grid": GRID_DUTIES, "village": VILLAGE_DUTIES, "township": TOWNSHIP_DUTIES, **BUREAUS}
    leaves = [code for code in CATEGORIES if code != OTHER]
    lines = [(kind, duty, "own") for kind, duties in lists.items() for duty in duties]
    lines += [("township", leaf, "assisted") for leaf in leaves if leaf.startswith("labour.")]
    return lines


def _grid(
    division: str, village: str, row: int, column: int, part: int, chance: random.Random
) -> dict:  # type: ignore[type-arg]
    west = round(WEST + (column * 2 + part % 2) * GRID_DEGREES, 6)
    south = round(SOUTH + (row * 2 + part // 2) * GRID_DEGREES, 6)
    east, north = round(west + GRID_DEGREES, 6), round(south + GRID_DEGREES, 6)
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {
        "type": "Feature",
        "properties": {
            "code": f"{division}{part + 1:03}",
            "name": f"{village}第{part + 1}网格",
            "division_code": division,
            "households": chance.randint(300, 500),
        },
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def _workers(grids: Sequence[dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
    """Yield a full-time worker for each grid, and a part-time worker for every second grid."""
    for number, grid in enumerate(grids):
        name = f"W{grid['code'][6:]}"
        yield f"{name}-1", WorkerKind.FULL_TIME, grid["code"]
        if number % 2:
            yield f"{name}-2", WorkerKind.PART_TIME, grid["code"]


def _households(
    grids: Sequence[dict[str, Any]], chance: random.Random
) -> Iterator[tuple[str, str, str]]:
    """Yield the households of each grid. Some are listed for care, in one or two classes."""
    for grid in grids:
        for number in range(1, grid["households"] + 1):
            listed = chance.random() < LISTED
            some = chance.sample(CLASSES, 2 if chance.random() < 0.2 else 1) if listed else []
            yield f"H{grid['code'][6:]}-{number:03}", grid["code"], "|".join(sorted(some))


def _with_aliases(
    places: Sequence[tuple[object, ...]], chance: random.Random
) -> list[tuple[object, ...]]:
    """Give each old name to one random quarter or road."""
    alias_of: dict[int, str] = {}
    for kind, aliases in ALIASES.items():
        of_kind = [index for index, place in enumerate(places) if place[1] == kind]
        alias_of |= dict(zip(chance.sample(of_kind, len(aliases)), aliases, strict=True))
    return [(*place, alias_of.get(index, "")) for index, place in enumerate(places)]


def _point(grid: dict, chance: random.Random) -> tuple[float, float]:  # type: ignore[type-arg]
    (west, south), _, (east, north), *_ = grid["geometry"]["coordinates"][0]
    inner = GRID_DEGREES * 0.1
    lon = round(chance.uniform(west + inner, east - inner), 6)
    return lon, round(chance.uniform(south + inner, north - inner), 6)


def _csv(path: Path, header: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    write_town(Path(sys.argv[1]))
