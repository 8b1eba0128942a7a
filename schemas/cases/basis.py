"""What a decision rests on 决定依据: which entries outdate a command that was sent before them.

A matter that thousands report gets an entry for each report and for each answer. If each of them
made the page of an officer outdated, nobody could decide such a case.
"""

from typing import Any

from schemas.cases.case import Case, Move

BESIDE = frozenset({Move.JOIN, Move.FOLLOW_UP, Move.SUGGEST, Move.FEED_BACK, Move.EVALUATE})
"""Moves that come from citizens, channels and the comparison, not from the units of the case."""
BASIS = ("state", "urgency", "category", "division_code", "assignment", "due_at", "confidential")
"""Fields that a decision rests on."""


def basis_seq(case: Case, move: Move, changes: dict[str, Any]) -> int:
    """Return the `basis_seq` of a case after its next entry, which makes `changes`.

    An entry counts unless its move is one of `BESIDE` and leaves the fields of `BASIS` as they are.
    """
    is_same = all(changes[name] == getattr(case, name) for name in BASIS if name in changes)
    return case.basis if move in BESIDE and is_same else case.seq + 1
