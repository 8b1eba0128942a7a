"""The public page of a deliberation 议事公示页: `/d/CODE` of the intake, without login."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hub.deliberations.code import LETTER
from hub.deliberations.log import find_deliberation
from hub.deliberations.public import PublicDeliberation, find_public
from hub.numbered.public_http import PublicPages
from schemas.deliberation.fold import Deliberation


class DeliberationPages(PublicPages[Deliberation, PublicDeliberation]):
    """The handlers of the public pages of deliberations."""

    letter = LETTER
    template = "deliberations/deliberation.html"
    unknown = "没有这个议题，请核对公告上的议事码"

    def find(self, code: str) -> Deliberation | None:
        """Return the deliberation with this code; None if there is none."""
        return find_deliberation(self._reader.rows, code)

    def view_of(self, state: Deliberation, now: datetime) -> PublicDeliberation:
        """Return what everybody may see of a deliberation."""
        return find_public(self._reader.rows, state, now)

    def subject_of(self, state: Deliberation) -> Mapping[str, Any]:
        """Return the fields of a report that name the deliberation and its place."""
        details = state.details
        return {
            "object": details.title,
            "deliberation": state.code,
            "project": state.project,
            "place": details.place,
            "divisionCode": details.division_code,
            "gridCode": details.grid_code,
        }
