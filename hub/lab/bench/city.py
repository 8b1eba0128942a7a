"""A synthetic city 测量用城市: many copies of the shipped county, with different codes and places.

The cost of a step depends on the number of open cases in one grid. So a city for a benchmark must
have as many grids as a real city with that many cases.
"""

import csv
import io
import json
import re
import shutil
from pathlib import Path
from typing import Any

from hub.lab.simulate.scenario.make_town import COUNTY
from hub.town.registers import load_town
from schemas.town.town import Town

COUNTY_SPACING = 0.15
"""Degrees between the same corners of two neighbouring counties."""
ROW_LENGTH = 40
"""Counties from west to east in each row."""
FIRST_PROVINCE, PREFECTURES = 51, 99
"""First two digits of the first copy's code, and number of prefectures in a province."""
COPIED = ("areas.csv", "units.csv", "places.csv")
CODE = re.compile(rf"\b{COUNTY}(?=[\d-]|\b)")


def write_city(town: Path, folder: Path, counties: int) -> Town:
    """Write the registers of a city of `counties` copies of `town` into `folder`; return them."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in town.iterdir():
        shutil.copy(path, folder)
    for name in COPIED:
        rows = list(csv.DictReader(io.StringIO((town / name).read_text(encoding="utf-8"))))
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            out = csv.DictWriter(file, list(rows[0]))
            out.writeheader()
            for number in range(counties):
                out.writerows(_moved(row, number) for row in rows)
    document = json.loads((town / "grids.geojson").read_text(encoding="utf-8"))
    features = document["features"]
    grids = [_moved_grid(feature, number) for number in range(counties) for feature in features]
    (folder / "grids.geojson").write_text(
        json.dumps(document | {"features": grids}, ensure_ascii=False), encoding="utf-8"
    )
    return load_town(folder)


def county(number: int) -> str:
    """Return the division code of a county; number 0 is the shipped one.

    Each county is in a prefecture of its own, so that the counties are spread over the partitions.
    """
    province, prefecture = divmod(number - 1, PREFECTURES)
    return COUNTY if number == 0 else f"{FIRST_PROVINCE + province}{prefecture + 1:02d}01"


def _moved(row: dict[str, str], number: int) -> dict[str, str]:
    if number == 0:
        return row
    copied = {name: CODE.sub(county(number), value) for name, value in row.items()}
    if copied.get("lon"):
        lon, lat = _moved_point(float(copied["lon"]), float(copied["lat"]), number)
        # Names differ between counties, or a text would name places in all of them.
        aliases = "|".join(f"{alias}{number}" for alias in copied["aliases"].split("|") if alias)
        copied |= {
            "lon": str(lon),
            "lat": str(lat),
            "name": f"{copied['name']}{number}",
            "aliases": aliases,
        }
    elif "parent" in copied:
        copied["name"] += str(number)
    if copied.get("unit_type") == "outside":
        copied["code"] += f"-{number}"
    return copied


def _moved_point(lon: float, lat: float, number: int) -> tuple[float, float]:
    return round(lon + COUNTY_SPACING * (number % ROW_LENGTH), 6), round(
        lat + COUNTY_SPACING * (number // ROW_LENGTH), 6
    )


def _moved_grid(feature: dict[str, Any], number: int) -> dict[str, Any]:
    if number == 0:
        return feature
    properties = feature["properties"]
    document = {
        name: CODE.sub(county(number), value) if isinstance(value, str) else value
        for name, value in properties.items()
    }
    rings = [
        [list(_moved_point(lon, lat, number)) for lon, lat in ring]
        for ring in feature["geometry"]["coordinates"]
    ]
    return feature | {
        "properties": document,
        "geometry": feature["geometry"] | {"coordinates": rings},
    }
