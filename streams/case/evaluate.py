"""Evaluation 回访 and what follows: settled, a case may be closed; not settled, it begins anew."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from schemas.case import Case, CaseEvent, Move, State
from schemas.clock import Clock, Evaluation
from streams.case.assign import Load
from streams.case.deadline import CLOSE_AFTER_EVALUATION_DAYS, add_working_days
from streams.case.entries import dispatch, reckoned, record
from streams.town.register import Register

REOPENED_BY_ITSELF = 1
"""Times that a case which is evaluated as not settled begins anew without anybody's command."""


def evaluated(case: Case, told: Mapping[str, Any], comment: str, now: datetime) -> dict[str, Any]:
    """Return what an evaluation changes; raises `ValueError` where `told` is none.

    Of several reporters the one who says that it is not settled counts.
    """
    names = ("responded", "settled", "satisfied")
    given = {name: told[name] for name in names if name in told}
    try:
        said = Evaluation.model_validate({**given, "comment": comment})
    except ValidationError as error:
        raise ValueError(
            "an evaluation needs data.settled (true or false); data.responded and data.satisfied"
            " may be told too"
        ) from error
    return with_evaluation(case, said, now)


def with_evaluation(case: Case, said: Evaluation | None, now: datetime) -> dict[str, Any]:
    """Return what a case is after one more evaluation; none was told in words only."""
    worse = case.evaluation is not None and not case.evaluation.settled
    return {
        "evaluation": case.evaluation if worse or said is None else said,
        "closes_at": add_working_days(now, CLOSE_AFTER_EVALUATION_DAYS),
    }


def reopened(case: Case, now: datetime) -> dict[str, Any]:
    """Return what a case is when it begins anew 重办: no unit, a deadline from now on."""
    return reckoned(
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
    """Return what a case does by itself after an evaluation or a reopening, as it stands.

    Not settled, it is reopened once; reopened, it is given to a unit, unless one has sent it back
    before: then a person decides. Asked again after a crash it returns what is still missing.
    """
    entries = []
    unsettled = case.evaluation is not None and not case.evaluation.settled
    if case.state is State.EVALUATED and unsettled and case.reopenings < REOPENED_BY_ITSELF:
        reason = "回访未解决，自动重办"
        again = record(case, Move.REOPEN, cause=cause, at=at, reason=reason, **reopened(case, at))
        entries.append(again)
        case = again.case
    if case.state is State.RECEIVED and case.reopenings and not case.returns:
        entries.append(dispatch(case, register, load, cause=cause, at=at))
    return tuple(entries)
