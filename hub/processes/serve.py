"""`hub serve` 存储服务: the process of the embedded store, with the sink and a query endpoint.

The embedded engine can have one process only, so everything that opens the store's folder runs in
this one. It also executes the SQL of the staff. Therefore a wall (`hub.processes.engine_wall`)
keeps it from the keys, the staff file, the credentials and the journal. The pages, the log-in and
the staff's SQL port belong to `hub overview`. With a ClickHouse server this process is the sink
alone, and the staff query the server.
"""

import asyncio
import os
import shutil
import tempfile
from dataclasses import asdict
from typing import Any

from aiohttp import web

from hub.broker.connection import preload_credentials
from hub.broker.wakeup import TopicReader, wakeup_of
from hub.processes.engine_wall import cut_environment, raise_wall, try_wall
from hub.processes.sink import run_sink
from hub.runtime.lock import acquire_lock
from hub.runtime.log import set_up_logging
from hub.runtime.metrics_access import MetricsAccess
from hub.runtime.paths import DataPaths
from hub.runtime.process import listen
from hub.security.landlock import Wall
from hub.settings import Settings
from hub.sql.engine import EngineEndpoint, digest
from hub.sql.users import own_token
from hub.store.client import Store


class Endpoint:
    """Answers the hub's other processes from the embedded engine, once the store is open."""

    def __init__(self, settings: Settings, token_digest: bytes, wall: Wall) -> None:
        self._settings, self._digest, self._wall = settings, token_digest, wall

    async def listen(self, store: Store) -> web.AppRunner:
        """Listen on 127.0.0.1, whatever address the other servers listen on."""
        endpoint = await asyncio.to_thread(
            EngineEndpoint, self._settings, store, self._digest, self.report
        )
        port = self._settings.store_port
        return await listen(endpoint.app, "127.0.0.1", port, cancels=True)

    def report(self) -> dict[str, Any]:
        """Return the state of the wall, and the result of trying to open each secret file."""
        trials = [asdict(trial) for trial in try_wall(self._settings)]
        return {"wall": str(self._wall), "missing": self._wall.missing, "trials": trials}


def main() -> None:
    """Run the process with the settings of its environment.

    The order matters. All secret files are read before the wall is raised. The wall is raised
    before a second thread runs and before the engine's library is loaded.
    """
    settings = Settings()
    if settings.clickhouse:
        set_up_logging(settings, "serve")
        asyncio.run(run_sink(settings))
        return
    cut_environment()
    set_up_logging(settings, "serve")
    # Held until the process ends. A server has locks of its own.
    lock = acquire_lock(settings.data, "serve")
    preload_credentials(settings)
    token_digest, access = digest(own_token(settings)), MetricsAccess(settings)
    _create_folders(settings)
    wakeup = wakeup_of(settings, TopicReader.SINK)
    wall = raise_wall(settings)
    asyncio.run(run_sink(settings, Endpoint(settings, token_digest, wall).listen, access, wakeup))
    if lock:
        lock.close()


def _create_folders(settings: Settings) -> None:
    """Create the folders that this process writes; the engine's scratch files go to one of them.

    Scratch files contain rows on their way into the engine. Those of a killed process are deleted.
    """
    paths = DataPaths(settings.data)
    paths.clickhouse.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.rmtree(paths.engine_scratch, ignore_errors=True)
    paths.engine_scratch.mkdir(mode=0o700)
    os.environ["TMPDIR"] = str(paths.engine_scratch.absolute())
    # Python may have chosen its folder of scratch files already.
    tempfile.tempdir = None


if __name__ == "__main__":
    main()
