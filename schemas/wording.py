"""Wording 用语: times, status words and cells, as citizens and offices read them."""

import unicodedata
from datetime import datetime

from schemas.base import BEIJING
from schemas.cases.case import State
from schemas.cases.feedback import Feedback

_WORDS: dict[State, str] = {
    State.RECEIVED: "已受理", State.TRIAGE: "已受理", State.ASSIGNED: "已派单",
    State.ACCEPTED: "办理中", State.HANDLING: "办理中", State.SUSPENDED: "暂缓办理",
    State.RESOLVED: "已办结", State.FED_BACK: "已办结", State.EVALUATED: "已办结",
    State.CLOSED: "已归档", State.MERGED: "并案办理", State.WITHDRAWN: "已撤回",
}  # fmt: skip
"""What channels call our states; triage is ours alone."""


def status(feedback: Feedback) -> str:
    """Return the status word of the channels."""
    return _WORDS[feedback.state]


def local(at: datetime | None) -> str:
    """Return Beijing time without a zone, as the channels write it; empty for none."""
    return at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S") if at else ""


BEGINNINGS = frozenset("=+-@|%\N{MINUS SIGN}\N{HYPHEN}\N{EN DASH}")
"""First characters of formulas, of the old commands of Lotus 1-2-3, and of DDE, in their usual
form; `unicodedata` brings full-width, small, raised and lowered ones to it."""
BLANK = frozenset({"Cc", "Cf", "Co", "Cn", "Cs", "Mn", "Me", "Zs", "Zl", "Zp"})
"""Categories of characters that are not seen, or not taken for the beginning of a cell."""
FILLERS = frozenset(
    "\N{HANGUL FILLER}\N{HANGUL CHOSEONG FILLER}\N{HANGUL JUNGSEONG FILLER}"
    "\N{HALFWIDTH HANGUL FILLER}\N{BRAILLE PATTERN BLANK}"
)


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet runs; one that begins like a formula has `'` before it.

    So has one that begins with a tab, a line end or another control character.
    """
    if cell and (unicodedata.category(cell[0]) == "Cc" or _begins_formula(cell)):
        return f"'{cell}"
    return cell


def _begins_formula(cell: str) -> bool:
    first = next((one for one in cell if not _is_blank(one)), "")
    return any(one in BEGINNINGS for one in unicodedata.normalize("NFKC", first))


def _is_blank(character: str) -> bool:
    return unicodedata.category(character) in BLANK or character in FILLERS
