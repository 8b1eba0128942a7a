"""A worker that never gets to tell what it has decided; a file says that it has begun to."""

import asyncio
from typing import NoReturn

from hub.retelling import Retelling
from hub.settings import Settings
from hub.work import run
from streams.outlet import Kinds

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
