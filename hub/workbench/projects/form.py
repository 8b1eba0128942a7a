"""The form of a new project 项目登记表: its fields, and what is wrong with them. Pure."""

from collections.abc import Collection, Mapping

from hub.projects.yuan import AmountError, read_yuan
from hub.workbench.projects.fields import faults_of_fields
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


def faults_of(
    values: Mapping[str, str], villages: Collection[str], units: Collection[str]
) -> dict[str, str]:
    """Return what is wrong with a form, in words: field → sentence; empty if it can be registered.

    `villages` and `units` are the codes that the viewer may choose.
    """
    faults = faults_of_fields(values, NEEDED, LINES, villages, units)
    if values["project_class"] not in set(ProjectClass):
        faults["project_class"] = "请选择类别"
    if values["stage"] not in set(Stage):
        faults["stage"] = "请选择阶段"
    if values["budget"]:
        try:
            read_yuan(values["budget"])
        except AmountError as error:
            faults["budget"] = str(error)
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
