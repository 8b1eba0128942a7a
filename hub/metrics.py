"""Metrics 指标: the one catalogue of all of them, in Prometheus' text format on `/metrics`."""

from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest


class Metric(StrEnum):
    """Name of every metric."""

    RECEIVED = "minqing_received_total"
    REFUSED = "minqing_refused_total"
    WAITING = "minqing_journal_waiting"
    JOURNAL_BYTES = "minqing_journal_bytes"


METRICS: dict[Metric, tuple[str, tuple[str, ...]]] = {
    Metric.RECEIVED: ("messages made durable", ("channel", "transport")),
    Metric.REFUSED: ("requests answered with an error", ("problem",)),
    Metric.WAITING: ("journal entries that are not published yet", ()),
    Metric.JOURNAL_BYTES: ("bytes that the journal holds", ()),
}
"""What each metric counts, and its labels."""


class Meters:
    """The metrics of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.received = self._counter(Metric.RECEIVED)
        self.refused = self._counter(Metric.REFUSED)
        self.waiting = self._gauge(Metric.WAITING)
        self.journal_bytes = self._gauge(Metric.JOURNAL_BYTES)

    def _counter(self, metric: Metric) -> Counter:
        meaning, labels = METRICS[metric]
        return Counter(metric, meaning, labels, registry=self.registry)

    def _gauge(self, metric: Metric) -> Gauge:
        meaning, labels = METRICS[metric]
        return Gauge(metric, meaning, labels, registry=self.registry)

    def text(self) -> bytes:
        """Return all metrics as Prometheus reads them."""
        return generate_latest(self.registry)
