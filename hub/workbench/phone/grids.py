"""The grids of a worker 负责网格: what the phone page shows and accepts is within them."""

from datetime import UTC, date, datetime
from typing import Any

from hub.accounts.session import Viewer
from hub.workbench.phone.query import GRIDS
from hub.workbench.services import Services
from schemas.base import BEIJING


async def grids_of(services: Services, viewer: Viewer, today: date) -> list[dict[str, Any]]:
    """Return code and name of the grids of a worker's postings that are valid on a day."""
    return await services.rows(GRIDS, {"worker": viewer.unit, "today": str(today)})


def beijing_today() -> date:
    """Return today's date in Beijing."""
    return datetime.now(UTC).astimezone(BEIJING).date()
