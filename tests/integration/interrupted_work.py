"""A worker that fetches its first records during a rebalance, so that they are discarded."""

from typing import Any

from faust.transport.consumer import Consumer

from hub.processes.worker import run
from hub.settings import Settings

_fetch, _seek = Consumer._wait_next_records, Consumer.perform_seek
_struck: list[Consumer] = []


async def _fetched_meanwhile(self: Consumer, timeout: float) -> tuple[Any, Any]:
    records, active = await _fetch(self, timeout)
    if records and not _struck:
        _struck.append(self)
        self.stop_flow()
    return records, active


async def _sought(self: Consumer) -> None:
    await _seek(self)
    if _struck and not self.flow_active:
        self.resume_flow()


Consumer._wait_next_records, Consumer.perform_seek = _fetched_meanwhile, _sought

if __name__ == "__main__":
    run(Settings())
