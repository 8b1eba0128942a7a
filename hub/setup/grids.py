"""The grids 网格 of a city: from GeoJSON, from a Shapefile, or one for each community."""

import json
import struct
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import shapefile

from hub.town.columns import column_of
from hub.town.grids import parse_grids
from hub.town.town_file import TownError, decoded
from schemas.reports.fact import Datum
from schemas.town.register import Area, Grid
from streams.town.locate import to_wgs84

VILLAGE_DIGITS = 12
ONLY_GRID = "001"
"""Last digits of the only grid of a community."""
FIELDS = dict.fromkeys(("code", "name", "division_code", "households"))
CHARSETS = ("utf-8", "gb18030")
UNREADABLE = (
    shapefile.ShapefileException,
    struct.error,
    OSError,
    ValueError,
    LookupError,
    TypeError,
)
"""What the library raises for a file that is cut, foreign, or in another charset."""


def grids_of_communities(areas: Iterable[Area]) -> tuple[Grid, ...]:
    """Return one grid without a shape for each village and community."""
    return tuple(
        Grid(code=f"{area.code}{ONLY_GRID}", name=f"{area.name}网格", division_code=area.code)
        for area in areas
        if len(area.code) == VILLAGE_DIGITS
    )


def read_grids(path: Path, areas: Sequence[Area], datum: Datum) -> tuple[Grid, ...]:
    """Return the grids of a .geojson, .json or .shp file, in WGS-84; raises `TownError`.

    A feature names its grid by `code` or 网格编码, and so on. Its community may be missing where
    the code begins with it.
    """
    features = _shapefile(path) if path.suffix.lower() == ".shp" else _geojson(path)
    known = {area.code for area in areas}
    try:
        ours = [_feature(feature, known, datum) for feature in features]
        content = json.dumps({"type": "FeatureCollection", "features": ours}).encode()
    except RecursionError as error:
        raise TownError(f"{path}: its coordinates are nested too deeply") from error
    return parse_grids(path, content)


def _geojson(path: Path) -> list[Any]:
    try:
        collection = json.loads(decoded(path, path.read_bytes()))
    except OSError as error:
        raise TownError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise TownError(f"{path} is no GeoJSON: {error}") from error
    features = collection.get("features") if isinstance(collection, dict) else None
    if not isinstance(features, list):
        raise TownError(
            f"{path} is no FeatureCollection; export it as GeoJSON from the map program"
        )
    return features


def _shapefile(path: Path) -> list[Any]:
    """Return the features of a Shapefile; its texts are in the charset of .cpg, UTF-8 or GBK."""
    projection = path.with_suffix(".prj")
    if projection.is_file() and projection.read_text("utf-8", "replace").startswith("PROJCS"):
        raise TownError(f"{path} has projected coordinates; export it in WGS-84 (EPSG:4326)")
    faults = []
    for charset in CHARSETS:
        try:
            with shapefile.Reader(str(path), encoding=charset) as reader:
                return [entry.__geo_interface__ for entry in reader.iterShapeRecords()]
        except UNREADABLE as error:
            faults.append(str(error).split("\n")[0][:200])
    raise TownError(
        f"{path} is no Shapefile with .shp, .shx and .dbf beside each other, in UTF-8 or GBK:"
        f" {faults[-1]}"
    )


def _feature(feature: Any, areas: set[str], datum: Datum) -> Any:
    """Return a feature with our names, its community, and WGS-84 coordinates."""
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict):
        return feature
    row = {column_of(str(name), FIELDS): value for name, value in properties.items()}
    row = {name: _text(value) for name, value in row.items() if name in FIELDS}
    community = str(row.get("code", ""))[:VILLAGE_DIGITS]
    if not row.get("division_code") and community in areas:
        row["division_code"] = community
    row = {name: value for name, value in row.items() if value not in (None, "")}
    row.setdefault("name", row.get("code", ""))
    geometry = feature.get("geometry")
    if datum is not Datum.WGS84 and isinstance(geometry, dict):
        geometry = {**geometry, "coordinates": _turned(geometry.get("coordinates"), datum)}
    return {"type": "Feature", "properties": row, "geometry": geometry}


def _text(value: Any) -> Any:
    """Return a code that a map program keeps as a number as text; nothing for other values."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return (
        str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
    )


def _turned(coordinates: Any, datum: Datum) -> Any:
    """Return coordinates of any depth, each pair turned to WGS-84; points outside China stay."""
    if not isinstance(coordinates, list | tuple):
        return coordinates
    if len(coordinates) >= 2 and all(isinstance(each, int | float) for each in coordinates[:2]):
        return to_wgs84(float(coordinates[0]), float(coordinates[1]), datum) or coordinates
    return [_turned(each, datum) for each in coordinates]
