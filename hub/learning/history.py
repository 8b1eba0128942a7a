"""What the people of a case decided 办理史: its last category, its last unit, its pairs. Pure.

A machine's own entries say what a decision was about; they are no decision.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.learning.decisions import (
    CategoryDecision,
    How,
    PairDecision,
    PairSide,
    UnitDecision,
)
from schemas.cases.case import Case, Move
from schemas.category import CATEGORIES, OTHER
from streams.report import first_telling

HUB = "hub"
"""Actor of the entries that the hub made by itself."""
REASSIGNING = frozenset({Move.ASSIGN, Move.TRIAGE, Move.HAND_OVER, Move.ESCALATE})
"""Moves with which a person may set the category."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a case, as far as it is a decision. `unit` is the unit after it."""

    move: Move
    at: datetime
    actor: str
    data: Mapping[str, Any]
    unit: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """A case with its entries in order, and the actors that are programs, beside the hub."""

    case: Case
    entries: Sequence[Entry]
    programs: AbstractSet[str] = frozenset()

    def is_person(self, entry: Entry) -> bool:
        """Whether a person made the entry."""
        return entry.actor != HUB and entry.actor not in self.programs

    def category(self, native: str = "") -> CategoryDecision | None:
        """Return the final category, if a person decided it.

        A category that was returned 退单 afterwards and that nobody has accepted since is disputed,
        and counts for nobody.
        """
        decided: tuple[Entry, How, str] | None = None
        accepted: Entry | None = None
        for entry in filter(self.is_person, self.entries):
            leaf = str(entry.data.get("category") or "")
            if entry.move in REASSIGNING and _is_leaf(leaf):
                decided, accepted = (entry, How.SET, leaf), None
            elif entry.move is Move.RETURN:
                decided, accepted = None, None
            elif entry.move is Move.ACCEPT:
                accepted = entry
            elif entry.move is Move.RESOLVE and accepted and decided is None:
                decided = (accepted, How.HANDLED, self.case.category)
        if decided is None or not _is_leaf(decided[2]):
            return None
        entry, how, leaf = decided
        return CategoryDecision(
            case=str(self.case.case_id),
            at=entry.at,
            by=entry.actor,
            how=how,
            leaf=leaf,
            native=native if _is_leaf(native) else "",
            telling=first_telling(self.case),
        )

    def unit(self) -> UnitDecision | None:
        """Return the unit that a person chose, or that accepted the case, if it has it still."""
        decided: Entry | None = None
        returns = hand_overs = 0
        for entry in filter(self.is_person, self.entries):
            returns += entry.move is Move.RETURN
            hand_overs += entry.move in (Move.HAND_OVER, Move.ESCALATE)
            if entry.move in (*REASSIGNING, Move.ACCEPT):
                decided = entry if entry.unit else None
            elif entry.move is Move.RETURN:
                decided = None
        if decided is None or not self.case.assignment or self.case.assignment.unit != decided.unit:
            return None
        first = self._first_decision()
        return UnitDecision(
            case=str(self.case.case_id),
            at=decided.at,
            by=decided.actor,
            unit=decided.unit,
            first=first.unit if first else "",
            rule=str(first.data.get("rule", "")) if first else "",
            returns=returns,
            hand_overs=hand_overs,
        )

    def _first_decision(self) -> Entry | None:
        """Return how the rules decided first."""
        own = (e for e in self.entries if e.move in (Move.ASSIGN, Move.TRIAGE))
        first = next(own, None)
        return first if first is not None and not self.is_person(first) else None

    def pairs_with(self) -> dict[str, Entry]:
        """Return the last decision of a person on each other case, by the id of that case.

        A decision on two cases is in both histories; it is returned for one of them only.
        """
        last: dict[str, Entry] = {}
        for entry in filter(self.is_person, self.entries):
            if entry.move is Move.MERGE and entry.data.get("into"):
                last[str(entry.data["into"])] = entry
            elif entry.move is Move.SPLIT and entry.data.get("to"):
                last[str(entry.data["to"])] = entry
            elif entry.move is Move.SPLIT:
                last.pop(str(entry.data.get("from", "")), None)
            elif entry.move is Move.KEEP_APART:
                other = str(entry.data.get("case_id", ""))
                if other and str(self.case.case_id) < other:
                    last[other] = entry
                else:
                    last.pop(other, None)
        return last

    def suggested(self) -> set[str]:
        """Return the ids of the cases about which the hub asked."""
        asked: set[str] = set()
        for entry in self.entries:
            if entry.move is Move.SUGGEST:
                named = (entry.data, *_mappings(entry.data.get("others")))
                asked |= {str(item["case_id"]) for item in named if item.get("case_id")}
        return asked


def pair_of(history: History, other: Case, entry: Entry, *, suggested: bool) -> PairDecision | None:
    """Return the decision on two cases; None where a later one has overruled it."""
    case = history.case
    same = entry.move is Move.MERGE
    one_now = case.merged_into == other.case_id or other.merged_into == case.case_id
    if same != one_now or case.wish or other.wish:
        return None
    first, second = sorted((case, other), key=lambda member: str(member.case_id))
    keys = (first.reports[0].reporter_key, second.reports[0].reporter_key)
    return PairDecision(
        case=f"{first.case_id}/{second.case_id}",
        at=entry.at,
        by=entry.actor,
        same=same,
        suggested=suggested,
        same_reporter=bool(keys[0]) and keys[0] == keys[1],
        first=_side(first),
        second=_side(second),
    )


def _side(case: Case) -> PairSide:
    return PairSide(telling=first_telling(case), at=case.reports[0].received_at)


def _is_leaf(code: str) -> bool:
    return code in CATEGORIES and code != OTHER


def _mappings(items: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(items, Iterable):
        yield from (item for item in items if isinstance(item, Mapping))
