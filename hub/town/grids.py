"""Reads the grids 网格 of a town from GeoJSON (RFC 7946): polygons and multipolygons."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from shapely.errors import ShapelyError
from shapely.geometry import MultiPolygon, shape

from hub.town.town_file import TownError, decoded, valid_row
from schemas.town.register import Grid

GRIDS = "grids.geojson"
UNUSABLE = (ShapelyError, ValueError, TypeError, AttributeError, LookupError, RecursionError)
"""What the library raises for coordinates that are none."""
WORLD = (-180.0, -90.0, 180.0, 90.0)
"""Bounds of WGS-84 in degrees: west, south, east, north."""


def parse_grids(path: Path, content: bytes) -> tuple[Grid, ...]:
    """Return the grids of a GeoJSON file; raises `TownError` with the number of the feature."""
    grids = []
    for _, grid in each_grid(path, content):
        if isinstance(grid, TownError):
            raise grid
        grids.append(grid)
    return tuple(grids)


def each_grid(path: Path, content: bytes) -> Iterator[tuple[int, Grid | TownError]]:
    """Yield each grid with the number of its feature, or the error that makes it unusable."""
    try:
        features = _features(path, content)
    except TownError as error:
        yield 1, error
        return
    for number, feature in enumerate(features, 1):
        try:
            yield number, _grid(path, number, feature)
        except TownError as error:
            yield number, error


def _features(path: Path, content: bytes) -> list[Any]:
    try:
        collection = json.loads(decoded(path, content))
    except json.JSONDecodeError as error:
        detail = f"{path}, line {error.lineno}: no JSON: {error.msg}"
        raise TownError(detail) from error
    except RecursionError as error:
        raise TownError(f"{path}, line 1: no JSON: it is nested too deeply") from error
    features = collection.get("features") if isinstance(collection, dict) else None
    if not isinstance(features, list):
        raise TownError(f"{path}, line 1: expected a FeatureCollection of GeoJSON with features")
    return features


def to_geojson(grids: Iterable[Grid]) -> bytes:
    """Return grids as a FeatureCollection of MultiPolygons, for the map of the overview.

    The geometry of a grid without polygons is null.
    """
    features = [
        {
            "type": "Feature",
            "properties": grid.model_dump(mode="json", exclude={"polygons"}),
            "geometry": {"type": "MultiPolygon", "coordinates": grid.polygons}
            if grid.polygons
            else None,
        }
        for grid in grids
    ]
    collection = {"type": "FeatureCollection", "features": features}
    return json.dumps(collection, ensure_ascii=False, separators=(",", ":")).encode()


def _grid(path: Path, number: int, feature: Any) -> Grid:
    position = f"feature {number}"
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict):
        raise TownError(f"{path}, {position}: expected a Feature with properties")
    row = {name: value for name, value in properties.items() if value is not None}
    # RFC 7946, 3.2: a feature whose place is not known has the geometry null.
    geometry = feature.get("geometry")
    row["polygons"] = _polygons(f"{path}, {position}", geometry) if geometry is not None else []
    return valid_row(path, position, row, Grid)


def _polygons(position: str, geometry: Any) -> list[list[list[tuple[float, float]]]]:
    """Return the coordinates of a geometry as those of a MultiPolygon, without altitudes."""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        raise TownError(f"{position}: the geometry is {kind}; a grid is a Polygon or MultiPolygon")
    if "coordinates" not in geometry:
        raise TownError(f"{position}: the {kind} has no coordinates")
    try:
        area = shape(geometry)
        polygons = list(area.geoms) if isinstance(area, MultiPolygon) else [area]
        rings = [[polygon.exterior, *polygon.interiors] for polygon in polygons]
        lines = [[[(x, y) for x, y, *_ in ring.coords] for ring in those] for those in rings]
    except UNUSABLE as error:
        raise TownError(f"{position}: the coordinates are no {kind}: {error}") from error
    if area.is_empty:
        raise TownError(f"{position}: the {kind} has no coordinates")
    west, south, east, north = area.bounds
    if not (WORLD[0] <= west and WORLD[1] <= south and east <= WORLD[2] and north <= WORLD[3]):
        raise TownError(
            f"{position}: {west:.6g}, {south:.6g} is no longitude and latitude in degrees;"
            " write WGS-84 coordinates (EPSG:4326), longitude first"
        )
    return lines
