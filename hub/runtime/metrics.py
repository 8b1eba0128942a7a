"""Metrics 指标: the one catalogue of all of them, in Prometheus' text format on `/metrics`.

Each process has its own; the intake and the overview serve them on their ports, the others on
`HUB_HEALTH_PORT`.
"""

import threading
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from typing import Literal, NamedTuple, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

M = TypeVar("M")
TEXT = "text/plain; version=0.0.4; charset=utf-8"


class Metric(StrEnum):
    """Name of every metric."""

    RECEIVED = "minqing_received_total"
    REFUSED = "minqing_refused_total"
    WAITING = "minqing_journal_waiting"
    JOURNAL_BYTES = "minqing_journal_bytes"
    PUBLISHED = "minqing_published_total"
    FACTS = "minqing_facts_total"
    REJECTED = "minqing_rejected_total"
    DECIDED = "minqing_decided_total"
    ENTRIES = "minqing_case_entries_total"
    BATCH_SECONDS = "minqing_batch_seconds"
    PARTITIONS = "minqing_partitions"
    CASES_HELD = "minqing_cases_held"
    STEP_FAULTS = "minqing_step_faults"
    STORED = "minqing_stored_total"
    FAULTS = "minqing_sink_faults_total"
    INSERT_SECONDS = "minqing_insert_seconds"
    BEHIND = "minqing_sink_behind"
    SINK_WAITS = "minqing_sink_waits_total"
    BROKEN_PARTS = "minqing_broken_parts_total"
    TOLD = "minqing_told_total"
    TO_TELL = "minqing_outbox_waiting"
    LISTENERS = "minqing_listeners"
    ASKED_SECONDS = "minqing_numbers_seconds"
    LOGINS = "minqing_logins_total"
    SQL = "minqing_sql_total"
    OPEN = "minqing_open_cases"
    STORE_LAG = "minqing_store_lag_seconds"


class Told(NamedTuple):
    """What a metric is: its kind, which process has it, what it counts, and its labels."""

    kind: Literal["counter", "gauge", "histogram"]
    process: str
    meaning: str
    labels: tuple[str, ...] = ()


METRICS: dict[Metric, Told] = {
    Metric.RECEIVED: Told("counter", "intake", "messages made durable", ("channel", "transport")),
    Metric.REFUSED: Told("counter", "intake", "requests answered with an error", ("problem",)),
    Metric.WAITING: Told("gauge", "intake", "journal entries that are not published yet"),
    Metric.JOURNAL_BYTES: Told("gauge", "intake", "bytes that the journal holds"),
    Metric.PUBLISHED: Told("counter", "intake", "messages sent on to the broker", ("channel",)),
    Metric.FACTS: Told("counter", "intake", "events that messages had in them", ("channel",)),
    Metric.REJECTED: Told(
        "counter", "intake", "parts of messages that are no event", ("channel", "reason")
    ),
    Metric.DECIDED: Told("counter", "work", "events by what came of them", ("outcome",)),
    Metric.ENTRIES: Told("counter", "work", "entries of cases by move", ("move",)),
    Metric.BATCH_SECONDS: Told(
        "histogram", "work", "from the first event of a batch to its effects at the broker"
    ),
    Metric.PARTITIONS: Told("gauge", "work", "partitions that this worker has"),
    Metric.CASES_HELD: Told("gauge", "work", "cases in this worker's memory"),
    Metric.STEP_FAULTS: Told(
        "gauge", "work", "events and commands that a fault of ours left undecided since its start"
    ),
    Metric.STORED: Told("counter", "sink", "rows inserted, redelivered ones too", ("table",)),
    Metric.FAULTS: Told("counter", "sink", "records that no table takes"),
    Metric.INSERT_SECONDS: Told("histogram", "sink", "one insert", ("table",)),
    Metric.BEHIND: Told("gauge", "sink", "records of a topic that are not stored yet", ("topic",)),
    Metric.SINK_WAITS: Told("counter", "sink", "times that broker or store did not answer"),
    Metric.BROKEN_PARTS: Told(
        "counter", "serve", "parts of tables that the engine left broken", ("outcome",)
    ),
    Metric.TOLD: Told("counter", "feedback", "feedback by its end", ("channel", "outcome")),
    Metric.TO_TELL: Told("gauge", "feedback", "feedback that waits to be told", ("channel",)),
    Metric.LISTENERS: Told("gauge", "overview", "screens that listen"),
    Metric.ASKED_SECONDS: Told(
        "histogram", "overview", "asking the numbers of a screen", ("part",)
    ),
    Metric.LOGINS: Told("counter", "overview", "logins of staff", ("outcome",)),
    Metric.SQL: Told("counter", "overview", "questions of the staff by SQL", ("outcome",)),
    Metric.OPEN: Told(
        "gauge", "overview", "open cases: all, overdue, yellow, triage", ("standing",)
    ),
    Metric.STORE_LAG: Told(
        "gauge", "overview", "95th percentile from received to stored, last quarter of an hour"
    ),
}
"""What each metric is."""

BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Meters:
    """The metrics of one process: each is there from its first use on."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._counters: dict[Metric, Counter] = {}
        self._gauges: dict[Metric, Gauge] = {}
        self._histograms: dict[Metric, Histogram] = {}
        self._making = threading.Lock()

    def count(self, metric: Metric, *labels: str, by: float = 1) -> None:
        """Add to a counter."""
        made = self._of(self._counters, metric, Counter)
        (made.labels(*labels) if labels else made).inc(by)

    def set(self, metric: Metric, value: float, *labels: str) -> None:
        """Set a gauge."""
        made = self._of(self._gauges, metric, Gauge)
        (made.labels(*labels) if labels else made).set(value)

    def observe(self, metric: Metric, seconds: float, *labels: str) -> None:
        """Take one duration into a histogram."""
        made = self._of(self._histograms, metric, partial(Histogram, buckets=BUCKETS))
        (made.labels(*labels) if labels else made).observe(seconds)

    def value(self, metric: Metric, *labels: str) -> float:
        """Return what a counter or gauge stands at; 0 before its first use."""
        names = dict(zip(METRICS[metric].labels, labels, strict=True))
        return self.registry.get_sample_value(metric, names) or 0.0

    def text(self) -> bytes:
        """Return all metrics as Prometheus reads them."""
        return generate_latest(self.registry)

    def _of(self, made: dict[Metric, M], metric: Metric, kind: Callable[..., M]) -> M:
        with self._making:
            if metric not in made:
                told = METRICS[metric]
                made[metric] = kind(metric, told.meaning, told.labels, registry=self.registry)
            return made[metric]


METERS = Meters()
"""Those of this process."""
