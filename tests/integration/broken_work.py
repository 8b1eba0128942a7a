"""A worker whose way out fails as nothing that is known does."""

from typing import NoReturn

from hub.retelling import Retelling
from hub.settings import Settings
from hub.work import run
from streams.outlet import Kinds


async def _tell(_: Retelling, __: int, ___: Kinds) -> NoReturn:
    raise ZeroDivisionError


Retelling.tell = _tell  # type: ignore[method-assign]

if __name__ == "__main__":
    run(Settings())
