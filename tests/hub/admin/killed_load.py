"""A process that loads a register and is killed: while rows are sent, or just before their use.

Run as `python -m tests.hub.admin.killed_load FILE MOMENT`; `MOMENT` is `filling` or `before_use`.
"""

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from hub.registers import load
from hub.registers.catalogue import REGISTERS
from hub.registers.engine_tables import EngineRegisterTables
from hub.registers.grids import KnownGrids
from hub.registers.load import RegisterLoad, Terms
from hub.registers.rows import inspect
from hub.registers.stored import EntrySealer
from hub.security.keyring import open_sealer
from hub.settings import Settings
from hub.town.registers import load_town
from schemas.registers.entry import RegisterKind

PORTIONS = 3


def end() -> None:
    """End this process as a power cut does."""
    os.kill(os.getpid(), signal.SIGKILL)


class EndsWhileFilling(EngineRegisterTables):
    """Sends three portions; then the process is killed."""

    sent = 0

    def fill(self, kind: RegisterKind, lines: bytes) -> None:
        """Send a portion, or end."""
        super().fill(kind, lines)
        self.sent += 1
        if self.sent == PORTIONS:
            end()


def main(file: Path, moment: str) -> None:
    """Load a file as the whole register of people."""
    settings, register = Settings(), REGISTERS[RegisterKind.PEOPLE]
    tables = EngineRegisterTables(settings)
    if moment == "filling":
        load.MOST_BYTES, tables = 100, EndsWhileFilling(settings)
    RegisterLoad(
        register,
        tables,
        EntrySealer(register, open_sealer(settings)),
        KnownGrids(load_town(settings.town)),
        print,
    ).run([inspect(file)], Terms(), "nobody", lambda: datetime.now(UTC), lambda _: end())


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
