"""The form of a new project 项目登记表: its fields, and what is wrong with them. Pure."""

from collections.abc import Collection, Mapping

from connectors.values.text import tidy
from hub.projects.code import tidy_number
from hub.projects.columns import LONGEST_LINE, LONGEST_TEXT
from hub.projects.yuan import AmountError, read_yuan
from hub.workbench.projects.forms import read_day
from schemas.projects.project import ProjectClass, ProjectDetails, Stage

LINES = ("number", "name", "place", "contractor")
FIELDS = (
    *LINES,
    *("project_class", "division_code", "summary", "budget", "unit", "stage", "due"),
)
NEEDED = {
    "number": "请写项目编号，如2026-03",
    "name": "请写项目名称",
    "budget": "请写预算",
}


def read_fields(posted: Mapping[str, str]) -> dict[str, str]:
    """Return the value of each field as a reader sees it; empty where it is missing.

    All but the summary are one line. The number is written as in lists, because the code of the
    project is derived from it.
    """
    values = {name: tidy(posted.get(name, "")) for name in FIELDS}
    values |= {name: " ".join(values[name].split()) for name in FIELDS if name != "summary"}
    return values | {"number": tidy_number(values["number"])}


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
    if values["project_class"] not in set(ProjectClass):
        faults["project_class"] = "请选择类别"
    if values["stage"] not in set(Stage):
        faults["stage"] = "请选择阶段"
    if values["division_code"] not in villages:
        faults["division_code"] = "请选择村或社区"
    if values["unit"] not in units:
        faults["unit"] = "请选择责任单位"
    if values["budget"]:
        try:
            read_yuan(values["budget"])
        except AmountError as error:
            faults["budget"] = str(error)
    try:
        read_day(values["due"])
    except ValueError:
        faults["due"] = "期限写成2026-12-31"
    return faults


def details_of(values: Mapping[str, str]) -> ProjectDetails:
    """Return the details of a form without faults."""
    return ProjectDetails(
        number=values["number"],
        name=values["name"],
        project_class=ProjectClass(values["project_class"]),
        division_code=values["division_code"],
        place=values["place"],
        summary=values["summary"],
        budget=read_yuan(values["budget"]),
        unit=values["unit"],
    )
