"""What the page of hand entry shows of a case 相似事项. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemas.cases.case import STATE_NAMES, State


@dataclass(frozen=True, slots=True)
class SimilarCase:
    """An open case that may be the same matter."""

    case_id: str
    title: str
    about: str
    same_grid: bool


def similar_case(row: Mapping[str, Any], units: Mapping[str, str]) -> SimilarCase:
    """Return what is shown of a row of `similar_query`."""
    count = int(row["reports"])
    parts = (
        row["place"],
        STATE_NAMES[State(row["state"])],
        units.get(row["unit"], ""),
        f"{str(row['opened_at'])[5:16]}立案",
        f"{count}次反映" if count > 1 else "",
    )
    return SimilarCase(
        case_id=row["id"],
        title=row["title"] or "（无标题）",
        about=" · ".join(filter(None, parts)),
        same_grid=bool(row["same_grid"]),
    )
