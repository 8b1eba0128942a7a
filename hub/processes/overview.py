"""`hub overview` 一网通管: overview, workbench, the log-in of staff, and the staff's SQL port.

This process has the staff's passwords and the keys, but no engine. It queries the engine's process
(embedded store) or the ClickHouse server.
"""

import asyncio
import contextlib

import structlog
from aiohttp import web
from clickhouse_connect.driver.exceptions import ClickHouseError

from hub.cases.staff_cases import StaffCases
from hub.overview.app import Overview
from hub.province.figures_http import FiguresHttp
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
from hub.workbench.app import add_workbench
from hub.workbench.services import Services
from streams.town.register import Register

CHECK_STORE_EVERY = 1.0

log = structlog.get_logger()


async def run(settings: Settings) -> None:
    """Run until a signal; the pages start when the store has all migrations of this version."""
    set_up_logging(settings, "overview")
    stop = asyncio.Event()
    stop_on_signal(stop)
    with watched(settings) as pulse:
        waiting = asyncio.create_task(_await_store(settings, stop))
        beating = asyncio.create_task(beat_until(pulse, stop))
        store = await waiting
        if not stop.is_set():
            overview = Overview(settings, store)
            register = Register.of(overview.town)
            _add_workbench(settings, store, overview, register)
            FiguresHttp(settings, store, overview.audit, register).add_to(overview.app)
            runners = [await listen(overview.app, settings.host, settings.overview_port)]
            if not settings.clickhouse:
                # A ClickHouse server has its own endpoint, users and limits.
                runners.append(await _listen_for_sql(settings, overview))
            await stop.wait()
            for runner in runners:
                await runner.cleanup()
        await beating
        store.close()


def _add_workbench(
    settings: Settings, store: Store, overview: Overview, register: Register
) -> None:
    """Serve the workbench beside the overview: the same address, sessions and audit."""
    services = Services(
        settings=settings,
        store=store,
        sessions=overview.sessions,
        audit=overview.audit,
        cases=StaffCases(store, overview.audit, overview.commands, register),
        town=overview.town,
        register=register,
    )
    add_workbench(overview.app, services)


async def _listen_for_sql(settings: Settings, overview: Overview) -> web.AppRunner:
    users = SqlUsers(settings, Register.of(load_town(settings.town)))
    endpoint = SqlEndpoint(settings, users, overview.attempts, overview.audit).app
    return await listen(endpoint, settings.host, settings.sql_port, cancels=True)


async def _await_store(settings: Settings, stop: asyncio.Event) -> Store:
    """Return the store when it answers and has all migrations, or when `stop` is set."""
    store: Store = EngineStore(settings)
    if settings.clickhouse:
        store = await asyncio.to_thread(open_store, settings)
    last = ""
    while not stop.is_set():
        try:
            missing = await asyncio.to_thread(missing_migrations, store)
            state = f"migration {missing[0].name} is missing" if missing else ""
        except ClickHouseError as error:
            state = f"no answer: {error}"
        if not state:
            break
        if state != last:
            last = state
            advice = "start hub serve or hub sink: they start and migrate the store"
            log.warning("waiting_for_store", state=state, advice=advice)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), CHECK_STORE_EVERY)
    return store


if __name__ == "__main__":
    asyncio.run(run(Settings()))
