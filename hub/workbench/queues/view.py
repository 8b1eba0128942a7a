"""A row of a queue as the page shows it 队列行: names instead of codes, times in words. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.security.confidential import CONFIDENTIAL
from hub.workbench.queues.catalogue import Queue
from hub.workbench.wording import time_left
from schemas.base import BEIJING
from schemas.cases.case import STATE_NAMES, State
from schemas.category import CATEGORIES
from schemas.channel import CHANNEL_NAMES, Channel

LONGEST_TITLE = 60
SUPERVISIONS = {"yellow": "黄牌", "red": "红牌", "up": "提级督办"}
"""Chinese names of the supervisions that a row shows."""
COLUMNS = {
    "category": "事项",
    "place": "地点",
    "unit": "承办单位",
    "state": "状态",
    "due": "时限",
    "reports": "诉求",
    "channels": "渠道",
    "opened": "立案",
}
"""Columns to choose, with their headers; number and title are always there."""
FIRST_COLUMNS = ("category", "place", "unit", "state", "due", "reports")
"""The columns that a member sees who has chosen none."""
SETTLED_COLUMNS = {
    "settled" if code == "due" else code: "办结" if code == "due" else name
    for code, name in COLUMNS.items()
}
"""The columns of queues with settled cases: when a case was settled, not its deadline."""
FIRST_SETTLED_COLUMNS = tuple("settled" if code == "due" else code for code in FIRST_COLUMNS)


def columns_of(queue: Queue) -> dict[str, str]:
    """Return the columns that can be chosen in a queue, with their headers."""
    return SETTLED_COLUMNS if queue.settled else COLUMNS


def first_columns_of(queue: Queue) -> tuple[str, ...]:
    """Return the columns of a queue that a member sees who has chosen none."""
    return FIRST_SETTLED_COLUMNS if queue.settled else FIRST_COLUMNS


@dataclass(frozen=True, slots=True)
class Badge:
    """A word with a colour: `red`, `yellow`, `green`, `main` or empty."""

    text: str
    colour: str = ""


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One case in a queue: `cells` are the texts of its columns, `number` may be empty.

    `lon` and `lat` are WGS-84 degrees.
    """

    case_id: str
    number: str
    seq: int
    title: str
    badges: tuple[Badge, ...]
    cells: Mapping[str, str]
    is_late: bool
    lon: float | None
    lat: float | None


def beijing(text: str | None) -> datetime | None:
    """Return the time in a column of the store, which has Beijing time without an offset."""
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING) if text else None


def queue_row(
    row: Mapping[str, Any], units: Mapping[str, str], areas: Mapping[str, str], now: datetime
) -> QueueRow:
    """Return a row of `rows_query`; `units` and `areas` are names by code."""
    deadline = _deadline(row)
    title = (
        row["title"] or row["content"] or (CONFIDENTIAL if row["confidential"] else "（无标题）")
    )
    leaf = CATEGORIES.get(row["category"])
    return QueueRow(
        case_id=row["case_id"],
        number=row["number"],
        seq=int(row["seq"]),
        title=title[:LONGEST_TITLE],
        badges=_badges(row),
        cells={
            "category": leaf.name if leaf else "事项未明",
            "place": row["place_name"] or areas.get(row["division_code"], "地点未明"),
            "unit": units.get(row["unit"], row["unit"]) or "未派单",
            "state": STATE_NAMES[State(row["state"])],
            "due": time_left(deadline, now) or "无时限",
            "reports": f"{row['reports']}件",
            "channels": "、".join(CHANNEL_NAMES[Channel(code)] for code in row["channels"]),
            "opened": _moment(row["opened_at"]),
            "settled": _moment(row.get("settled_at")),
        },
        is_late=deadline is not None and deadline < now,
        lon=row["lon"],
        lat=row["lat"],
    )


def _deadline(row: Mapping[str, Any]) -> datetime | None:
    """Return the next deadline: to accept, and then to settle; None for a settled case."""
    accept_by = row.get("accept_by") if row["state"] == State.ASSIGNED else None
    return beijing(accept_by) or beijing(row.get("due_at"))


def _moment(text: str | None) -> str:
    at = beijing(text)
    return f"{at:%m-%d %H:%M}" if at else ""


def _badges(row: Mapping[str, Any]) -> tuple[Badge, ...]:
    badges = []
    if row["urgency"] == "urgent":
        badges.append(Badge("紧急", "red"))
    if row["supervision"] in SUPERVISIONS:
        colour = "yellow" if row["supervision"] == "yellow" else "red"
        badges.append(Badge(SUPERVISIONS[row["supervision"]], colour))
    counted = (("returns", "退单", "yellow"), ("reopenings", "重办", "yellow"))
    badges += [Badge(f"{name}{row[key]}次", hue) for key, name, hue in counted if int(row[key])]
    if int(row["follow_ups"]):
        badges.append(Badge(f"催办{row['follow_ups']}次"))
    if int(row.get("suggested", 0)):
        badges.append(Badge("疑似同案", "main"))
    return tuple(badges)
