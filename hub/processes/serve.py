"""`hub serve`: the process of the store, with the sink; it runs what others ask of the store.

The embedded engine has one owner, so all that opens the store's folder lives here. The process also
runs the staff's SQL, so a wall is around it (`hub.processes.engine_wall`): it cannot open keys,
staff, credentials or the journal. Pages, log-in and the staff's SQL port are `hub overview`'s.
With a ClickHouse server it is the sink alone, and staff ask the server.
"""

import asyncio
import os
import shutil
import tempfile
import threading
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog
from aiohttp import web

from hub.broker.connection import hold_credentials
from hub.broker.log_mark import log_id, mark_republished
from hub.broker.topics import ensure_topics
from hub.processes.engine_wall import cut_environment, raise_wall, try_wall
from hub.publish.duties import tell_forever
from hub.recovery.republish import republish
from hub.runtime.health import Pulse, watched
from hub.runtime.lock import hold
from hub.runtime.log import set_up_logging
from hub.runtime.metrics_access import MetricsAccess
from hub.runtime.process import collect_seldom, in_thread, listen, stop_on_signal
from hub.security.landlock import Wall
from hub.settings import Settings
from hub.sink.sink import Sink, sink_forever
from hub.sql.engine import EngineEndpoint, digest
from hub.sql.users import own_token
from hub.store.client import Store, open_store
from hub.store.migrate import migrate
from hub.store.parts import monitor_parts
from hub.store.registers import store_registers
from hub.store.retention import set_retention
from hub.town.patrols import load_patrols
from hub.town.registers import load_town

log = structlog.get_logger()


def prepare(settings: Settings) -> Store:
    """Open and migrate the store, fill in the registers, make the topics, republish."""
    store = open_store(settings)
    migrate(store)
    for change in set_retention(store, settings):
        log.info("retention", change=change)
    town = load_town(settings.town)
    patrols = load_patrols(settings.town)
    store_registers(store, town, patrols, datetime.now(UTC))
    ensure_topics(settings)
    if settings.embedded_broker and not log_id(settings):
        cases, dispositions = republish(store, settings)
        mark_republished(settings)
        log.info("republished", cases=cases, dispositions=dispositions)
    return store


def beside(settings: Settings, store: Store, stop: asyncio.Event) -> list[asyncio.Task[None]]:
    """Start what is done beside the sink by the one process that writes."""
    found = [asyncio.create_task(tell_forever(settings, store, stop))]
    if not settings.clickhouse_replicated:
        found.append(asyncio.create_task(monitor_parts(settings, store, stop)))
    return found


async def run(
    settings: Settings, endpoint: "Endpoint | None" = None, access: MetricsAccess | None = None
) -> None:
    """Run until a signal; the batch under way is stored first. `endpoint` answers others."""
    stop = asyncio.Event()
    stop_on_signal(stop)
    with watched(settings, access) as pulse:
        store = await asyncio.to_thread(prepare, settings)
        collect_seldom()
        ended = threading.Event()
        work = partial(sink_forever, Sink(settings, store), lambda: _ends(pulse, ended))
        sinking = asyncio.create_task(in_thread(stop, work))
        others = beside(settings, store, stop)
        runner = await endpoint.listen(store) if endpoint else None
        await stop.wait()
        if runner:
            await runner.cleanup()
        ended.set()
        await asyncio.gather(sinking, *others)
        store.close()


def _ends(pulse: Pulse, ended: threading.Event) -> bool:
    """Beat at each round of the sink's own thread; return whether it is to end."""
    pulse.beat()
    return ended.is_set()


class Endpoint:
    """What the embedded engine's process answers by, once the store is open."""

    def __init__(self, settings: Settings, token_digest: bytes, wall: Wall) -> None:
        self._settings, self._digest, self._wall = settings, token_digest, wall

    async def listen(self, store: Store) -> web.AppRunner:
        """Listen on 127.0.0.1, whatever address the other servers listen on."""
        made = await asyncio.to_thread(
            EngineEndpoint, self._settings, store, self._digest, self.report
        )
        port = self._settings.store_port
        return await listen(made.app, "127.0.0.1", port, cancels=True)

    def report(self) -> dict[str, Any]:
        """Return which wall stands, and what comes of trying it."""
        trials = [asdict(trial) for trial in try_wall(self._settings)]
        return {"wall": str(self._wall), "missing": self._wall.missing, "trials": trials}


def main() -> None:
    """Run the process by the settings of its environment.

    The order matters: what it needs of files is read before the wall stands, and the wall stands
    before any other thread runs and before the engine's library is loaded.
    """
    settings = Settings()
    if settings.clickhouse:
        set_up_logging(settings, "serve")
        asyncio.run(run(settings))
        return
    cut_environment()
    set_up_logging(settings, "serve")
    # Held until the process ends. A server has locks of its own.
    lock = hold(settings.data, "serve")
    hold_credentials(settings)
    token_digest, access = digest(own_token(settings)), MetricsAccess(settings)
    _own_folders(settings)
    wall = raise_wall(settings)
    asyncio.run(run(settings, Endpoint(settings, token_digest, wall), access))
    if lock:
        lock.close()


def _own_folders(settings: Settings) -> None:
    """Make the folders that this process writes, and let the engine have its scratch files there.

    Rows on their way into the engine are in them: what a killed process left is deleted.
    """
    (settings.data / "clickhouse").mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.rmtree(settings.engine_scratch, ignore_errors=True)
    settings.engine_scratch.mkdir(mode=0o700)
    os.environ["TMPDIR"] = str(settings.engine_scratch.absolute())
    # Python may have looked already where scratch files go.
    tempfile.tempdir = None


if __name__ == "__main__":
    main()
