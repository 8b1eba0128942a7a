"""Danger to life in the words of a report 险情: what it is, and the words that show it."""

from enum import StrEnum

from pydantic import Field

from schemas.base import Frozen


class DangerKind(StrEnum):
    """Kind of a danger that is present now."""

    GAS = "gas"
    """燃气泄漏"""
    FIRE = "fire"
    """火情爆炸"""
    ELECTRIC = "electric"
    """漏电触电"""
    OPENING = "opening"
    """井盖缺失、坑洞"""
    COLLAPSE = "collapse"
    """坍塌坠落"""
    TRAPPED = "trapped"
    """人员被困"""
    WATER = "water"
    """溺水、洪水"""
    VIOLENCE = "violence"
    """暴力、人身威胁"""
    SUICIDE = "suicide"
    """轻生"""
    POISON = "poison"
    """中毒、有毒物泄漏"""
    CHILD = "child"
    """儿童老人走失或遇险"""
    INJURY = "injury"
    """伤病危急"""


DANGER_NAMES: dict[DangerKind, str] = {
    DangerKind.GAS: "燃气泄漏",
    DangerKind.FIRE: "火情爆炸",
    DangerKind.ELECTRIC: "漏电触电",
    DangerKind.OPENING: "井盖缺失、坑洞",
    DangerKind.COLLAPSE: "坍塌坠落",
    DangerKind.TRAPPED: "人员被困",
    DangerKind.WATER: "溺水、洪水",
    DangerKind.VIOLENCE: "暴力、人身威胁",
    DangerKind.SUICIDE: "轻生",
    DangerKind.POISON: "中毒、有毒物泄漏",
    DangerKind.CHILD: "儿童老人走失或遇险",
    DangerKind.INJURY: "伤病危急",
}
"""Chinese names of the kinds."""


class Danger(Frozen):
    """A danger that a report describes as present."""

    kind: DangerKind
    words: str = Field(default="", description="the words that show it, masked; at most 40")


def danger_reason(danger: Danger) -> str:
    """Return the reason of an alarm in words: the kind, and the words that show it."""
    words = f"（“{danger.words}”）" if danger.words else ""
    return f"险情：{DANGER_NAMES[danger.kind]}{words}"
