"""Wording 用语: times, status words and cells, as citizens and offices read them."""

import re
import unicodedata
from datetime import datetime

from schemas.base import BEIJING
from schemas.cases.case import State
from schemas.cases.feedback import Feedback

_WORDS: dict[State, str] = {
    State.RECEIVED: "已受理",
    State.TRIAGE: "已受理",
    State.ASSIGNED: "已派单",
    State.ACCEPTED: "办理中",
    State.HANDLING: "办理中",
    State.SUSPENDED: "暂缓办理",
    State.RESOLVED: "已办结",
    State.FED_BACK: "已办结",
    State.EVALUATED: "已办结",
    State.CLOSED: "已归档",
    State.MERGED: "并案办理",
    State.WITHDRAWN: "已撤回",
}
"""The channels' names of our states; channels do not know triage."""


def status(feedback: Feedback) -> str:
    """Return the state of a case in the words of the channels."""
    return _WORDS[feedback.state]


LONGEST_TITLE = 30
CLAUSE_END = re.compile(r"(?<=\S{6})[。！？；，,\n]")
"""End of a clause that is long enough to be a title."""


def title_of(text: str) -> str:
    """Return the first clause of a text as its title."""
    first = CLAUSE_END.split(text.strip(), maxsplit=1)[0]
    return first if len(first) <= LONGEST_TITLE else f"{first[:LONGEST_TITLE]}…"


def local(at: datetime | None) -> str:
    """Return Beijing time without a zone, as the channels write it; empty for None."""
    return at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S") if at else ""


BEGINNINGS = frozenset("=+-@|%\N{MINUS SIGN}\N{HYPHEN}\N{EN DASH}")
"""First characters of formulas, of Lotus 1-2-3 commands and of DDE, after NFKC normalisation.

NFKC maps full-width, small, superscript and subscript forms to them.
"""
BLANK = frozenset({"Cc", "Cf", "Co", "Cn", "Cs", "Mn", "Me", "Zs", "Zl", "Zp"})
"""Unicode categories of characters that are invisible or that spreadsheets skip."""
FILLERS = frozenset(
    "\N{HANGUL FILLER}\N{HANGUL CHOSEONG FILLER}\N{HANGUL JUNGSEONG FILLER}"
    "\N{HALFWIDTH HANGUL FILLER}\N{BRAILLE PATTERN BLANK}"
)


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet runs as a formula.

    A cell that begins like a formula, or with a control character such as a tab, gets `'` in front.
    """
    if cell and (unicodedata.category(cell[0]) == "Cc" or _begins_formula(cell)):
        return f"'{cell}"
    return cell


def _begins_formula(cell: str) -> bool:
    first = next((character for character in cell if not _is_blank(character)), "")
    return any(part in BEGINNINGS for part in unicodedata.normalize("NFKC", first))


def _is_blank(character: str) -> bool:
    return unicodedata.category(character) in BLANK or character in FILLERS
