"""A made city 测量用城市: the shipped county many times, each with codes and places of its own.

What a step costs hangs on how many cases are open in one grid, so a city that is measured has to
have as many grids as its cases would lie in.
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

APART = 0.15
"""Degrees between the same corner of two counties."""
ROW = 40
"""Counties in a row from west to east."""
COPIED = ("areas.csv", "units.csv", "places.csv")
CODE = re.compile(rf"\b{COUNTY}(?=[\d-]|\b)")


def write_city(town: Path, folder: Path, counties: int) -> Town:
    """Write the registers of a city of so many counties like `town`; return them."""
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
    told = json.loads((town / "grids.geojson").read_text(encoding="utf-8"))
    grids = [_moved_grid(one, number) for number in range(counties) for one in told["features"]]
    (folder / "grids.geojson").write_text(
        json.dumps(told | {"features": grids}, ensure_ascii=False), encoding="utf-8"
    )
    return load_town(folder)


def county(number: int) -> str:
    """Return the code of a county; the first is the shipped one."""
    return COUNTY if number == 0 else f"{430000 + number}"


def _moved(row: dict[str, str], number: int) -> dict[str, str]:
    if number == 0:
        return row
    made = {name: CODE.sub(county(number), value) for name, value in row.items()}
    if made.get("lon"):
        lon, lat = _moved_point(float(made["lon"]), float(made["lat"]), number)
        # Two counties have no name in common, or each text would name both.
        aliases = "|".join(f"{alias}{number}" for alias in made["aliases"].split("|") if alias)
        made |= {
            "lon": str(lon),
            "lat": str(lat),
            "name": f"{made['name']}{number}",
            "aliases": aliases,
        }
    elif "parent" in made:
        made["name"] += str(number)
    if made.get("unit_type") == "outside":
        made["code"] += f"-{number}"
    return made


def _moved_point(lon: float, lat: float, number: int) -> tuple[float, float]:
    return round(lon + APART * (number % ROW), 6), round(lat + APART * (number // ROW), 6)


def _moved_grid(feature: dict[str, Any], number: int) -> dict[str, Any]:
    if number == 0:
        return feature
    kept = feature["properties"]
    told = {
        name: CODE.sub(county(number), value) if isinstance(value, str) else value
        for name, value in kept.items()
    }
    rings = [
        [list(_moved_point(lon, lat, number)) for lon, lat in ring]
        for ring in feature["geometry"]["coordinates"]
    ]
    return feature | {
        "properties": told,
        "geometry": feature["geometry"] | {"coordinates": rings},
    }
