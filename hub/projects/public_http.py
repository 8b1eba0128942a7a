"""The public page of a project 项目公示页: `/p/CODE` of the intake, without login."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hub.numbered.public_http import PublicPages
from hub.projects.code import LETTER
from hub.projects.log import find_project
from hub.projects.public import PublicProject, find_public
from schemas.projects.fold import Project


class ProjectPages(PublicPages[Project, PublicProject]):
    """The handlers of the public pages of projects."""

    letter = LETTER
    template = "projects/project.html"
    unknown = "没有这个项目，请核对公示牌上的项目码"

    def find(self, code: str) -> Project | None:
        """Return the project with this code; None if there is none."""
        return find_project(self._reader.rows, code)

    def view_of(self, state: Project, now: datetime) -> PublicProject:
        """Return what everybody may see of a project."""
        return find_public(self._reader.rows, state, now)

    def subject_of(self, state: Project) -> Mapping[str, Any]:
        """Return the fields of a report that name the project and its place."""
        details = state.details
        return {
            "object": details.name,
            "project": state.code,
            "place": details.place,
            "divisionCode": details.division_code,
            "gridCode": details.grid_code,
            "lon": details.lon,
            "lat": details.lat,
        }
