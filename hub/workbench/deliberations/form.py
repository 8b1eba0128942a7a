"""The form of a new topic 列入议事: its fields, and what is wrong with them. Pure."""

from collections.abc import Collection, Mapping
from uuid import UUID

from hub.projects.columns import LONGEST_LINE
from hub.workbench.projects.fields import faults_of_fields
from schemas.cases.case import Case
from schemas.deliberation.topic import DeliberationDetails

LINES = ("number", "title", "place")
FIELDS = (*LINES, "division_code", "summary", "unit", "due", "case", "project")
NEEDED = {
    "number": "请写议题编号，如议2026-03",
    "title": "请写议题",
    "summary": "请写要议定什么，群众会看到",
}


def fields_of_case(case: Case, unit: str) -> dict[str, str]:
    """Return the fields of a topic that comes from a case; `unit` is that of its village."""
    return {
        **dict.fromkeys(FIELDS, ""),
        "title": case.title[:LONGEST_LINE],
        "division_code": case.division_code,
        "place": case.place_name[:LONGEST_LINE],
        "unit": unit,
        "case": str(case.case_id),
    }


def faults_of(
    values: Mapping[str, str], villages: Collection[str], units: Collection[str]
) -> dict[str, str]:
    """Return what is wrong with a form, in words: field → sentence; empty if it can be registered.

    `villages` and `units` are the codes that the viewer may choose.
    """
    return faults_of_fields(values, NEEDED, LINES, villages, units)


def details_of(
    values: Mapping[str, str], cases: tuple[UUID, ...], project: str
) -> DeliberationDetails:
    """Return the details of a form without faults."""
    return DeliberationDetails(
        number=values["number"],
        title=values["title"],
        division_code=values["division_code"],
        place=values["place"],
        summary=values["summary"],
        unit=values["unit"],
        cases=cases,
        project=project,
    )
