"""`hub serve`: one process with the store, the sink, the SQL endpoint and the overview.

The embedded engine has one owner, so all that touches the store lives here; others read through
the SQL endpoint.
"""

import asyncio
import threading
from datetime import UTC, datetime
from functools import partial

import structlog

from hub.broker.log_mark import log_id, mark_republished
from hub.broker.topics import ensure_topics
from hub.overview.app import Overview
from hub.publish.duties import tell_forever
from hub.recovery.republish import republish
from hub.runtime.log import set_up_logging
from hub.runtime.process import collect_seldom, in_thread, listen, stop_on_signal
from hub.settings import Settings
from hub.sink.sink import Sink, sink_forever
from hub.sql.endpoint import SqlEndpoint
from hub.sql.users import SqlUsers
from hub.store.client import Store, open_store
from hub.store.migrate import migrate
from hub.store.parts import look_forever
from hub.store.registers import store_registers
from hub.store.retention import set_retention
from hub.town.patrols import load_patrols
from hub.town.registers import load_town
from streams.town.register import Register

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


def _users(settings: Settings, store: Store) -> SqlUsers:
    return SqlUsers(settings, store, Register.of(load_town(settings.town)))


def beside(settings: Settings, store: Store, stop: asyncio.Event) -> list[asyncio.Task[None]]:
    """Start what is done beside the sink by the one process that writes."""
    found = [asyncio.create_task(tell_forever(settings, store, stop))]
    if not settings.clickhouse_replicated:
        found.append(asyncio.create_task(look_forever(settings, store, stop)))
    return found


async def run(settings: Settings) -> None:
    """Run until a signal; the sink ends after its batch."""
    set_up_logging(settings, "serve")
    stop = asyncio.Event()
    stop_on_signal(stop)
    store = await asyncio.to_thread(prepare, settings)
    collect_seldom()
    sink_ends = threading.Event()
    sink = Sink(settings, store)
    sinking = asyncio.create_task(in_thread(stop, partial(sink_forever, sink, sink_ends.is_set)))
    others = beside(settings, store, stop)
    overview = Overview(settings, store)
    runners = [await listen(overview.app, settings.host, settings.overview_port)]
    if not settings.clickhouse:
        # A server has an endpoint, users and limits of its own.
        users = await asyncio.to_thread(_users, settings, store)
        endpoint = SqlEndpoint(settings, users, overview.attempts, overview.audit).app
        runners.insert(0, await listen(endpoint, settings.host, settings.sql_port))
    await stop.wait()
    for runner in runners:
        await runner.cleanup()
    sink_ends.set()
    await asyncio.gather(sinking, *others)
    store.close()


if __name__ == "__main__":
    asyncio.run(run(Settings()))
