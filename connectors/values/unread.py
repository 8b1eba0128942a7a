"""Optional values that cannot be read 未读字段: the report is accepted without them.

`native` keeps the value under its own name; `native["unread"]` has the reason under the same name.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from connectors.contract import UNREAD, FaultError

Value = TypeVar("Value")
Result = TypeVar("Result")


class Unread:
    """Collects the unreadable optional values of one report."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}
        self._reasons: dict[str, str] = {}

    def note(self, name: str, value: Any, reason: str) -> None:
        """Keep a value that could not be read, with the reason as one sentence."""
        self._values[name] = value
        self._reasons[name] = reason

    def explain(self, name: str, reason: str) -> None:
        """Add the reason for a field whose value `native` has already, or the fact shows."""
        self._reasons.setdefault(name, reason)

    def read(
        self, name: str, value: Value, reader: Callable[[Value, str], Result], default: Result
    ) -> Result:
        """Return `reader(value, name)`; if it raises `FaultError`, note it, return the default."""
        try:
            return reader(value, name)
        except FaultError as error:
            self.note(name, value, error.fault.detail)
            return default

    @property
    def native(self) -> dict[str, Any]:
        """The kept values and their reasons, for `native`; empty where all was readable."""
        return {**self._values, UNREAD: dict(self._reasons)} if self._reasons else {}
