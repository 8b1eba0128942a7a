"""What the page shows of one case beside the list 研判面板. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.accounts.permissions import allowed_moves, may_read_text
from hub.accounts.session import Viewer
from hub.security.confidential import CONFIDENTIAL
from hub.workbench.pinyin import spelling
from schemas.cases.assignment import Tier
from schemas.cases.case import MOVE_NAMES, OPEN_STATES, STATE_NAMES, Case, Move
from schemas.category import CATEGORIES, OTHER
from schemas.channel import CHANNEL_NAMES, Channel
from streams.case.authority import lead_unit
from streams.case.offers import assignable, why_offered
from streams.town.register import Register

LIKELIEST = 3
"""Units that are offered with their reason and a key."""
LEVELS = {"yellow": "黄牌", "red": "红牌", "up": "提级督办"}
WHISTLES = {"general": "一般吹哨", "hard": "攻坚吹哨", "urgent": "紧急吹哨"}
ACTORS = {"hub": "系统"}


@dataclass(frozen=True, slots=True)
class UnitOffer:
    """A unit to which the case may be assigned, with the reason; `find` is its pinyin."""

    code: str
    name: str
    reason: str
    find: str


@dataclass(frozen=True, slots=True)
class CasePanel:
    """One case with its texts, its last entries, and the moves that the viewer is offered.

    `entries` and `reports` are (time, title, text). `others` are the names of people who look at
    the case now. `deadline` is None for a settled case.
    """

    case: Case
    title: str
    content: str
    place: str
    category: str
    state: str
    unit: str
    deadline: datetime | None
    readable: bool
    entries: list[tuple[str, str, str]]
    reports: list[tuple[str, str, str]]
    moves: frozenset[Move]
    units: list[UnitOffer]
    departments: dict[str, str]
    others: list[str]


def case_panel(
    case: Case,
    viewer: Viewer,
    register: Register,
    entries: Iterable[Mapping[str, Any]],
    reports: Iterable[Mapping[str, Any]],
    others: list[str],
) -> CasePanel:
    """Return what a viewer sees of a case that he may open."""
    readable = may_read_text(viewer, case)
    moves = frozenset(allowed_moves(viewer, case))
    unit = register.unit(lead_unit(case))
    assigns = moves & {Move.ASSIGN, Move.HAND_OVER, Move.ESCALATE}
    return CasePanel(
        case=case,
        title=_title(case) if readable else CONFIDENTIAL,
        content=case.content if readable else "",
        place=place_of(case, register, readable=readable) or "地点未明",
        category=category_name(case.category),
        state=STATE_NAMES[case.state],
        unit=unit.name if unit else lead_unit(case),
        deadline=(case.accept_by or case.due_at) if case.state in OPEN_STATES else None,
        readable=readable,
        entries=[_entry(entry, register) for entry in entries] if readable else [],
        reports=_reports(case, reports) if readable else [],
        moves=moves,
        units=unit_offers(case, register) if assigns else [],
        departments={u.code: u.name for u in register.units if u.tier is Tier.COUNTY},
        others=others,
    )


def unit_offers(case: Case, register: Register) -> list[UnitOffer]:
    """Return the units to which a case may be assigned, the likeliest first."""
    return [
        UnitOffer(
            unit.code, unit.name, why_offered(unit, case, register), " ".join(spelling(unit.name))
        )
        for unit in assignable(case, register)
        if unit.code != lead_unit(case)
    ]


def category_name(code: str) -> str:
    """Return the Chinese name of a category."""
    leaf = CATEGORIES.get(code)
    return leaf.name if leaf and code != OTHER else "事项未明"


def _title(case: Case) -> str:
    """Return the title; of a case without one its category and place, since its text follows."""
    return case.title or " · ".join(filter(None, (category_name(case.category), case.place_name)))


def place_of(case: Case, register: Register, *, readable: bool = True) -> str:
    """Return area, grid and place of a case; empty if nothing is known.

    Of a case that is not readable, the area and the grid only.
    """
    grid = register.grid(case.grid_code)
    parts = (
        register.area_name(case.division_code) if case.division_code else "",
        grid.name if grid else "",
        *((case.place_name, case.place_text) if readable else ()),
    )
    return " · ".join(dict.fromkeys(part for part in parts if part and not part.isdigit()))


def _entry(entry: Mapping[str, Any], register: Register) -> tuple[str, str, str]:
    unit = register.unit(entry["actor"])
    actor = unit.name if unit else ACTORS.get(entry["actor"], entry["actor"])
    name = MOVE_NAMES[Move(entry["move"])]
    reason = "" if entry["reason"] == name else entry["reason"]
    return entry["at"][5:16], f"{name} · {actor}", reason


def _reports(case: Case, rows: Iterable[Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    """Return the reports; a single one with the text of the case says nothing new."""
    reports = [_report(row) for row in rows if not row["confidential"]]
    return [] if len(reports) == 1 and reports[0][2] == case.content else reports


def _report(row: Mapping[str, Any]) -> tuple[str, str, str]:
    text = row["content"] or row["title"] or row["place_text"]
    return row["received_at"][5:16], CHANNEL_NAMES[Channel(row["channel"])], text
