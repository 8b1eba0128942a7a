"""Hides text of confidential cases 保密: only the unit that has a case reads its text. Pure."""

from hub.security.confidential import CONFIDENTIAL, PLACE_FIELDS
from schemas.cases.case import Case


def without_text(case: Case) -> Case:
    """Return a copy of a case without any text that a citizen or a unit wrote, and its place.

    Only the codes of its area and grid stay.
    """
    assignment, evaluation = case.assignment, case.evaluation
    return case.model_copy(
        update={
            "title": CONFIDENTIAL,
            "content": "",
            "place_text": "",
            **PLACE_FIELDS,
            "object_name": "",
            "answer": "",
            "assignment": assignment and assignment.model_copy(update={"reason": ""}),
            "evaluation": evaluation and evaluation.model_copy(update={"comment": ""}),
            "reports": tuple(
                report.model_copy(update={"telling": None}) for report in case.reports
            ),
        }
    )


def without_reporter_keys(case: Case) -> Case:
    """Return a copy of a case without keys that identify its reporters.

    Outside the hub they are not needed: the keyed hash of a person links his reports, and only
    the citizen knows his tracking code.
    """
    hidden = {"reporter_key": "", "tracking": ""}
    reports = tuple(report.model_copy(update=hidden) for report in case.reports)
    return case.model_copy(update={"reports": reports})
