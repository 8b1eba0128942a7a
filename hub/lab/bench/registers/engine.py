"""The engine's process alone 引擎进程: the store of `hub serve`, and its endpoint of loads.

No broker is needed, so the benchmark starts this in place of a whole hub.
"""

import asyncio

from hub.runtime.log import set_up_logging
from hub.runtime.process import listen, stop_on_signal
from hub.settings import Settings
from hub.sql.engine import EngineEndpoint, digest
from hub.sql.users import own_token
from hub.store.client import open_store
from hub.store.migrate import migrate


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM."""
    stop = asyncio.Event()
    stop_on_signal(stop)
    store = open_store(settings)
    migrate(store)
    endpoint = EngineEndpoint(settings, store, digest(own_token(settings)), dict)
    runner = await listen(endpoint.app, "127.0.0.1", settings.store_port, cancels=True)
    await stop.wait()
    await runner.cleanup()
    store.close()


if __name__ == "__main__":
    own = Settings()
    set_up_logging(own, "serve")
    asyncio.run(serve(own))
