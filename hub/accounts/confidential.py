"""What is shown of something confidential 保密: its words are for the unit that has it. Pure."""

from schemas.cases.case import Case

CONFIDENTIAL = "保密件"
"""What stands where a title would."""


def without_words(case: Case) -> Case:
    """Return a case without anything that a citizen or a unit wrote."""
    given, said = case.assignment, case.evaluation
    return case.model_copy(
        update={
            "title": CONFIDENTIAL,
            "content": "",
            "place_text": "",
            "object_name": "",
            "answer": "",
            "assignment": given and given.model_copy(update={"reason": ""}),
            "evaluation": said and said.model_copy(update={"comment": ""}),
            "reports": tuple(one.model_copy(update={"telling": None}) for one in case.reports),
        }
    )


def without_keys(case: Case) -> Case:
    """Return a case without what tells its reporters apart: nobody outside the hub needs it.

    The keyed hash of a person joins his reports; a tracking code is his own secret.
    """
    hidden = {"reporter_key": "", "tracking": ""}
    reports = tuple(one.model_copy(update=hidden) for one in case.reports)
    return case.model_copy(update={"reports": reports})
