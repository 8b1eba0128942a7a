"""Counts of refusals 拒绝计数, so that a flood of refusals becomes a few audit lines. Pure.

The first refusals of a kind in a minute become lines of their own; further ones are counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

LINES_EACH = 10
"""Largest number of lines of one kind in a minute; further refusals are counted."""
MOST_LINES = 120
"""Largest number of lines of all kinds in a minute."""
MOST_KINDS = 1000
"""Kinds with a count of their own; further kinds share one count for each refused action."""


class Refusal(NamedTuple):
    """A kind of refusal, counted together: the same person, action and address."""

    who: str
    role: str
    unit: str
    what: str
    address: str = ""


@dataclass(slots=True)
class _Tally:
    """The refusals of one kind in one minute: lines written, further ones, the last detail."""

    minute: int
    lines: int = 0
    more: int = 0
    last: str = ""


class RefusalCount:
    """The refusals of the current minute, and earlier counts that are not written yet."""

    def __init__(self) -> None:
        self._tallies: dict[Refusal, _Tally] = {}
        self._minute, self._lines = 0, 0

    def count(self, refusal: Refusal, detail: str, at: datetime) -> bool:
        """Count a refusal; return False if it should become a line of its own instead."""
        tally = self._tally(refusal, at)
        if self._lines < MOST_LINES and tally.lines < LINES_EACH and refusal in self._tallies:
            tally.lines += 1
            self._lines += 1
            return False
        tally.more += 1
        tally.last = detail
        return True

    def add(self, refusal: Refusal, detail: str, at: datetime) -> None:
        """Count a refusal whose line could not be written."""
        tally = self._tally(refusal, at)
        tally.more += 1
        tally.last = detail

    def drain(self, now: datetime, *, is_last: bool = False) -> Iterator[tuple[Refusal, str]]:
        """Yield each kind whose minute is over with the detail of its line; all if `is_last`.

        A count is dropped only when the next one is requested. If writing it fails, the caller
        stops iterating, and the count is yielded again next time.
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
