"""Outlines of the townships 乡镇轮廓 for the map of a digest, joined from the shapes of grids."""

from collections import defaultdict
from collections.abc import Iterable

from shapely.geometry import Polygon
from shapely.ops import unary_union

from hub.digest.document import Ring
from schemas.town.register import Grid

BEND = 0.0005
"""Degrees by which an outline may differ from the grids, some 50 m."""


def outlines(grids: Iterable[Grid]) -> dict[str, tuple[Ring, ...]]:
    """Return the rings of each township by its code; a township without shapes is left out."""
    members: dict[str, list[Polygon]] = defaultdict(list)
    for grid in grids:
        members[grid.division_code[:9]] += [
            Polygon(outer, holes) for outer, *holes in grid.polygons
        ]
    return {township: _outline(polygons) for township, polygons in members.items() if polygons}


def _outline(polygons: list[Polygon]) -> tuple[Ring, ...]:
    """Return the rings around polygons that touch, with the bends that a small map can show."""
    joined = unary_union([polygon.buffer(0) for polygon in polygons]).simplify(BEND)
    parts = getattr(joined, "geoms", [joined])
    rings = (ring for part in parts for ring in (part.exterior, *part.interiors))
    return tuple(tuple((x, y) for x, y, *_ in ring.coords) for ring in rings)
