"""A file that is read again once it has changed, without anybody being started anew."""

import time
from pathlib import Path

LOOK_EVERY = 1.0
"""Seconds between two looks: a file of secrets is asked for with every message."""


class FollowedFile:
    """Says whether its file has changed since it was last asked."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen, self._look_at = self._changed_at(), 0.0

    def has_changed(self) -> bool:
        """Return whether to read it again; looks at it now and then only."""
        now = time.monotonic()
        if now < self._look_at:
            return False
        self._look_at = now + LOOK_EVERY
        before, self._seen = self._seen, self._changed_at()
        return self._seen != before

    def _changed_at(self) -> int:
        return self.path.stat().st_mtime_ns if self.path.exists() else 0
