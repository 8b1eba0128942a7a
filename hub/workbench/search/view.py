"""Rows of cases as lists show them 查找结果: names instead of codes. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.security.confidential import CONFIDENTIAL
from hub.workbench.search.search import KIND_NAMES, Group
from schemas.cases.case import OPEN_STATES, STATE_NAMES, State
from schemas.category import CATEGORIES
from schemas.channel import CHANNEL_NAMES, Channel
from schemas.route import city_of

LONGEST_TITLE = 60


@dataclass(frozen=True, slots=True)
class Names:
    """Chinese names by code: of units, and of areas and grids."""

    units: Mapping[str, str]
    areas: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case in a list; `address` is that of its page, `about` what stands below the title."""

    address: str
    number: str
    title: str
    state: str
    is_open: bool
    is_urgent: bool
    about: str
    opened: str


def case_line(row: Mapping[str, Any], names: Names, *, with_city: bool = False) -> CaseLine:
    """Return a row of `cases_query`; with `with_city`, its number begins with the city."""
    leaf = CATEGORIES.get(row["category"])
    number = row["number"]
    if number and with_city:
        number = f"{city_of(row['route'])}-{number}"
    about = (
        leaf.name if leaf else "事项未明",
        row["place_name"] or names.areas.get(row["division_code"], ""),
        names.units.get(row["unit"], row["unit"]) or "未派单",
        f"{row['reports']}件诉求",
        "、".join(CHANNEL_NAMES[Channel(code)] for code in row["channels"]),
    )
    return CaseLine(
        address=f"/cases/{number or row['case_id']}",
        number=number,
        title=(row["title"] or row["content"] or "（无标题）")[:LONGEST_TITLE],
        state=STATE_NAMES[State(row["state"])],
        is_open=State(row["state"]) in OPEN_STATES,
        is_urgent=row["urgency"] == "urgent" and row["title"] != CONFIDENTIAL,
        about=" · ".join(part for part in about if part),
        opened=str(row["opened_at"])[:10],
    )


@dataclass(frozen=True, slots=True)
class GroupView:
    """One group of hits with its name."""

    name: str
    about: str
    lines: list[CaseLine]
    goes_on: bool


def group_view(group: Group, names: Names) -> GroupView:
    """Return a group for the page; numbers that occur twice in it show their city."""
    numbers = [row["number"] for row in group.cases]
    lines = [
        case_line(row, names, with_city=numbers.count(row["number"]) > 1) for row in group.cases
    ]
    return GroupView(KIND_NAMES[group.kind], group.about, lines, group.goes_on)
