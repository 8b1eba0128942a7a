"""Purposes of a look 查看用途: a short list, so that an auditor can compare them. Pure."""

from collections.abc import Mapping
from enum import StrEnum

from hub.accounts.purpose import PURPOSE_LETTERS, is_meaningful

LONGEST_WORDS = 200


class Purpose(StrEnum):
    """What an entry is opened for."""

    VISIT = "visit"
    """走访"""
    VERIFY = "verify"
    """核实诉求: the words name the case"""
    EMERGENCY = "emergency"
    """应急"""
    OTHER = "other"
    """其他"""


PURPOSE_NAMES: Mapping[Purpose, str] = {
    Purpose.VISIT: "走访",
    Purpose.VERIFY: "核实诉求",
    Purpose.EMERGENCY: "应急",
    Purpose.OTHER: "其他",
}
NEEDS_WORDS = frozenset(Purpose) - {Purpose.VISIT}


def in_one_line(words: str) -> str:
    """Return typed words as the audit keeps them, without signs that turn or hide the text."""
    shown = "".join(sign if sign.isprintable() else " " for sign in words)
    return " ".join(shown.split())[:LONGEST_WORDS]


def purpose_fault(purpose: str, words: str) -> str:
    """Return why a purpose is refused, in Chinese; empty if it is accepted."""
    if purpose not in tuple(Purpose):
        return "请选择查看用途"
    if purpose in NEEDS_WORDS and not is_meaningful(words, PURPOSE_LETTERS):
        name = PURPOSE_NAMES[Purpose(purpose)]
        return f"用途为“{name}”时，请写明事由，至少{PURPOSE_LETTERS}个字；数字和重复的字不算"
    return ""
