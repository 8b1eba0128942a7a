"""What all processes share 进程: serving, stopping on a signal, ending after a failure."""

import asyncio
import gc
import signal
from collections.abc import Callable

from aiohttp import web


async def listen(
    app: web.Application,
    host: str,
    port: int,
    *,
    auto_decompress: bool = True,
    cancels: bool = False,
) -> web.AppRunner:
    """Serve `app` until `cleanup` of the returned runner; raises `OSError` if the port is in use.

    With `cancels`, a handler is cancelled as soon as its client has disconnected.
    """
    runner = web.AppRunner(
        app,
        access_log=None,
        shutdown_timeout=1,
        auto_decompress=auto_decompress,
        handler_cancellation=cancels,
    )
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner


def stop_on_signal(stop: asyncio.Event) -> None:
    """Set `stop` on Ctrl-C (SIGINT) and SIGTERM."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)


def tune_gc() -> None:
    """Run the cyclic garbage collector rarely, and never over the objects that exist now.

    There is hardly any cyclic garbage. A worker has millions of long-lived objects, and scanning
    them took a tenth of its time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


async def in_thread(stop: asyncio.Event, work: Callable[[], None]) -> None:
    """Run `work` in a thread; set `stop` when it ends, also after a failure.

    Without `stop` the process would look alive although its work has ended. The exception is raised
    by the task's `await`, so the process ends and the supervisor restarts it.
    """
    try:
        await asyncio.to_thread(work)
    finally:
        stop.set()
