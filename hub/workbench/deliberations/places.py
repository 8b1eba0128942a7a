"""Whose deliberations they are 议事范围: as of projects, and of the unit that carries it out."""

from hub.accounts.session import Viewer
from hub.accounts.staff import StaffRole
from hub.workbench.navigation import HANDLERS
from hub.workbench.projects import places
from schemas.deliberation.fold import Deliberation
from streams.town.register import Register


def may_see(viewer: Viewer, deliberation: Deliberation, register: Register) -> bool:
    """Whether a deliberation is in the scope of a viewer."""
    carries = viewer.role is StaffRole.UNIT and deliberation.carried_by == viewer.unit != ""
    return carries or places.may_see(viewer, deliberation.details, register)


def may_change(viewer: Viewer, deliberation: Deliberation, register: Register) -> bool:
    """Whether a viewer may write down what happens to a deliberation."""
    return viewer.role in HANDLERS and may_see(viewer, deliberation, register)
