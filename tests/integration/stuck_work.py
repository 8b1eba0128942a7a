"""A worker that never gets to tell what it has decided; a file says that it has begun to."""

import asyncio
from typing import NoReturn

from hub.processes.worker import run
from hub.settings import Settings
from hub.worker.redo_publisher import Retelling
from streams.worker.publisher import Kinds

SETTINGS = Settings()
BEGUN = "begun-to-tell"


async def _tell(_: Retelling, __: int, kinds: Kinds) -> NoReturn:
    if any(kinds):
        (SETTINGS.data / BEGUN).touch()
    await asyncio.Event().wait()
    raise AssertionError


Retelling.tell = _tell  # type: ignore[method-assign]

if __name__ == "__main__":
    run(SETTINGS)
