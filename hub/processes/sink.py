"""`hub sink` 入库: the sink alone, for a ClickHouse server; one process reads every partition.

`hub serve` runs the same loop beside the embedded engine.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from functools import partial

from aiohttp import web

from hub.broker.wakeup import WakeUp
from hub.processes.prepare import prepare_store
from hub.publish.duties import publish_duties_forever
from hub.publish.followed import follow_people_forever
from hub.ratings.publish import publish_ratings_forever
from hub.registers.firms.resolver import resolve_firms_forever
from hub.runtime.health import Pulse, watched
from hub.runtime.log import set_up_logging
from hub.runtime.metrics_access import MetricsAccess
from hub.runtime.process import in_thread, stop_on_signal, tune_gc
from hub.settings import Settings
from hub.sink.sink import Sink, sink_forever
from hub.store.client import Store
from hub.store.open_cases import delete_settled_forever
from hub.store.parts import monitor_parts

Listen = Callable[[Store], Awaitable[web.AppRunner]]
"""Starts the server that answers from an open store."""


async def run(settings: Settings) -> None:
    """Run `hub sink` until a signal; the batch in progress is stored first."""
    set_up_logging(settings, "sink")
    await run_sink(settings)


async def run_sink(
    settings: Settings,
    listen: Listen | None = None,
    access: MetricsAccess | None = None,
    wakeup: WakeUp | None = None,
) -> None:
    """Prepare the store and run the sink until a signal; the batch in progress is stored first.

    `listen` starts a server on the open store. `access` decides who may read the metrics; by
    default it is built from the settings. A process behind a wall passes the `wakeup` of the sink.
    """
    stop = asyncio.Event()
    stop_on_signal(stop)
    with watched(settings, access) as pulse:
        store = await asyncio.to_thread(prepare_store, settings)
        tune_gc()
        ended = threading.Event()
        work = partial(
            sink_forever, Sink(settings, store, wakeup=wakeup), lambda: _is_ended(pulse, ended)
        )
        sinking = asyncio.create_task(in_thread(stop, work))
        side_tasks = _start_side_tasks(settings, store, stop)
        runner = await listen(store) if listen else None
        await stop.wait()
        if runner:
            await runner.cleanup()
        ended.set()
        await asyncio.gather(sinking, *side_tasks)
        store.close()


def _start_side_tasks(
    settings: Settings, store: Store, stop: asyncio.Event
) -> list[asyncio.Task[None]]:
    """Start the other work of the only process that writes to the store."""
    tasks = [
        asyncio.create_task(publish_duties_forever(settings, store, stop)),
        asyncio.create_task(follow_people_forever(settings, store, stop)),
        asyncio.create_task(delete_settled_forever(store, stop)),
        asyncio.create_task(publish_ratings_forever(settings, store, stop)),
        asyncio.create_task(resolve_firms_forever(store, stop)),
    ]
    if not settings.clickhouse_replicated:
        tasks.append(asyncio.create_task(monitor_parts(settings, store, stop)))
    return tasks


def _is_ended(pulse: Pulse, ended: threading.Event) -> bool:
    """Return whether the sink must end; beats, since the sink asks once per batch."""
    pulse.beat()
    return ended.is_set()
