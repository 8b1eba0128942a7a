"""Metrics, alerts and boards speak of what there is."""

import json
import re
from collections.abc import Iterator
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
MADE = ("_bucket", "_sum", "_count")
"""What Prometheus makes of a histogram."""
BOARDS = sorted((MONITORING / "grafana" / "dashboards").glob("*.json"))


def base(name: str) -> str:
    """Return the name in the catalogue."""
    return next((name.removesuffix(one) for one in MADE if name.endswith(one)), name)


def panels() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every panel with the name of its board."""
    for path in BOARDS:
        for panel in json.loads(path.read_text(encoding="utf-8"))["panels"]:
            yield path.name, panel


def test_alerts_and_boards_name_metrics_that_exist() -> None:
    """And the labels that they group by are there."""
    known = set(map(str, METRICS))
    texts = [(MONITORING / "alerts.yml").read_text(encoding="utf-8")]
    texts += [path.read_text(encoding="utf-8") for path in BOARDS]
    named = {base(name) for text in texts for name in NAME.findall(text)}
    assert named <= known
    labels = {label for told in METRICS.values() for label in told.labels}
    grouped = {
        one.strip() for text in texts for some in re.findall(r"by \(([^)]*)\)", text)
        for one in some.split(",")
    }  # fmt: skip
    assert grouped <= labels | {"job", "le", "instance"}
    assert known - named <= {
        Metric.REFUSED, Metric.PUBLISHED, Metric.LISTENERS, Metric.SINK_WAITS,
    }  # fmt: skip


def test_every_alert_says_what_to_do() -> None:
    """And how grave it is, for whoever is woken by it."""
    told = yaml.safe_load((MONITORING / "alerts.yml").read_text(encoding="utf-8"))
    rules = [rule for group in told["groups"] for rule in group["rules"]]
    assert len({rule["alert"] for rule in rules}) == len(rules) >= 8
    for rule in rules:
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"].keys() == {"summary", "action"}


def test_every_question_of_a_board_can_be_asked(store: Store) -> None:
    """Grafana's macro apart, which stands for the chosen time."""
    asked = 0
    for board, panel in panels():
        for target in panel["targets"]:
            sql = target.get("rawSql", "")
            if sql:
                store.rows(re.sub(r"\$__timeFilter\((\w+)\)", r"\1 > now() - 3600", sql))
                asked += 1
            assert panel["datasource"]["uid"] == ("clickhouse" if sql else "prometheus"), board
    assert asked >= 8


def test_files_of_provisioning_fit_together() -> None:
    """Boards use the data sources that are provisioned; every process is read."""
    sources = yaml.safe_load(
        (MONITORING / "grafana/provisioning/datasources/hub.yml").read_text(encoding="utf-8")
    )
    known = {one["uid"] for one in sources["datasources"]}
    assert {panel["datasource"]["uid"] for _, panel in panels()} == known
    jobs = yaml.safe_load((MONITORING / "prometheus.yml").read_text(encoding="utf-8"))
    compose = yaml.safe_load(
        (MONITORING.parents[1] / "docker-compose.yml").read_text(encoding="utf-8")
    )
    hubs = compose["services"].keys() - {"kafka", "clickhouse"}
    assert {job["job_name"] for job in jobs["scrape_configs"]} == hubs


def test_a_process_answers_with_its_metrics() -> None:
    """On the port of its health, in Prometheus' format."""
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
def test_each_metric_can_be_made(metric: Metric) -> None:
    """With its labels, of its kind."""
    meters, told = Meters(), METRICS[metric]
    act = {"counter": meters.count, "gauge": lambda m, *some: meters.set(m, 3.0, *some),
           "histogram": lambda m, *some: meters.observe(m, 0.2, *some)}[told.kind]  # fmt: skip
    act(metric, *told.labels)
    assert f"# TYPE {metric.removesuffix('_total')}" in meters.text().decode()
    assert str(metric).endswith("_total") == (told.kind == "counter")
