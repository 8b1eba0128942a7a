"""A worker whose publisher raises an unexpected error."""

from typing import NoReturn

from hub.processes.worker import run
from hub.settings import Settings
from hub.worker.redo_publisher import RedoLogPublisher
from streams.worker.publisher import RecordBatch


async def _publish(_: RedoLogPublisher, __: int, ___: RecordBatch) -> NoReturn:
    raise ZeroDivisionError


RedoLogPublisher.publish = _publish  # type: ignore[method-assign]

if __name__ == "__main__":
    run(Settings())
