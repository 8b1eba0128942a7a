"""`hub overview`: the pages, who is logged in, and the staff's SQL port.

It has the staff's passwords and the keys, and no engine: with the embedded store it asks the
engine's process, with a ClickHouse server that.
"""

import asyncio
import contextlib

import structlog
from aiohttp import web
from clickhouse_connect.driver.exceptions import ClickHouseError

from hub.overview.app import Overview
from hub.runtime.health import beat_until, watched
from hub.runtime.log import set_up_logging
from hub.runtime.process import listen, stop_on_signal
from hub.settings import Settings
from hub.sql.endpoint import SqlEndpoint
from hub.sql.users import SqlUsers
from hub.store.client import Store, open_store
from hub.store.engine_client import EngineStore
from hub.store.migrate import missing_migrations
from hub.town.registers import load_town
from streams.town.register import Register

LOOK_EVERY = 1.0

log = structlog.get_logger()


async def run(settings: Settings) -> None:
    """Run until a signal; begins when the store has been brought to this version."""
    set_up_logging(settings, "overview")
    stop = asyncio.Event()
    stop_on_signal(stop)
    with watched(settings) as pulse:
        waiting = asyncio.create_task(_await_store(settings, stop))
        beating = asyncio.create_task(beat_until(pulse, stop))
        store = await waiting
        if not stop.is_set():
            overview = Overview(settings, store)
            runners = [await listen(overview.app, settings.host, settings.overview_port)]
            if not settings.clickhouse:
                # A server has an endpoint, users and limits of its own.
                runners.append(await _listen_for_sql(settings, overview))
            await stop.wait()
            for runner in runners:
                await runner.cleanup()
        await beating
        store.close()


async def _listen_for_sql(settings: Settings, overview: Overview) -> web.AppRunner:
    users = SqlUsers(settings, Register.of(load_town(settings.town)))
    endpoint = SqlEndpoint(settings, users, overview.attempts, overview.audit).app
    return await listen(endpoint, settings.host, settings.sql_port, cancels=True)


async def _await_store(settings: Settings, stop: asyncio.Event) -> Store:
    """Return the store once it answers and is of this version, or the process is to stop."""
    store: Store = EngineStore(settings)
    if settings.clickhouse:
        store = await asyncio.to_thread(open_store, settings)
    last = ""
    while not stop.is_set():
        try:
            missing = await asyncio.to_thread(missing_migrations, store)
            state = f"it lacks {missing[0].name}" if missing else ""
        except ClickHouseError as error:
            state = f"it does not answer: {error}"
        if not state:
            break
        if state != last:
            last = state
            log.warning("waiting for the store: hub serve or hub sink brings it up", state=state)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), LOOK_EVERY)
    return store


if __name__ == "__main__":
    asyncio.run(run(Settings()))
