"""The form of a new topic 列入议事: its fields, and what is wrong with them. Pure."""

from collections.abc import Collection, Mapping
from uuid import UUID

from connectors.values.text import tidy
from hub.projects.code import tidy_number
from hub.workbench.projects.forms import read_day
from schemas.cases.case import Case
from schemas.deliberation.topic import DeliberationDetails

LONGEST_LINE, LONGEST_TEXT = 100, 1000
LINES = ("number", "title", "place")
FIELDS = (*LINES, "division_code", "summary", "unit", "due", "case", "project")
NEEDED = {
    "number": "请写议题编号，如议2026-03",
    "title": "请写议题",
    "summary": "请写要议定什么，群众会看到",
}


def read_fields(posted: Mapping[str, str]) -> dict[str, str]:
    """Return the value of each field as a reader sees it; empty where it is missing.

    All but the summary are one line. The code of the topic is derived from its number.
    """
    values = {name: tidy(posted.get(name, "")) for name in FIELDS}
    values |= {name: " ".join(values[name].split()) for name in FIELDS if name != "summary"}
    return values | {"number": tidy_number(values["number"])}


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
    faults = {name: text for name, text in NEEDED.items() if not values[name]}
    faults |= {name: f"最多{LONGEST_LINE}字" for name in LINES if len(values[name]) > LONGEST_LINE}
    if len(values["summary"]) > LONGEST_TEXT:
        faults["summary"] = f"最多{LONGEST_TEXT}字"
    if values["division_code"] not in villages:
        faults["division_code"] = "请选择村或社区"
    if values["unit"] not in units:
        faults["unit"] = "请选择责任单位"
    try:
        read_day(values["due"])
    except ValueError:
        faults["due"] = "期限写成2026-12-31"
    return faults


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
