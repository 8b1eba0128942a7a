"""`hub province run` 省级汇总: reads the cities in rounds, and serves the page above them.

It has no store, no broker and no keys. It knows nothing of a city but what the city publishes.
"""

import asyncio
from datetime import UTC, datetime

from hub.broker.ports import check_port
from hub.province.page_http import ProvincePage
from hub.province.rounds import Cities
from hub.runtime.health import beat_until, watched
from hub.runtime.lock import acquire_lock
from hub.runtime.log import set_up_logging
from hub.runtime.periodic import repeat_forever
from hub.runtime.process import listen, stop_on_signal
from hub.settings import Settings
from hub.web.outbound import Destinations, OutboundSession
from hub.workbench.static_files import add_static

LOCK = "province"


def _now() -> datetime:
    return datetime.now(UTC)


async def run(settings: Settings) -> None:
    """Run until a signal; raises `CitiesError` and `PortTakenError` before that."""
    set_up_logging(settings, "province")
    check_port(settings.host, settings.province_port, "page of the cities", "HUB_PROVINCE_PORT")
    stop = asyncio.Event()
    stop_on_signal(stop)
    lock = acquire_lock(settings.data, LOCK)
    session = OutboundSession(Destinations(settings.outbound_networks), settings.province_timeout)
    try:
        with watched(settings) as pulse:
            async with session:
                cities = Cities(settings, session, _now)
                page = ProvincePage(settings, cities, _now)
                add_static(page.app)
                runner = await listen(page.app, settings.host, settings.province_port)
                reading = asyncio.create_task(
                    repeat_forever("cities", cities.round, settings.province_every, stop)
                )
                await beat_until(pulse, stop)
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)
                await runner.cleanup()
    finally:
        if lock:
            lock.close()


async def check(settings: Settings) -> list[tuple[str, str, str]]:
    """Read every city once; return code, name, and an empty text or the fault of each."""
    # The faults are what this returns; the log would have them a second time.
    set_up_logging(settings.model_copy(update={"log_level": "error"}), "province")
    session = OutboundSession(Destinations(settings.outbound_networks), settings.province_timeout)
    async with session:
        cities = Cities(settings, session, _now)
        await cities.round()
    return [
        (
            state.city.code,
            state.city.name,
            f"{state.fault.kind}: {state.fault}" if state.fault else "",
        )
        for state in cities.states()
    ]
