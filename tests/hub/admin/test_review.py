"""The review of suggestions in a terminal: what is shown, and what each key does."""

import json
from collections.abc import Iterable
from typing import Any

from hub.admin.review import Pair, Tally, pair_of, review
from hub.runtime.errors import HubError
from schemas.cases.case import Move

EVIDENCE = json.dumps(
    {
        "features": {"same_name": 1.0, "days": 0.5, "new_feature": 0.1},
        "weights": {"same_name": 3.5, "days": -1.0, "new_feature": 1.0},
    }
)
ROW: dict[str, Any] = {
    "case_id": "new",
    "other_id": "old",
    "score": 0.61,
    "barred": "different places",
    "worth": 1.2,
    "opened_at": "2026-03-02 12:30:00.000",
    "other_opened_at": "2026-03-02 12:00:00.000",
    "place_name": "人民东路",
    "other_place_name": "幸福小区",
    "title": "",
    "content": "东门灯坏了",
    "other_title": "路灯",
    "other_content": "门口路灯不亮",
    "evidence": EVIDENCE,
}


class FakeScreen:
    """Presses the given keys, and keeps what was shown."""

    def __init__(self, keys: str) -> None:
        self.keys, self.shown = list(keys), list[str]()

    def show(self, text: str) -> None:
        """Keep a text."""
        self.shown.append(text)

    def key(self) -> str:
        """Return the next key, at the end nothing."""
        return self.keys.pop(0) if self.keys else ""


def run(keys: str, suggested: Iterable[Pair]) -> tuple[list[tuple[Move, str, str]], Tally, str]:
    """Return the commands that were sent, the tally, and all that was shown.

    The hub refuses every command for the case `gone`.
    """
    sent, screen = list[tuple[Move, str, str]](), FakeScreen(keys)

    def decide(move: Move, pair: Pair) -> str:
        if pair.newer == "gone":
            raise HubError("refused: the case was merged")
        sent.append((move, pair.older, pair.newer))
        return "done"

    tally = review(suggested, screen, decide)
    return sent, tally, "\n".join(screen.shown)


def test_a_pair_is_shown_side_by_side_with_its_reasons() -> None:
    """The older case is on the left; reasons are in words, with their weight and sign."""
    pair = pair_of(ROW)
    assert (pair.older, pair.newer) == ("old", "new")
    assert pair.table.index("幸福小区") < pair.table.index("人民东路")
    assert "门口路灯不亮" in pair.table
    assert "0.61：同一地名 +3.5、时间相隔 -0.5、new_feature +0.1" in pair.table
    assert "different places" in pair.table


def test_each_key_does_what_the_screen_says() -> None:
    """Y merges into the older case, n keeps apart, s skips, q ends; other keys do nothing."""
    suggested = [Pair(f"o{n}", f"n{n}", "") for n in range(5)]
    sent, tally, _ = run("xy N?sq", suggested)
    assert sent == [(Move.MERGE, "o0", "n0"), (Move.KEEP_APART, "o1", "n1")]
    assert (tally.merged, tally.apart, tally.later) == (1, 1, 1)


def test_a_refusal_is_shown_and_the_review_goes_on() -> None:
    """A colleague may have answered before."""
    sent, tally, shown = run("yn", [Pair("a", "gone", ""), Pair("b", "c", "")])
    assert sent == [(Move.KEEP_APART, "b", "c")]
    assert tally.refused == 1
    assert "refused: the case was merged" in shown


def test_a_case_that_was_merged_in_this_review_is_not_shown_again() -> None:
    """Its pairs are of a case that has ended. The end of the input ends the review."""
    sent, _, _ = run("yy", [Pair("a", "b", ""), Pair("c", "b", ""), Pair("a", "d", "")])
    assert sent == [(Move.MERGE, "a", "b"), (Move.MERGE, "a", "d")]


def test_brackets_in_a_text_are_shown_as_they_were_written() -> None:
    """What looks like markup of the terminal is a citizen's text."""
    table = pair_of(ROW | {"title": "结尾[/b]", "content": "[red]二楼 :sos:"}).table
    assert "结尾[/b]" in table
    assert "[red]二楼 :sos:" in table
