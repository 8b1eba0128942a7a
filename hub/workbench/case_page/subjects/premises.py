"""The premises of a case 涉及场所: named in its reports, or nearest to it."""

from collections.abc import Iterable, Mapping
from typing import Any

from hub.accounts.permissions import may_read_text
from hub.accounts.session import Viewer
from hub.workbench.case_page.subjects.query import PREMISES
from hub.workbench.services import Services
from schemas.cases.case import Case
from streams.town.premises import KnownPremises, MeantPremises, meant_premises


async def premises_of(
    services: Services,
    viewer: Viewer,
    case: Case,
    reports: Iterable[Mapping[str, Any]],
    area: str | None,
) -> MeantPremises | None:
    """Return the premises that a case is about; None if they are not clear, or not to be seen.

    `area` is the area whose register the viewer sees, as `FirmDesk.area_of` returns it.
    """
    if area is None or not may_read_text(viewer, case):
        return None
    if not case.division_code and case.lon is None:
        return None
    lon, lat = case.lon, case.lat
    rows = await services.rows(
        PREMISES,
        {"area": area, "division": case.division_code, "lon": lon or 0.0, "lat": lat or 0.0},
    )
    texts = [row[name] for row in reports for name in ("title", "content", "place_text")]
    return meant_premises(texts, lon, lat, [KnownPremises(**row) for row in rows])
