"""Queries of the layers on the map 地图图层: premises in a box, and the numbers of each grid. Pure.

The server groups premises that lie close together, so a map of 51,200 premises is as quick to draw
as one of fifty.
"""

import math
from typing import Any, NamedTuple

from hub.accounts.permissions import Scope

CELLS = 24
"""Cells of a box in each direction: at most one point for each kind and cell."""
MOST_KINDS = 8
LONGEST_KIND = 100
FEWEST = 5
"""Fewer cared-for people of a grid are no number of the map: it hangs on a wall."""
FEWEST_FOR_SHARE = 100
"""People of a grid below whom cases per 1,000 people say nothing."""
KINDS = """
SELECT kind, count() AS premises, countIf(lon IS NULL OR lat IS NULL) AS unplaced
FROM premises FINAL WHERE standing = 'current' AND SCOPE
GROUP BY kind ORDER BY premises DESC, kind LIMIT 200
"""
GRIDS = f"""
SELECT grid_code, people, if(cared_for < {FEWEST} AND cared_for > 0, NULL, cared_for) AS cared_for,
       firms, premises, open_cases,
       if(people < {FEWEST_FOR_SHARE}, NULL, round(1000 * open_cases / people, 1)) AS per_thousand
FROM grid_numbers WHERE SCOPE
"""  # noqa: S608 - our own numbers
POINTS = f"""
SELECT kind, avg(east_of) AS lon, avg(north_of) AS lat, count() AS premises,
       if(premises = 1, any(title), '') AS name
FROM
(
    SELECT kind, name AS title, assumeNotNull(lon) AS east_of, assumeNotNull(lat) AS north_of,
           least(floor((east_of - {{west:Float64}}) / {{wide:Float64}}), {CELLS - 1}) AS x,
           least(floor((north_of - {{south:Float64}}) / {{high:Float64}}), {CELLS - 1}) AS y
    FROM premises FINAL
    WHERE standing = 'current' AND has({{kinds:Array(String)}}, kind)
          AND lon BETWEEN {{west:Float64}} AND {{east:Float64}}
          AND lat BETWEEN {{south:Float64}} AND {{north:Float64}} AND SCOPE
)
GROUP BY kind, x, y ORDER BY premises DESC, kind, lon, lat
LIMIT {CELLS * CELLS * MOST_KINDS}
"""  # noqa: S608 - our own numbers


class Box(NamedTuple):
    """A part of the map, in degrees, WGS-84."""

    west: float
    south: float
    east: float
    north: float


def read_box(text: str) -> Box:
    """Return the box `west,south,east,north`; raises ValueError for anything else."""
    parts = [float(part) for part in text.split(",")]
    if len(parts) != len(Box._fields) or not all(map(math.isfinite, parts)):
        raise ValueError("a box is west,south,east,north in degrees")
    box = Box(*parts)
    if not (-180 <= box.west < box.east <= 180 and -90 <= box.south < box.north <= 90):
        raise ValueError("a box goes from west to east and from south to north, in degrees")
    return box


def read_kinds(text: str) -> list[str]:
    """Return the kinds, one a line; raises ValueError for too many.

    A kind may have any sign, and is one line. An empty one is that of premises that have none.
    """
    kinds = text.split("\n")
    if len(kinds) > MOST_KINDS or any(len(kind) > LONGEST_KIND for kind in kinds):
        raise ValueError(f"name 1 to {MOST_KINDS} kinds of premises, one a line")
    return kinds


def points_query(scope: Scope, box: Box, kinds: list[str]) -> tuple[str, dict[str, Any]]:
    """Return the query of the points of a box, and its parameters.

    A row has the kind, the middle of the premises of a cell, and their number; the name if it is
    one.
    """
    sides = {
        **box._asdict(),
        "wide": (box.east - box.west) / CELLS,
        "high": (box.north - box.south) / CELLS,
    }
    return POINTS.replace("SCOPE", scope.sql), {**scope.parameters, **sides, "kinds": kinds}
