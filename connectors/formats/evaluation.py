"""Evaluations 回访 (三率) in the status words of the channels."""

from collections.abc import Mapping

from connectors.formats.json_body import Json, names, optional
from connectors.values.blank import is_blank
from connectors.values.unread import Unread
from schemas.cases.evaluation import Evaluation

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
    "未评价": None,
    "不评价": None,
}


def evaluation_of(fields: Json, unread: Unread) -> Evaluation | None:
    """Return the evaluation in `responded`, `settled` and `satisfaction`; None without `settled`.

    An unknown word is noted and counts as a missing answer. `responded` is true unless it is
    denied: a citizen who answers a call-back has been contacted.
    """
    settled = _answer(fields, "settled", _ANSWERS, unread)
    satisfied = _answer(fields, "satisfaction", _SATISFIED, unread)
    responded = _answer(fields, "responded", _ANSWERS, unread)
    if settled is None:
        return None
    return Evaluation(responded=responded is not False, settled=settled, satisfied=satisfied)


def _answer(
    fields: Json, field: str, answers: Mapping[str, bool | None], unread: Unread
) -> bool | None:
    answer = optional(fields, field).lower()
    if is_blank(answer):
        return None
    if answer not in answers:
        unread.note(field, fields[field], f"{answer[:40]!r} is no answer of an evaluation")
    return answers.get(answer)
