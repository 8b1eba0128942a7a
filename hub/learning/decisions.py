"""Decisions 决定: what the people of the city decided about cases, one JSON object in a line.

The texts are those of the store: masked. Contact details and the hashes of reporters stay in the
store; of two reports it is only written whether one person sent both.
"""

from collections.abc import Iterator
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from hub.runtime.errors import HubError
from hub.runtime.paths import DataPaths
from hub.settings.base import CommonSettings
from schemas.base import Frozen, Instant
from schemas.reports.report import Telling


class LearningError(HubError, ValueError):
    """Nothing can be learnt; the message says why, and what to do."""


class How(StrEnum):
    """How a person decided the category of a case."""

    SET = "set"
    """He named it in a command."""
    HANDLED = "handled"
    """His unit accepted and resolved the case with the category that it had."""


class CategoryDecision(Frozen):
    """The final category of a case, by the person who decided it last."""

    kind: Literal["category"] = "category"
    case: str = Field(description="id of the case")
    at: Instant
    by: str = Field(description="who decided")
    how: How
    leaf: str = Field(description="leaf of the category tree")
    native: str = Field(default="", description="leaf by the channel's own category; empty: none")
    telling: Telling


class UnitDecision(Frozen):
    """The final unit of a case, and the way there."""

    kind: Literal["unit"] = "unit"
    case: str
    at: Instant
    by: str
    unit: str = Field(description="code of the unit that had the case last")
    first: str = Field(default="", description="unit by the rules; empty: triage")
    rule: str = Field(default="", description="rule that had assigned it first")
    returns: int = Field(default=0, description="returns 退单")
    hand_overs: int = Field(default=0, description="hand-overs 转办 and escalations 上报")


class PairSide(Frozen):
    """One of two reports that were compared."""

    telling: Telling
    at: Instant


class PairDecision(Frozen):
    """Whether two reports are of one matter, by a person."""

    kind: Literal["pair"] = "pair"
    case: str = Field(description="ids of the two cases, lower one first")
    at: Instant
    by: str
    same: bool
    suggested: bool = Field(description="whether the hub had asked about these two cases")
    same_reporter: bool = False
    first: PairSide
    second: PairSide


Decision = CategoryDecision | UnitDecision | PairDecision
_ADAPTER: TypeAdapter[Decision] = TypeAdapter(Annotated[Decision, Field(discriminator="kind")])


def decisions_path(settings: CommonSettings) -> Path:
    """Return the file of the collected decisions."""
    return DataPaths(settings.data).learning / "decisions.ndjson"


def read_decisions(path: Path) -> Iterator[Decision]:
    """Yield the decisions of a file, in its order; raises `LearningError`."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    yield _ADAPTER.validate_json(line)
                except ValidationError as error:
                    detail = f"{path}, line {number}, is no decision; run hub learn collect again"
                    raise LearningError(detail) from error
    except FileNotFoundError as error:
        raise LearningError(f"{path} is not there; run hub learn collect first") from error


def order_of(decision: Decision) -> str:
    """Return a key that orders decisions as if drawn, and always the same."""
    return sha256(f"{decision.kind}/{decision.case}/{decision.by}".encode()).hexdigest()
