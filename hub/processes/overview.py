"""`hub overview`: the page alone, for a ClickHouse server."""

import asyncio
import contextlib

import structlog

from hub.overview.app import Overview
from hub.runtime.health import beat_until, watched
from hub.runtime.log import set_up_logging
from hub.runtime.process import listen, stop_on_signal
from hub.settings import Settings
from hub.store.client import Store, open_store
from hub.store.migrate import missing_migrations

LOOK_EVERY = 1.0

log = structlog.get_logger()


async def run(settings: Settings) -> None:
    """Run until a signal; begins when `hub sink` has brought the store to this version."""
    set_up_logging(settings, "overview")
    stop = asyncio.Event()
    stop_on_signal(stop)
    with watched(settings) as pulse:
        store = await asyncio.to_thread(open_store, settings)
        waiting = asyncio.create_task(_await_version(store, stop))
        beating = asyncio.create_task(beat_until(pulse, stop))
        await waiting
        if not stop.is_set():
            app = Overview(settings, store).app
            runner = await listen(app, settings.host, settings.overview_port)
            await stop.wait()
            await runner.cleanup()
        await beating
        store.close()


async def _await_version(store: Store, stop: asyncio.Event) -> None:
    told = ""
    while not stop.is_set():
        missing = await asyncio.to_thread(missing_migrations, store)
        if not missing:
            return
        if missing[0].name != told:
            told = missing[0].name
            log.warning("the store is of an older version: hub sink brings it up", missing=told)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), LOOK_EVERY)
