"""A subscriber of the case topic and of feedback, which notes when each report appears."""

import json
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from hub.broker.connection import consumer_options
from hub.broker.consumer import PartitionConsumer, partitions_of
from hub.settings import Settings
from schemas.topic import CASES, FEEDBACK

POLL_MS = 100


@dataclass(slots=True)
class Seen:
    """What a subscriber has received since the beginning of a phase."""

    wanted: set[str] = field(default_factory=set)
    """Numbers of the ordinary reports."""
    cases: dict[str, float] = field(default_factory=dict)
    """When the first entry with a report was received, by the number of the report."""
    feedback: dict[str, float] = field(default_factory=dict)
    lags: list[float] = field(default_factory=list)
    """Seconds from the broker's timestamp of each entry until it was received."""
    bytes: int = 0


class DayReader(threading.Thread):
    """Reads from the present ends of the topics until it is stopped."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(name="day-reader", daemon=True)
        self._settings = settings
        self._ready, self._ended = threading.Event(), threading.Event()
        self._seen = Seen()
        self._newest: tuple[UUID, str] | None = None

    def start(self) -> None:
        """Start, and return when every record that is sent from now on will be read."""
        super().start()
        self._ready.wait()

    def begin(self, wanted: Iterable[str]) -> None:
        """Begin a phase whose ordinary reports have these numbers."""
        self._seen = Seen(wanted=set(wanted))

    def newest_case(self) -> tuple[UUID, str] | None:
        """Return id and route of the newest case of an ordinary report."""
        return self._newest

    def has_all(self, numbers: set[str]) -> bool:
        """Whether all these reports have appeared in a case."""
        return numbers <= self._seen.cases.keys()

    def wait(self, numbers: set[str], seconds: float) -> Seen:
        """Return what was received, when all these reports have cases or `seconds` are over."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self.has_all(numbers):
            time.sleep(POLL_MS / 1000)
        return self._seen

    def stop(self) -> None:
        """Stop reading and close the connection."""
        self._ended.set()
        self.join()

    def run(self) -> None:
        """Read until stopped."""
        parts = partitions_of((CASES, FEEDBACK))
        with PartitionConsumer(consumer_options(self._settings), parts) as consumer:
            consumer.seek_to_end()
            self._ready.set()
            while not self._ended.is_set():
                for part, records in consumer.poll(POLL_MS).items():
                    for record in records:
                        self.receive(part.topic, record)

    def receive(self, topic: str, record: Any) -> None:
        """Note one record; `value` is its JSON, and `timestamp` in milliseconds."""
        now, body, seen = time.time(), json.loads(record.value), self._seen
        if topic == FEEDBACK.name:
            if body["native_id"] in seen.wanted:
                seen.feedback.setdefault(body["native_id"], now)
            return
        seen.bytes += len(record.value)
        seen.lags.append(max(0.0, now - record.timestamp / 1000))
        for report in body["case"]["reports"]:
            if report["native_id"] in seen.wanted and report["native_id"] not in seen.cases:
                seen.cases[report["native_id"]] = now
                self._newest = UUID(body["case_id"]), body["case"]["route"]
