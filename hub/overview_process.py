"""`hub overview`: the page alone, for a ClickHouse server."""

import asyncio

from hub.health import beat_until, watched
from hub.log import set_up_logging
from hub.overview import Overview
from hub.serve import listen, stop_on_signal
from hub.settings import Settings
from hub.store import open_store


async def run(settings: Settings) -> None:
    """Run until a signal."""
    set_up_logging(settings, "overview")
    stop = asyncio.Event()
    stop_on_signal(stop)
    with watched(settings) as pulse:
        store = await asyncio.to_thread(open_store, settings)
        runner = await listen(Overview(settings, store).app, settings.host, settings.overview_port)
        await beat_until(pulse, stop)
        await runner.cleanup()
        store.close()
