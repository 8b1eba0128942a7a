"""The step of time 计时: fires the timers of cases that are due.

The entry of a timer has the time for which the timer was set, however late it is processed, and an
id derived from it. So a restart or a replay gives the same entries.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from schemas.base import derive_id
from schemas.cases.assignment import Tier
from schemas.cases.case import Case, CaseEvent, Move
from schemas.cases.clock import Supervision
from streams.case.entries import append_move
from streams.case.notices import feedback_for, feedback_to_many
from streams.case.state import Effects, PartitionState
from streams.case.timers import Timer, next_timer
from streams.town.register import TIER_NAMES, TIER_ORDER, Register


def step(state: PartitionState, register: Register, now: datetime) -> Iterator[Effects]:
    """Yield the effects of due timers, earliest first; each is applied to `state` when yielded.

    Only due timers are looked at: the cost does not grow with the number of open cases.
    """
    while (due := state.due(now)) is not None:
        entry = fire(due)
        if entry is None:
            return
        effects = Effects(
            route=due.route,
            case_events=(entry,),
            feedback=feedback_for((entry,), register),
            to_many=feedback_to_many((entry,), register),
        )
        state.apply(effects)
        yield effects


def fire(case: Case) -> CaseEvent | None:
    """Return the entry of the first timer of a case; None if it has no timer."""
    first = next_timer(case)
    if first is None:
        return None
    at, timer = first
    move, reason, data, changes = BY_TIMER[timer](case)
    return append_move(
        case,
        move,
        cause=derive_id("timer", str(case.case_id), timer, at.isoformat()),
        at=at,
        reason=reason,
        data={"timer": timer, "set_for": at.isoformat(), **data},
        **changes,
    )


TimerEffect = tuple[Move, str, dict[str, Any], dict[str, Any]]
"""Move, reason, data of the entry, changes of the case."""


def _not_accepted(case: Case) -> TimerEffect:
    unit = case.assignment.unit if case.assignment else ""
    changes = {"assignment": None, "accept_by": None, "time_outs": case.time_outs + 1}
    return Move.TIME_OUT, f"{unit}未按时签收，退回派单", {"unit": unit}, changes


def _supervise(case: Case, level: Supervision, reason: str) -> TimerEffect:
    unit = case.assignment.unit if case.assignment else ""
    data: dict[str, Any] = {"level": level, "unit": unit}
    if level is Supervision.UP:
        data["tier"] = _above(case)
        reason = f"{reason}，由{TIER_NAMES[data['tier']]}督办"
    return Move.SUPERVISE, reason, data, {"supervision": level}


def _above(case: Case) -> Tier:
    """Return the tier above that of the case's unit; at most the county."""
    if case.assignment is None:
        return Tier.COUNTY
    index = TIER_ORDER.index(case.assignment.tier)
    return TIER_ORDER[min(index + 1, len(TIER_ORDER) - 1)]


def _whistle_unanswered(case: Case) -> TimerEffect:
    first = min(
        (w for w in case.whistles if set(w.units) - {*w.arrived, *w.late}),
        key=lambda whistle: whistle.report_by,
    )
    late = tuple(unit for unit in first.units if unit not in first.arrived)
    whistles = tuple(
        w.model_copy(update={"late": late}) if w is first else w for w in case.whistles
    )
    data = {"level": "whistle", "units": list(late)}
    return Move.SUPERVISE, f"{'、'.join(late)}未按时报到", data, {"whistles": whistles}


BY_TIMER: dict[Timer, Callable[[Case], TimerEffect]] = {
    Timer.ACCEPT: _not_accepted,
    Timer.YELLOW: lambda case: _supervise(case, Supervision.YELLOW, "时限已过八成，黄牌督办"),
    Timer.RED: lambda case: _supervise(case, Supervision.RED, "已到时限，红牌督办"),
    Timer.UP: lambda case: _supervise(case, Supervision.UP, "超期一个工作日，提级督办"),
    Timer.WHISTLE: _whistle_unanswered,
    Timer.CLOSE: lambda _: (Move.CLOSE, "回访期满，归档", {}, {"closes_at": None}),
}
"""The effect of each kind of timer."""
