"""A file that a running process reads again after a change."""

import time
from pathlib import Path

CHECK_EVERY = 1.0
"""Seconds between two checks: a file of secrets is needed for every message."""


class WatchedFile:
    """Knows whether its file has changed since the last check."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._last_change, self._next_check = self._changed_at(), 0.0

    def has_changed(self) -> bool:
        """Return whether to read the file again; checks it once per `CHECK_EVERY` seconds."""
        now = time.monotonic()
        if now < self._next_check:
            return False
        self._next_check = now + CHECK_EVERY
        previous, self._last_change = self._last_change, self._changed_at()
        return self._last_change != previous

    def _changed_at(self) -> int:
        return self.path.stat().st_mtime_ns if self.path.exists() else 0
