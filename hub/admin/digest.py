"""`hub digest` 一日一研判: compose a digest of the store's data, and write its files."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

from shapely.geometry import Polygon
from shapely.ops import unary_union

from hub.admin.ask import open_reader
from hub.admin.cases import named_case
from hub.digest.daily import daily
from hub.digest.document import Document, Ring
from hub.digest.pages import Pages
from hub.digest.queries import Day, Rows
from hub.digest.special import of_case, of_matter
from hub.digest.write import write
from hub.runtime.errors import HubError
from hub.runtime.paths import DataPaths
from hub.settings.feedback import DigestSettings
from hub.town.registers import load_town
from hub.town.town_file import TownError
from schemas.base import BEIJING

BEND = 0.0005
"""Degrees by which an outline may differ from the grids, some 50 m."""
FORMS = ("md", "html", "pdf")


def write_digest(
    settings: DigestSettings,
    *,
    day: datetime | None,
    case: str,
    matter: str,
    folder: Path | None,
    forms: tuple[str, ...],
) -> list[Path]:
    """Write a digest and return its files.

    Without `day` the digest covers yesterday in Beijing, or today if it is about a `matter`.
    Raises `HubError` if the store does not answer, and `NoDigestError` if there is nothing to
    report.
    """
    now = datetime.now(UTC)
    today = now.astimezone(BEIJING).date()
    date = day.date() if day else today - timedelta(days=0 if matter else 1)
    if date > today:
        raise HubError(f"{date} has not come yet")
    case_id = str(named_case(settings, case)) if case else ""
    with open_reader(settings) as reader:
        document = compose(settings, reader.rows, Day(date, now), case_id, matter)
    return write(document, folder or DataPaths(settings.data).digests, forms or FORMS)


def compose(settings: DigestSettings, rows: Rows, day: Day, case_id: str, matter: str) -> Document:
    """Return the digest of a case or of a matter, else that of the day; raises as above."""
    pages = Pages(settings.overview_url)
    if case_id:
        return of_case(rows, day, case_id, pages)
    if matter:
        return of_matter(rows, day, matter, pages)
    return daily(rows, day, pages, shapes_of(settings.town))


def shapes_of(town: Path) -> dict[str, tuple[Ring, ...]]:
    """Return the outlines of the townships, by code; none if the town cannot be read.

    A digest without a map is better than none.
    """
    try:
        grids = load_town(town).grids
    except TownError:
        return {}
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
