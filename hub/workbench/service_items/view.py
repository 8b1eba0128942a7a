"""What the page of service items shows of an item and of a number. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemas.reports.service import STAGE_NAMES, ServiceStage

SUPERVISION = {
    "yellow": ("黄牌", "yellow"),
    "red": ("红牌", "red"),
    "up": ("提级督办", "red"),
    "": ("", ""),
}
STATES = {"withdrawn": "已撤回", "refused": "不予受理", "done": "已办结"}


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One item of a list; times are Beijing time as text."""

    number: str
    item_name: str
    theme: str
    applicant: str
    department: str
    stage: str
    stage_at: str
    due: str
    days: str
    is_late: bool
    badge: str
    colour: str
    tracking: str


@dataclass(frozen=True, slots=True)
class CountRow:
    """The numbers of one item by list, and how fast it was this month."""

    item_name: str
    counts: Mapping[str, int]
    median_days: str
    on_time: str


def item_row(row: Mapping[str, Any]) -> ItemRow:
    """Return what is shown of a row of `service_items`."""
    badge, colour = SUPERVISION[str(row["supervision"])]
    late = int(row["days_late"])
    stage = STAGE_NAMES[ServiceStage(str(row["stage"]))]
    if row["state"] == "stopped":
        badge, colour = "停止计时", "main"
    used = "" if row["working_days"] is None else f"已用{row['working_days']}个工作日"
    return ItemRow(
        number=str(row["number"]),
        item_name=str(row["item_name"]),
        theme=str(row["theme"]),
        applicant=str(row["applicant"]),
        department=str(row["department"]),
        stage=STATES.get(str(row["state"]), stage),
        stage_at=str(row["stage_at"] or "")[:16],
        due=str(row["due_on"] or ""),
        days=f"超{late}个工作日" if late else used,
        is_late=bool(late),
        badge=badge,
        colour=colour,
        tracking=str(row["tracking"]),
    )


def count_rows(
    counts: list[dict[str, Any]], medians: list[dict[str, Any]], lists: tuple[str, ...]
) -> list[CountRow]:
    """Return the numbers of each item, with the median and the share on time of this month."""
    by_item = {str(row["item_name"]): row for row in medians}
    return [
        CountRow(
            item_name=str(row["item_name"]),
            counts={name: int(row[name]) for name in lists},
            median_days=_median(by_item.get(str(row["item_name"]))),
            on_time=_share(by_item.get(str(row["item_name"]))),
        )
        for row in counts
    ]


def _median(row: Mapping[str, Any] | None) -> str:
    if row is None or row["median_days"] is None:
        return "—"
    return f"{float(row['median_days']):g}"


def _share(row: Mapping[str, Any] | None) -> str:
    if row is None or not int(row["promised"]):
        return "—"
    return f"{100 * int(row['on_time']) / int(row['promised']):.0f}%"
