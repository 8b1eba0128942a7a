"""Figures of a city as it sends them, and a city of the list."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hub.province.cities import City
from schemas.province import CityFigures

CODE = "427199"
NOW = datetime(2026, 11, 29, 4, 0, tzinfo=UTC)
LAST_DAY = date(2026, 11, 28)


def document(code: str = CODE, **more: Any) -> dict[str, Any]:
    """Return the document of a city in JSON's types; `more` replaces fields."""
    days = [LAST_DAY - timedelta(days=back) for back in range(29, -1, -1)]
    return {
        "version": 1,
        "city": code,
        "at": NOW.isoformat(),
        "smallest": 5,
        "districts": [{"code": code, "name": "青溪县"}],
        "days": [{"day": day.isoformat(), "reports": 10, "settled": 8} for day in days],
        "reports_by_district": {"rows": [{"key": code, "count": 290}], "other": 10},
        "reports_by_family": {"rows": [{"key": "facility", "count": 300}], "other": 0},
        "open_by_district": {"rows": [{"key": code, "count": 60}], "other": 0},
        "open_by_family": {"rows": [{"key": "facility", "count": 60}], "other": 0},
        "open_by_state": {"rows": [{"key": "handling", "count": 60}], "other": 0},
        "overdue": {"whole": 60, "part": 6},
        "on_time": {"whole": 240, "part": 210},
        "solved": {"whole": 100, "part": 90},
        "satisfied": {"whole": 100, "part": "nearly_all"},
    } | more


def figures(code: str = CODE, **more: Any) -> CityFigures:
    """Return the figures of a city."""
    return CityFigures.model_validate(document(code, **more))


def city(address: str = "http://127.0.0.1:9", code: str = CODE, **more: Any) -> City:
    """Return a city of the list."""
    fields = {"code": code, "name": "青溪县", "address": address, "token_file": "token"}
    return City.model_validate(fields | more)
