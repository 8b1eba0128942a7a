"""Metrics, alerts and dashboards fit together."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import yaml

from hub.runtime.health import watched
from hub.runtime.metrics import METERS, METRICS, Meters, Metric
from hub.settings import Settings
from hub.store.client import Store
from tests.end_to_end.running import free_port

MONITORING = Path(__file__).parents[3] / "docs" / "monitoring"
NAME = re.compile(r"minqing_\w+")
HISTOGRAM_SUFFIXES = ("_bucket", "_sum", "_count")
"""Prometheus stores a histogram under its name with each of these."""
BOARDS = sorted((MONITORING / "grafana" / "dashboards").glob("*.json"))


def base(name: str) -> str:
    """Return the name of a metric in the catalogue."""
    suffixes = (suffix for suffix in HISTOGRAM_SUFFIXES if name.endswith(suffix))
    return name.removesuffix(next(suffixes, ""))


def panels() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every panel with the name of its dashboard."""
    for path in BOARDS:
        for panel in json.loads(path.read_text(encoding="utf-8"))["panels"]:
            yield path.name, panel


def test_alerts_and_boards_name_metrics_that_exist() -> None:
    """The labels that they group by exist too."""
    known = set(map(str, METRICS))
    texts = [(MONITORING / "alerts.yml").read_text(encoding="utf-8")]
    texts += [path.read_text(encoding="utf-8") for path in BOARDS]
    named = {base(name) for text in texts for name in NAME.findall(text)}
    assert named <= known
    labels = {label for info in METRICS.values() for label in info.labels}
    grouped = {
        label.strip()
        for text in texts
        for labels_text in re.findall(r"by \(([^)]*)\)", text)
        for label in labels_text.split(",")
    }
    assert grouped <= labels | {"job", "le", "instance"}
    unused = {Metric.REFUSED, Metric.PUBLISHED, Metric.LISTENERS, Metric.SINK_WAITS}
    assert known - named <= unused


def test_every_alert_has_a_severity_and_advice() -> None:
    """The person on duty reads the severity and what to do."""
    alerts = yaml.safe_load((MONITORING / "alerts.yml").read_text(encoding="utf-8"))
    rules = [rule for group in alerts["groups"] for rule in group["rules"]]
    assert len({rule["alert"] for rule in rules}) == len(rules) >= 8
    for rule in rules:
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"].keys() == {"summary", "action"}


def test_every_query_of_a_dashboard_runs(store: Store) -> None:
    """Only Grafana's macro for the chosen time is replaced."""
    queries = 0
    for board, panel in panels():
        for target in panel["targets"]:
            sql = target.get("rawSql", "")
            if sql:
                store.rows(re.sub(r"\$__timeFilter\((\w+)\)", r"\1 > now() - 3600", sql))
                queries += 1
            assert panel["datasource"]["uid"] == ("clickhouse" if sql else "prometheus"), board
    assert queries >= 8


def test_files_of_provisioning_fit_together() -> None:
    """Dashboards use provisioned data sources; Prometheus scrapes every process."""
    sources = yaml.safe_load(
        (MONITORING / "grafana/provisioning/datasources/hub.yml").read_text(encoding="utf-8")
    )
    known = {source["uid"] for source in sources["datasources"]}
    assert {panel["datasource"]["uid"] for _, panel in panels()} == known
    jobs = yaml.safe_load((MONITORING / "prometheus.yml").read_text(encoding="utf-8"))
    compose = yaml.safe_load(
        (MONITORING.parents[1] / "docker-compose.yml").read_text(encoding="utf-8")
    )
    hubs = compose["services"].keys() - {"kafka", "clickhouse"}
    assert {job["job_name"] for job in jobs["scrape_configs"]} == hubs


def test_a_process_answers_with_its_metrics() -> None:
    """The health port serves them in Prometheus' text format."""
    port = free_port()
    METERS.count(Metric.FAULTS, by=2)
    with (
        watched(Settings(health_port=port)),
        urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer,
    ):
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        text = answer.read().decode()
    assert f"minqing_sink_faults_total {METERS.value(Metric.FAULTS)}" in text


@pytest.mark.parametrize("metric", METRICS)
def test_each_metric_can_be_recorded(metric: Metric) -> None:
    """Each accepts its labels and is exported with its kind."""
    meters, info = Meters(), METRICS[metric]
    actions: dict[str, Callable[..., None]] = {
        "counter": meters.count,
        "gauge": lambda gauge, *labels: meters.set(gauge, 3.0, *labels),
        "histogram": lambda histogram, *labels: meters.observe(histogram, 0.2, *labels),
    }
    actions[info.kind](metric, *info.labels)
    assert f"# TYPE {metric.removesuffix('_total')}" in meters.text().decode()
    assert str(metric).endswith("_total") == (info.kind == "counter")
