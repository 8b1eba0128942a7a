"""Items that fail round after round 反复失败: tried again a few times, then left out."""

from collections import Counter
from dataclasses import dataclass, field

TRIES = 5


@dataclass(slots=True)
class Stuck:
    """Counts how often each item could not be read or kept."""

    tries: int = TRIES
    _failures: Counter[str] = field(default_factory=Counter)

    def failed(self, item: str) -> bool:
        """Count one more failure of an item; return whether it is to be left out now."""
        self._failures[item] += 1
        return self.is_left_out(item)

    def is_left_out(self, item: str) -> bool:
        """Return whether an item has failed too often."""
        return self._failures[item] >= self.tries

    def clear(self, item: str) -> None:
        """Forget the failures of an item: it was read."""
        del self._failures[item]
