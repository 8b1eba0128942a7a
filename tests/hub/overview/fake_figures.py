"""A screen without a store: it counts what it is asked, and answers when it is let."""

import threading
from collections import Counter
from typing import Any

from hub.accounts.permissions import Scope
from hub.store.client import Store


class FakeScreen:
    """Answers with empty figures; `gate` holds the answers back while it is not set."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.running, self.most_at_once = 0, 0
        self.stored = "1"
        """What changes when something is stored."""
        self.gate = threading.Event()
        self.gate.set()
        self._counting = threading.Lock()

    def quick(self, scope: Scope) -> dict[str, Any]:
        """Return totals, of nothing."""
        self._answer(f"quick {scope.given.get('area', '')}")
        totals = dict.fromkeys(("open", "overdue", "yellow", "triage"), 0)
        return {"totals": totals, "health": {"lag": None}}

    def slow(self, scope: Scope) -> dict[str, Any]:
        """Return no rates."""
        self._answer(f"slow {scope.given.get('area', '')}")
        return {"rates": []}

    def version(self) -> str:
        """Return what the store is at."""
        return self.stored

    def _answer(self, question: str) -> None:
        with self._counting:
            self.asked[question] += 1
            self.running += 1
            self.most_at_once = max(self.most_at_once, self.running)
        assert self.gate.wait(30), "the test lets the screen answer"
        with self._counting:
            self.running -= 1


class NoStore(Store):
    """A store for what only writes the audit."""

    def __init__(self) -> None:
        """Open nothing."""

    def insert(self, *_: Any) -> None:
        """Forget what is written."""

    def raw(self, *_: Any) -> bytes:
        """Return no rows, in a format in which that is nothing."""
        return b""

    def rows(self, *_: Any) -> list[Any]:
        """Return nothing."""
        return []
