"""Metrics 指标: the catalogue of all metrics, and their values in one process.

`/metrics` has them in Prometheus' text format: the intake and the overview serve it on their own
ports, the other processes on `HUB_HEALTH_PORT`.
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
    SET_ASIDE = "minqing_set_aside_total"
    WAITING = "minqing_journal_waiting"
    JOURNAL_BYTES = "minqing_journal_bytes"
    PUBLISHED = "minqing_published_total"
    FACTS = "minqing_facts_total"
    DANGERS = "minqing_dangers_total"
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
    DELIVERED = "minqing_told_total"
    OUTBOX_WAITING = "minqing_outbox_waiting"
    WEBHOOKS_SENT = "minqing_webhooks_sent_total"
    WEBHOOKS_WAITING = "minqing_webhooks_waiting"
    NOTICES_SENT = "minqing_notices_sent_total"
    LISTENERS = "minqing_listeners"
    FIGURES_SECONDS = "minqing_numbers_seconds"
    LOGINS = "minqing_logins_total"
    REGISTER_LOOKS = "minqing_register_looks_total"
    SQL = "minqing_sql_total"
    OPEN = "minqing_open_cases"
    STORE_LAG = "minqing_store_lag_seconds"
    CITY_READS = "minqing_city_reads_total"
    CITY_AGE = "minqing_city_figures_age_seconds"


class MetricInfo(NamedTuple):
    """The kind of a metric, the process that has it, its meaning and its labels."""

    kind: Literal["counter", "gauge", "histogram"]
    process: str
    meaning: str
    labels: tuple[str, ...] = ()


METRICS: dict[Metric, MetricInfo] = {
    Metric.RECEIVED: MetricInfo(
        "counter", "intake", "messages written to the journal", ("channel", "transport")
    ),
    Metric.REFUSED: MetricInfo(
        "counter", "intake", "requests answered with an error", ("problem",)
    ),
    Metric.SET_ASIDE: MetricInfo(
        "counter",
        "intake",
        "rows, mails, files, pages and records that a collector left out because it could not"
        " read them",
        ("collector",),
    ),
    Metric.WAITING: MetricInfo("gauge", "intake", "journal entries that are not published yet"),
    Metric.JOURNAL_BYTES: MetricInfo("gauge", "intake", "bytes in the journal"),
    Metric.PUBLISHED: MetricInfo(
        "counter", "intake", "messages published to the broker", ("channel",)
    ),
    Metric.FACTS: MetricInfo("counter", "intake", "events decoded from messages", ("channel",)),
    Metric.DANGERS: MetricInfo(
        "counter", "intake", "events whose words show a danger to life", ("channel", "kind")
    ),
    Metric.REJECTED: MetricInfo(
        "counter", "intake", "rejected messages and parts of messages", ("channel", "reason")
    ),
    Metric.DECIDED: MetricInfo("counter", "work", "events by outcome", ("outcome",)),
    Metric.ENTRIES: MetricInfo("counter", "work", "entries of cases by move", ("move",)),
    Metric.BATCH_SECONDS: MetricInfo(
        "histogram", "work", "seconds from the first event of a batch to its published effects"
    ),
    Metric.PARTITIONS: MetricInfo("gauge", "work", "partitions assigned to this worker"),
    Metric.CASES_HELD: MetricInfo("gauge", "work", "cases in this worker's memory"),
    Metric.STEP_FAULTS: MetricInfo(
        "gauge",
        "work",
        "events and commands since the start that a defect of the hub left unprocessed",
    ),
    Metric.STORED: MetricInfo(
        "counter", "sink", "rows inserted, including redelivered records", ("table",)
    ),
    Metric.FAULTS: MetricInfo("counter", "sink", "records that fit no table"),
    Metric.INSERT_SECONDS: MetricInfo("histogram", "sink", "seconds of one insert", ("table",)),
    Metric.BEHIND: MetricInfo(
        "gauge", "sink", "records of a topic that are not stored yet", ("topic",)
    ),
    Metric.SINK_WAITS: MetricInfo(
        "counter", "sink", "times that the broker or the store did not answer"
    ),
    Metric.BROKEN_PARTS: MetricInfo(
        "counter", "serve", "table parts that the engine left broken", ("outcome",)
    ),
    Metric.DELIVERED: MetricInfo(
        "counter", "feedback", "feedback by outcome of its delivery", ("channel", "outcome")
    ),
    Metric.OUTBOX_WAITING: MetricInfo(
        "gauge", "feedback", "feedback that waits for delivery", ("channel",)
    ),
    Metric.WEBHOOKS_SENT: MetricInfo(
        "counter",
        "feedback",
        "attempts at webhooks by outcome: delivered, failed; dead (given up), disabled",
        ("subscription", "outcome"),
    ),
    Metric.WEBHOOKS_WAITING: MetricInfo(
        "gauge", "feedback", "webhook messages that wait for delivery", ("subscription",)
    ),
    Metric.NOTICES_SENT: MetricInfo(
        "counter",
        "feedback",
        "notices by outcome: delivered, dead (given up); failed counts attempts",
        ("receiver", "outcome"),
    ),
    Metric.LISTENERS: MetricInfo(
        "gauge", "overview", "pages with an open connection for live figures"
    ),
    Metric.FIGURES_SECONDS: MetricInfo(
        "histogram", "overview", "seconds of the queries for figures", ("part",)
    ),
    Metric.LOGINS: MetricInfo("counter", "overview", "log-ins of staff", ("outcome",)),
    Metric.REGISTER_LOOKS: MetricInfo(
        "counter",
        "overview",
        "looks into the register of people by outcome: look, miss (nobody whom the member may"
        " open), list, refused, over_limit",
        ("outcome",),
    ),
    Metric.SQL: MetricInfo("counter", "overview", "SQL queries of staff", ("outcome",)),
    Metric.OPEN: MetricInfo(
        "gauge", "overview", "open cases: all, overdue, yellow, triage", ("standing",)
    ),
    Metric.STORE_LAG: MetricInfo(
        "gauge",
        "overview",
        "95th percentile of seconds from received to stored, over the last 15 minutes",
    ),
    Metric.CITY_READS: MetricInfo(
        "counter",
        "province",
        "readings of a city's figures by outcome: read, or the fault (docs/province.md)",
        ("city", "outcome"),
    ),
    Metric.CITY_AGE: MetricInfo(
        "gauge", "province", "seconds since a city computed the figures that are shown", ("city",)
    ),
}
"""The catalogue."""

BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Meters:
    """The values of one process; a metric appears with its first use."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._counters: dict[Metric, Counter] = {}
        self._gauges: dict[Metric, Gauge] = {}
        self._histograms: dict[Metric, Histogram] = {}
        self._creating = threading.Lock()

    def count(self, metric: Metric, *labels: str, by: float = 1) -> None:
        """Add to a counter."""
        counter = self._of(self._counters, metric, Counter)
        (counter.labels(*labels) if labels else counter).inc(by)

    def set(self, metric: Metric, value: float, *labels: str) -> None:
        """Set a gauge."""
        gauge = self._of(self._gauges, metric, Gauge)
        (gauge.labels(*labels) if labels else gauge).set(value)

    def observe(self, metric: Metric, seconds: float, *labels: str) -> None:
        """Add one duration to a histogram."""
        histogram = self._of(self._histograms, metric, partial(Histogram, buckets=BUCKETS))
        (histogram.labels(*labels) if labels else histogram).observe(seconds)

    def value(self, metric: Metric, *labels: str) -> float:
        """Return the value of a counter or gauge; 0 before its first use."""
        names = dict(zip(METRICS[metric].labels, labels, strict=True))
        return self.registry.get_sample_value(metric, names) or 0.0

    def text(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        return generate_latest(self.registry)

    def _of(self, existing: dict[Metric, M], metric: Metric, kind: Callable[..., M]) -> M:
        with self._creating:
            if metric not in existing:
                info = METRICS[metric]
                existing[metric] = kind(metric, info.meaning, info.labels, registry=self.registry)
            return existing[metric]


METERS = Meters()
"""The metrics of this process."""
