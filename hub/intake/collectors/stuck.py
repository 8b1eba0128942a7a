"""Items that fail round after round 反复失败: read again a few times, then left out."""

from dataclasses import dataclass

TRIES = 5


@dataclass(slots=True)
class Stuck:
    """Counts the rounds in a row in which the same item could not be read."""

    tries: int = TRIES
    _item: str = ""
    _failures: int = 0

    def failed(self, item: str) -> bool:
        """Count one more failure of an item; return whether it is to be left out now."""
        if item != self._item:
            self._item, self._failures = item, 0
        self._failures += 1
        return self._failures >= self.tries

    def clear(self) -> None:
        """Forget the item: a round went well."""
        self._item, self._failures = "", 0
