"""Figures without a store: they count their queries, and a test can hold back their results."""

import threading
from collections import Counter
from typing import Any

from hub.accounts.permissions import Scope
from hub.store.client import Store


class FakeFigures:
    """Returns empty figures; while `gate` is not set, it holds them back."""

    def __init__(self) -> None:
        self.queries: Counter[str] = Counter()
        self.running, self.most_at_once = 0, 0
        self.versions = 0
        """How often somebody asked for the version."""
        self.stored = "1"
        """The version of the store; a test changes it to simulate a new row."""
        self.gate = threading.Event()
        self.gate.set()
        self._counting = threading.Lock()

    def quick(self, scope: Scope) -> dict[str, Any]:
        """Return totals that are zero."""
        self._answer(f"quick {scope.parameters.get('area', '')}")
        totals = dict.fromkeys(("open", "overdue", "yellow", "triage"), 0)
        return {"totals": totals, "health": {"lag": None}}

    def slow(self, scope: Scope) -> dict[str, Any]:
        """Return no rates."""
        self._answer(f"slow {scope.parameters.get('area', '')}")
        return {"rates": []}

    def version(self) -> str:
        """Return the version of the store."""
        self.versions += 1
        return self.stored

    def _answer(self, question: str) -> None:
        with self._counting:
            self.queries[question] += 1
            self.running += 1
            self.most_at_once = max(self.most_at_once, self.running)
        assert self.gate.wait(30), "the test must set `gate`"
        with self._counting:
            self.running -= 1


class NoStore(Store):
    """A store for programs that only write the audit."""

    def __init__(self) -> None:
        """Open nothing."""

    def insert(self, *_: Any) -> None:
        """Drop the rows."""

    def raw(self, *_: Any) -> bytes:
        """Return an empty result."""
        return b""

    def rows(self, *_: Any) -> list[Any]:
        """Return no rows."""
        return []
