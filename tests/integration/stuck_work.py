"""A worker that never publishes its decisions; a file marks each attempt."""

import asyncio
from typing import NoReturn

from hub.processes.worker import run
from hub.settings import Settings
from hub.worker.redo_publisher import RedoLogPublisher
from streams.worker.publisher import RecordBatch

SETTINGS = Settings()
STARTED = "started-to-publish"


async def _publish(_: RedoLogPublisher, __: int, batch: RecordBatch) -> NoReturn:
    if len(batch):
        (SETTINGS.data / STARTED).touch()
    await asyncio.Event().wait()
    raise AssertionError


RedoLogPublisher.publish = _publish  # type: ignore[method-assign]

if __name__ == "__main__":
    run(SETTINGS)
