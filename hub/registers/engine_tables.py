"""The tables of the registers through the engine's process 引擎侧台账, which alone changes them."""

from typing import Any

from hub.registers.tables import Difference, Unknown, Version
from hub.settings.store import StoreSettings
from hub.store.engine_client import ask_engine
from schemas.registers.entry import RegisterKind

WITHIN = 600.0
"""Timeout of one step in seconds: millions of rows are copied and compared."""


class EngineRegisterTables:
    """The registers in the embedded store; each step is a request of `hub.sql.register_loads`.

    Every method raises `OperationalError` if the engine does not answer, `DatabaseError` if it
    refuses.
    """

    def __init__(self, settings: StoreSettings) -> None:
        self._settings = settings

    def stage(self, kind: RegisterKind, *, keep: bool) -> None:
        """Create the table beside; `keep`: with the entries of the present version."""
        self._ask(kind, "stage", {"keep": keep})

    def fill(self, kind: RegisterKind, lines: bytes) -> None:
        """Insert rows: JSON arrays of `TABLE_COLUMNS`, one a line; days are ISO 8601 texts."""
        self._ask(kind, "fill", lines)

    def difference(self, kind: RegisterKind) -> Difference:
        """Compare it with the present version."""
        return Difference(*self._ask(kind, "difference", {}))

    def unknown(self, kind: RegisterKind) -> Unknown:
        """Return what it names and another register lacks; nothing if that is not loaded."""
        return Unknown(*self._ask(kind, "unknown", {}))

    def publish(self, kind: RegisterKind, version: Version) -> int:
        """Exchange the tables; return the number of the version."""
        line = {**version._asdict(), "at": version.at.isoformat()}
        return int(self._ask(kind, "publish", line))

    def drop(self, kind: RegisterKind) -> None:
        """Delete the table beside; the present version stays."""
        self._ask(kind, "drop", {})

    def _ask(self, kind: RegisterKind, step: str, body: dict[str, Any] | bytes) -> Any:
        return ask_engine(self._settings, f"/registers/{kind}/{step}", body, within=WITHIN)
