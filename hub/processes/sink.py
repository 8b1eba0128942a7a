"""`hub sink`: the sink alone, for a ClickHouse server. One is enough: it reads every partition."""

from hub.processes import serve
from hub.runtime.log import set_up_logging
from hub.settings import Settings


async def run(settings: Settings) -> None:
    """Run until a signal; the batch under way is stored first."""
    set_up_logging(settings, "sink")
    await serve.run(settings)
