"""Builds projects for tests: in the village of `tests.builders.town`, at noon of a day."""

from datetime import datetime, timedelta

from hub.numbered.change import Change
from hub.projects.changes import finish_stage, register
from schemas.numbered import Paper
from schemas.projects.fold import Project, project_of
from schemas.projects.project import STAGES, ProjectClass, ProjectDetails, Stage
from schemas.projects.record import ProjectRecord
from tests.builders.town import NOON, VILLAGE

SHOWN, KEPT_BACK = f"{'a' * 64}.jpg", f"{'b' * 64}.jpg"
DETAILS = ProjectDetails(
    number="2026-03",
    name="村口道路硬化",
    project_class=ProjectClass.ROAD,
    division_code=VILLAGE,
    grid_code="G1",
    place="三组村口到小学",
    summary="硬化水泥路800米",
    budget="120000.00",
    unit="U-V",
)


def registered(details: ProjectDetails = DETAILS, at: datetime = NOON) -> list[ProjectRecord]:
    """Return the records of a new project."""
    return [register(details, "小周", at)]


def folded(records: list[ProjectRecord]) -> Project:
    """Return the project of records; fails if there is none."""
    project = project_of(records)
    assert project is not None
    return project


def change(records: list[ProjectRecord], days: float = 1) -> Change:
    """Return a change by somebody who has seen all records, some days after the last one."""
    last = records[-1]
    return Change("小周", last.at + timedelta(days=days), last.seq)


def advanced(stage: Stage, details: ProjectDetails = DETAILS) -> list[ProjectRecord]:
    """Return the records of a project that has reached a stage, a day for each stage before it."""
    records = registered(details)
    for _ in STAGES[: STAGES.index(stage)]:
        project = folded(records)
        papers = (Paper(photo=SHOWN, is_public=True), Paper(photo=KEPT_BACK))
        contractor = "恒达公司" if project.present.stage is Stage.SELECTION else ""
        records.append(finish_stage(project, change(records), papers=papers, contractor=contractor))
    return records
