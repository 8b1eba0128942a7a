"""Evaluation 回访评价: how a citizen rates the handling of a report."""

from pydantic import Field

from schemas.base import Frozen


class Evaluation(Frozen):
    """How a citizen rates the handling 回访 (三率: 响应率、解决率、满意率)."""

    responded: bool = Field(default=True, description="响应: the unit contacted the citizen")
    settled: bool = Field(description="解决")
    satisfied: bool | None = Field(default=None, description="满意; none: no answer")
    comment: str = ""
