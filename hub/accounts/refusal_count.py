"""How often the same was refused 拒绝计数: so that a flood of refusals is a few lines. Pure.

The first refusals of a kind in a minute are lines of their own; further ones are counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

LINES_EACH = 10
"""Lines of one kind in a minute; what comes beyond is counted."""
MOST_LINES = 120
"""Lines of all kinds in a minute."""
MOST_KINDS = 1000
"""Kinds that are counted apart; what comes beyond is counted together, by what was refused."""


class Refusal(NamedTuple):
    """What is counted together: who was refused what, from where."""

    who: str
    role: str
    unit: str
    what: str
    address: str = ""


@dataclass(slots=True)
class _Tally:
    minute: int
    lines: int = 0
    more: int = 0
    last: str = ""


class RefusalCount:
    """The refusals of this minute, and those of earlier ones that are not written yet."""

    def __init__(self) -> None:
        self._tallies: dict[Refusal, _Tally] = {}
        self._minute, self._lines = 0, 0

    def count(self, refusal: Refusal, detail: str, at: datetime) -> bool:
        """Return whether a refusal is only counted; if not, it is to be a line of its own."""
        tally = self._tally(refusal, at)
        if self._lines < MOST_LINES and tally.lines < LINES_EACH and refusal in self._tallies:
            tally.lines += 1
            self._lines += 1
            return False
        tally.more += 1
        tally.last = detail
        return True

    def keep(self, refusal: Refusal, detail: str, at: datetime) -> None:
        """Count a refusal that could not be written as a line."""
        tally = self._tally(refusal, at)
        tally.more += 1
        tally.last = detail

    def over(self, now: datetime, *, is_last: bool = False) -> Iterator[tuple[Refusal, str]]:
        """Yield the kinds whose minute is over, each with how many were only counted.

        One is forgotten when the next is asked for, so that a count that could not be written is
        yielded again another time.
        """
        minute = _minute(now)
        for refusal, tally in list(self._tallies.items()):
            if tally.minute == minute and not is_last:
                continue
            if tally.more:
                yield refusal, f"{tally.more} more within a minute, the last: {tally.last}"
            self._tallies.pop(refusal, None)

    def _tally(self, refusal: Refusal, at: datetime) -> _Tally:
        minute = _minute(at)
        if minute != self._minute:
            self._minute, self._lines = minute, 0
        if refusal not in self._tallies and len(self._tallies) >= MOST_KINDS:
            refusal = Refusal("", "", "", refusal.what)
        return self._tallies.setdefault(refusal, _Tally(minute))


def _minute(at: datetime) -> int:
    return int(at.timestamp()) // 60
