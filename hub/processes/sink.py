"""`hub sink`: the sink alone, for a ClickHouse server. One is enough: it reads every partition."""

import asyncio
import threading
from functools import partial

from hub.processes.serve import beside, prepare
from hub.runtime.health import Pulse, watched
from hub.runtime.log import set_up_logging
from hub.runtime.process import collect_seldom, in_thread, stop_on_signal
from hub.settings import Settings
from hub.sink.sink import Sink, sink_forever


async def run(settings: Settings) -> None:
    """Run until a signal; the batch under way is stored first."""
    set_up_logging(settings, "sink")
    stop = asyncio.Event()
    stop_on_signal(stop)
    with watched(settings) as pulse:
        store = await asyncio.to_thread(prepare, settings)
        collect_seldom()
        ended = threading.Event()
        work = partial(sink_forever, Sink(settings, store), lambda: _ends(pulse, ended))
        sinking = asyncio.create_task(in_thread(stop, work))
        others = beside(settings, store, stop)
        await stop.wait()
        ended.set()
        await asyncio.gather(sinking, *others)
        store.close()


def _ends(pulse: Pulse, ended: threading.Event) -> bool:
    """Beat at each round of the sink's own thread; return whether it is to end."""
    pulse.beat()
    return ended.is_set()
