"""Assignment 交办 and whistle 吹哨: the unit of a case, and the departments it called."""

from collections.abc import Mapping
from enum import StrEnum

from pydantic import Field

from schemas.base import Frozen, Instant


class Tier(StrEnum):
    """Level of a unit 层级."""

    GRID = "grid"
    VILLAGE = "village"
    TOWNSHIP = "township"
    COUNTY = "county"


class Assignment(Frozen):
    """The unit of a case and its tier, the rule that chose it, and the reason.

    In a joint case 联合处置 `unit` leads 牵头 and `assisting` units help 协办. A case outside the
    town's area or competence (police, courts, 涉法涉诉) is `handed_over` to an outside body.
    """

    unit: str
    tier: Tier
    rule: str
    rules_version: str
    reason: str
    assisting: tuple[str, ...] = Field(default=(), description="codes of the assisting units 协办")
    handed_over: bool = Field(default=False, description="移送: the unit is outside the town")


class WhistleKind(StrEnum):
    """The three kinds of 吹哨."""

    GENERAL = "general"
    """一般哨"""
    HARD = "hard"
    """攻坚哨"""
    URGENT = "urgent"
    """紧急哨"""


class Whistle(Frozen):
    """街乡吹哨、部门报到: departments called to a township's case, and when each reported."""

    kind: WhistleKind
    units: tuple[str, ...] = Field(description="codes of the units called")
    at: Instant
    report_by: Instant
    arrived: Mapping[str, Instant] = Field(
        default_factory=dict, description="unit → when it reported 报到"
    )
    late: tuple[str, ...] = Field(default=(), description="units that had not reported in time")
