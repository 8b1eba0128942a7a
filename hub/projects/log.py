"""The log of projects 项目记录: their records on `projects.v1`."""

from hub.broker.producer import Sender
from hub.numbered.log import Matters, NumberedLog, RunQuery
from schemas.projects.fold import Project, project_of
from schemas.projects.record import ProjectRecord
from schemas.topic import PROJECTS

MATTERS = Matters(PROJECTS, "project_records", project_of, "项目")


class ProjectLog(NumberedLog[ProjectRecord, Project]):
    """Appends records of projects, and reads projects."""

    def __init__(self, run_query: RunQuery, sender: Sender) -> None:
        super().__init__(MATTERS, run_query, sender)


def find_project(run_query: RunQuery, code: str) -> Project | None:
    """Return a project as it stands; None if the store has none with this code."""
    return MATTERS.find(run_query, code)
