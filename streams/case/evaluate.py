"""Evaluation 回访 and its consequences: a settled case may be closed, another is reopened once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from schemas.cases.case import Case, CaseEvent, Move, State
from schemas.cases.clock import Clock
from schemas.cases.evaluation import Evaluation
from streams.case.assign import Load
from streams.case.deadline import CLOSE_AFTER_EVALUATION_DAYS, add_working_days
from streams.case.entries import append_move, dispatch, with_new_deadline
from streams.town.register import Register

MAX_AUTOMATIC_REOPENINGS = 1
"""How often a case that is evaluated as not settled is reopened without a command."""


def evaluated(case: Case, data: Mapping[str, Any], comment: str, now: datetime) -> dict[str, Any]:
    """Return the changes by an evaluation; raises `ValueError` if `data` is not an evaluation.

    If several reporters evaluate, "not settled" outweighs "settled".
    """
    names = ("responded", "settled", "satisfied")
    fields = {name: data[name] for name in names if name in data}
    try:
        evaluation = Evaluation.model_validate({**fields, "comment": comment})
    except ValidationError as error:
        raise ValueError(
            "an evaluation needs data.settled (true or false); data.responded and data.satisfied"
            " are optional"
        ) from error
    return with_evaluation(case, evaluation, now)


def with_evaluation(case: Case, evaluation: Evaluation | None, now: datetime) -> dict[str, Any]:
    """Return the changes by one more evaluation; None: the evaluation is free text only.

    If the case has one report only, the newest evaluation stays: its citizen may change his mind.
    """
    unsettled = case.evaluation is not None and not case.evaluation.settled
    worse = unsettled and case.report_count > 1
    return {
        "evaluation": case.evaluation if worse or evaluation is None else evaluation,
        "closes_at": add_working_days(now, CLOSE_AFTER_EVALUATION_DAYS),
    }


def reopened(case: Case, now: datetime) -> dict[str, Any]:
    """Return the changes by a reopening 重办: no unit, and a new deadline that starts now."""
    return with_new_deadline(
        case,
        clock=Clock(since=now),
        extensions=0,
        reopenings=case.reopenings + 1,
        assignment=None,
        accept_by=None,
        accepted_at=None,
        volunteer="",
        settled_at=None,
        settled_tier=None,
        closes_at=None,
        answer="",
    )


def consequences(
    case: Case, register: Register, load: Load, *, cause: UUID, at: datetime
) -> tuple[CaseEvent, ...]:
    """Return the automatic entries that follow an evaluation or a reopening.

    A case that is not settled is reopened once. A reopened case is assigned, unless a unit has
    returned it before: then a person decides. After a crash only missing entries are returned.
    """
    entries = []
    unsettled = case.evaluation is not None and not case.evaluation.settled
    if case.state is State.EVALUATED and unsettled and case.reopenings < MAX_AUTOMATIC_REOPENINGS:
        reason = "回访未解决，自动重办"
        reopening = append_move(
            case, Move.REOPEN, cause=cause, at=at, reason=reason, **reopened(case, at)
        )
        entries.append(reopening)
        case = reopening.case
    if case.state is State.RECEIVED and case.reopenings and not case.returns:
        entries.append(dispatch(case, register, load, cause=cause, at=at))
    return tuple(entries)
