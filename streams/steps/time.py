"""Time 计时: what happens to a case because nothing has happened to it.

Each timer fires at the moment for which it was set, however late it is looked at: the entry has
that moment and an id derived from it, so that a restart or a replay gives the same events.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from schemas.assignment import Tier
from schemas.base import derive_id
from schemas.case import Case, CaseEvent, Move
from schemas.clock import Supervision
from streams.case.entries import record
from streams.case.notices import news
from streams.case.state import Effects, PartitionState
from streams.case.timers import Timer, next_timer
from streams.town.register import TIER_NAMES, TIER_ORDER, Register


def step(state: PartitionState, register: Register, now: datetime) -> Iterator[Effects]:
    """Yield what the time that has passed leads to, earliest first, taken in as it is yielded.

    Looks at due timers only: its cost does not grow with the open cases.
    """
    while (due := state.due(now)) is not None:
        entry = fire(due)
        if entry is None:
            return
        effects = Effects(route=due.route, case_events=(entry,), feedback=news((entry,), register))
        state.apply(effects)
        yield effects


def fire(case: Case) -> CaseEvent | None:
    """Return the entry of the first timer of a case."""
    first = next_timer(case)
    if first is None:
        return None
    at, timer = first
    move, reason, data, changes = FIRES[timer](case)
    return record(
        case,
        move,
        cause=derive_id("timer", str(case.case_id), timer, at.isoformat()),
        at=at,
        reason=reason,
        data={"timer": timer, "set_for": at.isoformat(), **data},
        **changes,
    )


Fired = tuple[Move, str, dict[str, Any], dict[str, Any]]
"""Move, reason, data of the entry, changes of the case."""


def _not_accepted(case: Case) -> Fired:
    unit = case.assignment.unit if case.assignment else ""
    changes = {"assignment": None, "accept_by": None, "time_outs": case.time_outs + 1}
    return Move.TIME_OUT, f"{unit}未按时签收，退回派单", {"unit": unit}, changes


def _shown(case: Case, level: Supervision, reason: str) -> Fired:
    unit = case.assignment.unit if case.assignment else ""
    data: dict[str, Any] = {"level": level, "unit": unit}
    if level is Supervision.UP:
        data["tier"] = _above(case)
        reason = f"{reason}，由{TIER_NAMES[data['tier']]}督办"
    return Move.SUPERVISE, reason, data, {"supervision": level}


def _above(case: Case) -> Tier:
    """Return the tier above that of the case's unit; above the county there is none here."""
    if case.assignment is None:
        return Tier.COUNTY
    index = TIER_ORDER.index(case.assignment.tier)
    return TIER_ORDER[min(index + 1, len(TIER_ORDER) - 1)]


def _whistle_unanswered(case: Case) -> Fired:
    first = min(
        (w for w in case.whistles if set(w.units) - {*w.arrived, *w.late}),
        key=lambda whistle: whistle.report_by,
    )
    late = tuple(unit for unit in first.units if unit not in first.arrived)
    whistles = tuple(
        w.model_copy(update={"late": late}) if w is first else w for w in case.whistles
    )
    told = {"level": "whistle", "units": list(late)}
    return Move.SUPERVISE, f"{'、'.join(late)}未按时报到", told, {"whistles": whistles}


FIRES: dict[Timer, Callable[[Case], Fired]] = {
    Timer.ACCEPT: _not_accepted,
    Timer.YELLOW: lambda case: _shown(case, Supervision.YELLOW, "时限已过八成，黄牌督办"),
    Timer.RED: lambda case: _shown(case, Supervision.RED, "已到时限，红牌督办"),
    Timer.UP: lambda case: _shown(case, Supervision.UP, "超期一个工作日，提级督办"),
    Timer.WHISTLE: _whistle_unanswered,
    Timer.CLOSE: lambda _: (Move.CLOSE, "回访期满，归档", {}, {"closes_at": None}),
}
"""What each timer does."""
