"""Topics 议题: the six steps, and what is put on the agenda.

The steps follow what cities practise as 六步议事 and 说事、议事、主事, and 四议两公开, the national
rule for villages. Their usual days are our own; no regulation lists them.
"""

from enum import StrEnum
from uuid import UUID

from pydantic import Field

from schemas.base import Frozen
from schemas.numbered import CODE


class Step(StrEnum):
    """The steps of a deliberation, in their order. None may be left out."""

    TOPIC = "topic"
    """议题: it is on the agenda; a meeting is to be called"""
    CALL = "call"
    """召集: a meeting is called for a day"""
    MEETING = "meeting"
    """会议: people have met; what they decided is to be written down"""
    DECISION = "decision"
    """决定: it is decided; the decision is to be published"""
    PUBLICATION = "publication"
    """公示: the decision is on the board; objections are taken"""
    CARRYING_OUT = "carrying_out"
    """落实: a unit carries it out"""


STEPS: tuple[Step, ...] = tuple(Step)
STEP_NAMES: dict[Step, str] = {
    Step.TOPIC: "议题",
    Step.CALL: "召集",
    Step.MEETING: "会议",
    Step.DECISION: "决定",
    Step.PUBLICATION: "公示",
    Step.CARRYING_OUT: "落实",
}
"""Chinese names of the steps."""
USUAL_DAYS: dict[Step, int] = {
    Step.TOPIC: 15,
    Step.CALL: 15,
    Step.MEETING: 7,
    Step.DECISION: 3,
    Step.PUBLICATION: 10,
    Step.CARRYING_OUT: 60,
}
"""Days after which a step is due if nobody sets a day.

召集 is due on the day of the meeting, 公示 three days after its own last day.
"""
LEAST_PUBLISHED, USUALLY_PUBLISHED = 3, 7
"""Days that a decision is on the board: at least, and if nobody sets a day."""
AFTER_PUBLICATION = 3
"""Days after the publication within which its carrying out begins."""


class DeliberationDetails(Frozen):
    """What is put on the agenda. Texts are masked: they are shown to the public."""

    number: str = Field(min_length=1, description="the number by which the place knows it")
    title: str = Field(min_length=1)
    division_code: str = Field(
        pattern=r"^[0-9]{12}$", description="village or community, 12 digits"
    )
    grid_code: str = Field(default="", description="where it concerns one grid")
    place: str = Field(default="", description="where it is, in words")
    summary: str = Field(default="", description="what is to be decided, and why")
    unit: str = Field(min_length=1, description="code of the unit that is responsible")
    cases: tuple[UUID, ...] = Field(default=(), description="cases that it comes from")
    project: str = Field(default="", pattern=f"{CODE}|^$", description="project that it is about")
