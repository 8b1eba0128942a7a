"""Program: one store with marks behind the staff's endpoint, on a free port.

A process can open one store only. A statement that ends the process must not end the test.
"""

import asyncio
import json
import logging
import os
import sys
from pathlib import Path

import structlog

from hub.settings import Settings
from hub.store.client import open_store
from hub.store.migrate import migrate
from tests.attack.entry import passwords, served
from tests.attack.marked_store import Variant, fill, write_files


def main(folder: Path, variant: Variant, *, is_new: bool) -> None:
    """Serve until the input ends; print port and passwords as one line of JSON."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    # The engine's output goes to standard error: standard output has one line for the caller.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    settings = Settings(
        data=folder,
        sql_rows=5000,
        sql_seconds=3,
        sql_memory=300_000_000,
        login_limit="1000000/minute",
        login_limit_address="1000000/minute",
        login_limit_name="1000000/minute",
    )
    store = open_store(settings)
    if is_new:
        migrate(store)
        fill(store, variant)
        write_files(settings, variant)

    async def serve() -> None:
        async with served(settings, store) as port:
            ready = {"port": port, "passwords": passwords(settings)}
            print(json.dumps(ready), file=out, flush=True)
            await asyncio.to_thread(sys.stdin.read)

    asyncio.run(serve())
    store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Variant(sys.argv[2]), is_new=sys.argv[3] == "new")
