"""`hub cases review` 疑似同案逐件判定: shows pair after pair, and takes one key for each answer."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from rich.table import Table

from hub.admin.ask import ask_store, render_table
from hub.runtime.errors import HubError
from hub.settings.store import StoreSettings
from schemas.cases.case import Move

PAIRS = (
    "SELECT toString(case_id) AS case_id, toString(other_id) AS other_id, score, barred, worth,"
    " toString(opened_at) AS opened_at, toString(other_opened_at) AS other_opened_at, place_name,"
    " other_place_name, title, substringUTF8(content, 1, 400) AS content, other_title,"
    " substringUTF8(other_content, 1, 400) AS other_content, evidence"
    " FROM suggestions ORDER BY worth DESC, at DESC, case_id, other_id LIMIT {limit:UInt32}"
)
YES, NO, LATER, QUIT = "y", "n", "s", "q"
KEYS = f"[{YES}] 同一事项，并案  [{NO}] 不是同一事项  [{LATER}] 以后再定  [{QUIT}] 结束"
WIDTH = 110
SHOWN_REASONS = 6
WORDS = {
    "same_name": "同一地名",
    "near": "位置相近",
    "far": "相距较远",
    "trouble": "事由相同",
    "other_trouble": "事由不同",
    "same_leaf": "类别相同",
    "other_leaf": "类别不同",
    "words": "用词相同",
    "characters": "用字相同",
    "sounds": "读音相同",
    "copied": "文字完全相同",
    "marks": "楼栋、单元、车牌等相同",
    "same_object": "被反映对象相同",
    "same_reporter": "同一诉求人",
    "attachment": "附件相同",
    "days": "时间相隔",
}
"""The features of a match in words; a feature without an entry is shown by its name."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two open cases that may be one matter: ids, text of each, and why."""

    older: str
    newer: str
    table: str


@dataclass(slots=True)
class Tally:
    """How many pairs were answered, and how many answers the hub refused."""

    merged: int = 0
    apart: int = 0
    later: int = 0
    refused: int = 0

    def line(self) -> str:
        """Return the tally as a sentence."""
        return (
            f"{self.merged} merged, {self.apart} kept apart, {self.later} left for later,"
            f" {self.refused} refused"
        )


class Screen(Protocol):
    """A terminal."""

    def show(self, text: str) -> None:
        """Show a text."""

    def key(self) -> str:
        """Return the next key that is pressed; empty at the end of the input."""


Decide = Callable[[Move, Pair], str]
"""Sends the command for a pair and returns its outcome in words; raises `HubError`."""


def pairs(settings: StoreSettings, limit: int) -> Iterator[Pair]:
    """Yield the open suggestions, the most useful first; raises `HubError`."""
    for row in ask_store(settings, PAIRS, {"limit": limit}):
        yield pair_of(row)


def pair_of(row: Mapping[str, Any]) -> Pair:
    """Return the pair of a row of the view `suggestions`: the older case is on the left."""
    left, right = ("other_", "") if row["other_opened_at"] <= row["opened_at"] else ("", "other_")
    older, newer = (str(row["other_id" if side else "case_id"]) for side in (left, right))
    table = Table(title=f"{older}  ·  {newer}", width=WIDTH, show_lines=True)
    for side in (left, right):
        table.add_column(
            f"{row[f'{side}opened_at'][:16]} {row[f'{side}place_name']}", ratio=1, overflow="fold"
        )
    table.add_row(*(f"{row[f'{side}title']}\n{row[f'{side}content']}" for side in (left, right)))
    why = f"可能性 {row['score']:.2f}：{'、'.join(reasons(row['evidence'])) or '无'}"
    if row["barred"]:
        why += f"（不自动并案：{row['barred']}）"
    return Pair(older, newer, f"{render_table(table, width=WIDTH)}{why}")


def reasons(evidence: str) -> list[str]:
    """Return the features that counted most, in words: 同一地名 +3.5 counts for one matter."""
    match = json.loads(evidence or "{}")
    weights = match.get("weights") or {}
    counted = {
        name: value * weights.get(name, 0.0)
        for name, value in (match.get("features") or {}).items()
    }
    strongest = sorted(counted, key=lambda name: (-abs(counted[name]), name))[:SHOWN_REASONS]
    return [f"{WORDS.get(name, name)} {counted[name]:+.1f}" for name in strongest]


def review(suggested: Iterable[Pair], screen: Screen, decide: Decide) -> Tally:
    """Show each pair and carry out the answer, until the last pair or the key q.

    A refusal is shown, for example because a colleague has answered before, and the next pair
    follows. A pair whose older or newer case was merged in this review is passed over.
    """
    tally, absorbed = Tally(), set[str]()
    for pair in suggested:
        if absorbed & {pair.older, pair.newer}:
            continue
        screen.show(f"{pair.table}\n{KEYS}")
        answer = _answer(screen)
        if answer == QUIT:
            break
        if answer == LATER:
            tally.later += 1
            continue
        try:
            screen.show(decide(Move.MERGE if answer == YES else Move.KEEP_APART, pair))
        except HubError as error:
            screen.show(str(error))
            tally.refused += 1
            continue
        if answer == YES:
            tally.merged += 1
            absorbed.add(pair.newer)
        else:
            tally.apart += 1
    return tally


def _answer(screen: Screen) -> str:
    """Return the next key that is an answer; the end of the input ends the review."""
    while key := screen.key().lower():
        if key in (YES, NO, LATER, QUIT):
            return key
    return QUIT
