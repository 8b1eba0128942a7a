"""Evaluations 回访 (三率) in the status words of the channels."""

from connectors.contract import FaultError
from connectors.formats.json_body import Json, names, optional
from schemas.cases.evaluation import Evaluation
from schemas.reports.rejected import Reason

FIELDS = names("responded settled satisfaction")
_ANSWERS = {
    "是": True,
    "已联系": True,
    "已解决": True,
    "true": True,
    "1": True,
    "否": False,
    "未联系": False,
    "未解决": False,
    "部分解决": False,
    "false": False,
    "0": False,
}
"""部分解决 is not settled: the citizen still waits for something."""
_SATISFIED = {
    "非常满意": True,
    "满意": True,
    "基本满意": True,
    "不满意": False,
    "非常不满意": False,
    "": None,
    "未评价": None,
    "不评价": None,
}


def evaluation_of(fields: Json, position: str) -> Evaluation | None:
    """Return the evaluation in `responded`, `settled` and `satisfaction`; none without `settled`.

    Raises `FaultError` bad_value for a word that says neither yes nor no. Whoever answers a
    call-back has been got in touch with, unless he says otherwise.
    """
    settled = _answer(fields, "settled", position)
    if settled is None:
        return None
    answer = optional(fields, "satisfaction")
    if answer not in _SATISFIED:
        raise _fault(answer, f"{position}/satisfaction")
    responded = _answer(fields, "responded", position)
    return Evaluation(
        responded=responded is not False, settled=settled, satisfied=_SATISFIED[answer]
    )


def _answer(fields: Json, field: str, position: str) -> bool | None:
    answer = optional(fields, field).lower()
    if answer and answer not in _ANSWERS:
        raise _fault(answer, f"{position}/{field}")
    return _ANSWERS.get(answer)


def _fault(answer: str, position: str) -> FaultError:
    return FaultError(Reason.BAD_VALUE, f"{answer!r} is no answer of an evaluation", position)
