"""`hub sink`: the sink alone, for a ClickHouse server; start more for more partitions at once."""

import asyncio
import threading

from hub.log import set_up_logging
from hub.serve import prepare, stop_on_signal
from hub.settings import Settings
from hub.sink import Sink, sink_forever


async def run(settings: Settings) -> None:
    """Run until a signal; the batch under way is stored first."""
    set_up_logging(settings, "sink")
    stop = asyncio.Event()
    stop_on_signal(stop)
    store = await asyncio.to_thread(prepare, settings)
    ended = threading.Event()
    thread = threading.Thread(target=sink_forever, args=(Sink(settings, store), ended.is_set))
    thread.start()
    await stop.wait()
    ended.set()
    await asyncio.to_thread(thread.join)
    store.close()
