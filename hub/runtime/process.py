"""What all processes of the hub share 进程: they serve, stop on a signal, and end with a fault."""

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
    """Serve `app`; the runner's `cleanup` ends it.

    `cancels`: a handler is cancelled as soon as its client is gone.
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
    """Set `stop` on Ctrl-C and TERM."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)


def collect_seldom() -> None:
    """Look for cyclic garbage seldom, and never in what is loaded by now: there is hardly any.

    A worker holds millions of objects that stay; looking through them took a tenth of its time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


async def in_thread(stop: asyncio.Event, work: Callable[[], None]) -> None:
    """Run `work` in a thread; where it fails, stop the process: it would look alive without it.

    The exception comes out of the task's `await`, and the supervisor starts the process anew.
    """
    try:
        await asyncio.to_thread(work)
    finally:
        stop.set()
