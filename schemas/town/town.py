"""A town 县区: its registers and rules, as loaded."""

from pydantic import Field

from schemas.base import Frozen
from schemas.town.lists import Admission, Certificate
from schemas.town.register import Area, FormerCode, Grid, PlaceName, Responsibility, Unit
from schemas.town.rules import RuleSet


class Town(Frozen):
    """All registers of one place, as loaded."""

    areas: tuple[Area, ...]
    grids: tuple[Grid, ...]
    units: tuple[Unit, ...]
    duties: tuple[Responsibility, ...]
    places: tuple[PlaceName, ...]
    former_codes: tuple[FormerCode, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    admissions: tuple[Admission, ...] = ()
    rules: RuleSet = RuleSet()
    rules_version: str = Field(description="hex digest of units, duty lists and rules")
