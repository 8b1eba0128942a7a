"""Village and quarter projects 村居项目: classes, stages and what is registered of a project.

The stages follow the practice of villages that decide on their projects themselves (四议两公开 and
以奖代补). No public standard lists them or the classes: both tables are our own.
"""

from enum import StrEnum

from pydantic import Field

from schemas.base import Frozen

YUAN = r"^[0-9]{1,12}\.[0-9]{2}$"
"""An amount of money in yuan, with two decimals."""


class ProjectClass(StrEnum):
    """What a project is about."""

    ROAD = "road"
    WATER = "water"
    ENVIRONMENT = "environment"
    FACILITY = "facility"
    CULTURE = "culture"
    CARE = "care"
    INDUSTRY = "industry"


CLASS_NAMES: dict[ProjectClass, str] = {
    ProjectClass.ROAD: "道路交通",
    ProjectClass.WATER: "供水排水",
    ProjectClass.ENVIRONMENT: "环境整治",
    ProjectClass.FACILITY: "公共设施",
    ProjectClass.CULTURE: "文化体育",
    ProjectClass.CARE: "养老托幼",
    ProjectClass.INDUSTRY: "产业发展",
}
"""Chinese names of the classes."""


class Stage(StrEnum):
    """The stages of a project, in their order. None may be left out."""

    PROPOSED = "proposed"
    """提议: somebody proposes it"""
    AGREED = "agreed"
    """议定: the residents' meeting decides on it"""
    APPROVED = "approved"
    """立项: the township approves it"""
    SELECTION = "selection"
    """比选: offers are compared, and a contractor is chosen"""
    CONSTRUCTION = "construction"
    """施工"""
    ACCEPTANCE = "acceptance"
    """验收"""
    PUBLICATION = "publication"
    """公示: result and accounts are shown to the residents"""


STAGES: tuple[Stage, ...] = tuple(Stage)
STAGE_NAMES: dict[Stage, str] = {
    Stage.PROPOSED: "提议",
    Stage.AGREED: "议定",
    Stage.APPROVED: "立项",
    Stage.SELECTION: "比选",
    Stage.CONSTRUCTION: "施工",
    Stage.ACCEPTANCE: "验收",
    Stage.PUBLICATION: "公示",
}
"""Chinese names of the stages."""
USUAL_DAYS: dict[Stage, int] = {
    Stage.PROPOSED: 15,
    Stage.AGREED: 15,
    Stage.APPROVED: 20,
    Stage.SELECTION: 20,
    Stage.CONSTRUCTION: 120,
    Stage.ACCEPTANCE: 15,
    Stage.PUBLICATION: 7,
}
"""Days after which a stage is due if nobody sets a day."""


def stage_after(stage: Stage) -> Stage | None:
    """Return the stage that follows; None after the last one."""
    following = STAGES.index(stage) + 1
    return STAGES[following] if following < len(STAGES) else None


class ProjectDetails(Frozen):
    """What is registered of a project. Texts are masked: they are shown to the public."""

    number: str = Field(min_length=1, description="the number by which the place knows it")
    name: str = Field(min_length=1)
    project_class: ProjectClass
    division_code: str = Field(
        pattern=r"^[0-9]{12}$", description="village or community, 12 digits"
    )
    grid_code: str = Field(default="", description="where the place is one grid")
    place: str = Field(default="", description="where it is, in words")
    lon: float | None = Field(default=None, ge=-180, le=180, description="WGS-84")
    lat: float | None = Field(default=None, ge=-90, le=90, description="WGS-84")
    summary: str = Field(default="", description="what is built or done")
    budget: str = Field(pattern=YUAN, description="yuan, with two decimals")
    unit: str = Field(min_length=1, description="code of the unit that is responsible")
