"""A process that loads a register and is killed just before the new version comes into use."""

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

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

if __name__ == "__main__":
    settings, register = Settings(), REGISTERS[RegisterKind.PEOPLE]
    RegisterLoad(
        register,
        EngineRegisterTables(settings),
        EntrySealer(register, open_sealer(settings)),
        KnownGrids(load_town(settings.town)),
        print,
    ).run(
        [inspect(Path(sys.argv[1]))],
        Terms(),
        "nobody",
        lambda: datetime.now(UTC),
        lambda _: os.kill(os.getpid(), signal.SIGKILL),
    )
