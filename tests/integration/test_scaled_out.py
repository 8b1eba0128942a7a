"""The scaled-out form: the Compose file is valid, and its commands work as processes."""

import asyncio
import json
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from hub.broker.ports import answers
from hub.lab.demo import Counts, missing
from hub.lab.simulate.deliver import DeliveryCounts
from hub.lab.simulate.run import messages_of, send_day
from hub.settings import Settings
from hub.store.reader import Reader
from tests.integration.parts import (
    await_nothing,
    await_true,
    counts_of,
    free_port,
    kill,
    run_hub,
    start,
)
from tests.kafka.brokers import kafka

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
MONITORING = ROOT / "docs" / "monitoring" / "compose.yml"
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))[
    "services"
]
OURS = {
    name: service for name, service in SERVICES.items() if service.get("command", [""])[0] == "hub"
}


@pytest.mark.parametrize("file", [COMPOSE, MONITORING])
def test_the_file_is_a_compose_file(file: Path) -> None:
    """It fits the published schema of Compose files."""
    checked = subprocess.run(
        [
            sys.executable,
            "-m",
            "check_jsonschema",
            "--builtin-schema",
            "vendor.compose-spec",
            str(file),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def test_the_file_keeps_its_promises() -> None:
    """Every image is pinned, every service has a health check, no password has a default."""
    text = COMPOSE.read_text(encoding="utf-8") + MONITORING.read_text(encoding="utf-8")
    beside = yaml.safe_load(MONITORING.read_text(encoding="utf-8"))["services"]
    assert set(OURS) == {"intake", "work", "sink", "overview", "feedback"}
    both = {name: {**SERVICES.get(name, {}), **beside.get(name, {})} for name in SERVICES | beside}
    for name, service in both.items():
        assert re.search(r":v?\d+\.\d+", service["image"]), name
        assert service["healthcheck"]["test"], name
    passwords = re.findall(r"\$\{\w*PASSWORD[^}]*\}", text)
    assert passwords
    assert all(":?" in use for use in passwords)
    known = {f"HUB_{name.upper()}" for name in Settings.model_fields}
    for name, service in OURS.items():
        assert set(service["environment"]) <= known
        assert set(beside[name]["environment"]) <= known
        assert beside[name]["secrets"] == beside["prometheus"]["secrets"]


class Cluster:
    """The services of the file as processes, with their own environment on this machine."""

    def __init__(self, folder: Path, bootstrap: str, store: str) -> None:
        self.folder = folder
        self.variables = {
            "kafka": bootstrap,
            "clickhouse": store,
            "host": "127.0.0.1",
            "intake_port": free_port(),
            "overview_port": free_port(),
            "log_level": "warning",
            "leader_board_url": f"http://127.0.0.1:{free_port()}",
            "environment_url": f"sqlite:///{folder}/complaints.db",
            "poll_every": "0.5",
            "public": "figures",
        }
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.health: dict[str, int] = {}

    @property
    def settings(self) -> Settings:
        """The settings of a client outside the intake's container."""
        values = {name: str(value) for name, value in self.variables.items()}
        return Settings(data=self.folder / "intake", **values)

    def start(self, name: str, number: int = 1, **more: object) -> None:
        """Start one replica of a service by the command in the file; `more` are settings."""
        replica = f"{name}{number}"
        command = SERVICES[name]["command"]
        self.health[replica] = free_port()
        variables = {**self.variables, "health_port": self.health[replica], **more}
        folder = self.folder / ("intake" if name in ("intake", "feedback") else replica)
        self.processes[replica] = start(f"hub.cli.main {command[1]}", folder, **variables)

    def await_alive(self) -> None:
        """Wait until the health check in the file succeeds for each replica."""
        for replica, port in self.health.items():
            assert SERVICES[replica[:-1]]["healthcheck"]["test"] == ["CMD", "hub", "alive"]
            await_true(
                lambda port=port: run_hub("alive", health_port=port).returncode == 0, replica
            )

    def counts(self) -> Counts:
        """Return the numbers of accounted parts, by channel."""
        return counts_of(self.settings)

    def accounting(self) -> list[dict[str, Any]]:
        """Return the accounting of the public overview, asked again while it answers 503 (busy)."""
        url = f"http://127.0.0.1:{self.variables['overview_port']}/api/overview"
        answers: list[dict[str, Any]] = []

        def is_answered() -> bool:
            try:
                with urllib.request.urlopen(url, timeout=120) as answer:
                    answers.append(json.load(answer))
            except urllib.error.HTTPError as error:
                if error.code != 503:
                    raise
            return bool(answers)

        await_true(is_answered, "the overview answers")
        return list(answers[0]["accounting"])

    def send(self, count: int, seed: int, before: Counts) -> DeliveryCounts:
        """Send a day through all transports and wait until it is accounted for."""

        async def scenario() -> DeliveryCounts:
            day = messages_of(self.settings, seed, count, datetime.now(UTC))
            async with AsyncExitStack() as stay:
                sent = await send_day(self.settings, day, 0, stay)
                await asyncio.to_thread(await_nothing, lambda: missing(sent, before, self.counts()))
                return sent

        return asyncio.run(scenario())


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """Return a cluster with broker and store; no service of the hub is started yet."""
    with ExitStack() as stay:
        bootstrap = stay.enter_context(kafka(tmp_path / "kafka")).bootstrap
        port = free_port()
        store = start(f"tests.integration.engine_server {port} {tmp_path / 'engine'}", tmp_path)
        stay.callback(kill, store)
        await_true(lambda: answers("127.0.0.1", port), "the engine answers")
        url = f"http://hub:secret@127.0.0.1:{port}/default?compress=false"
        cluster = Cluster(tmp_path, bootstrap, url)
        stay.callback(lambda: [kill(process) for process in cluster.processes.values()])
        yield cluster


@pytest.mark.slow
def test_the_services_work_together_and_stop_cleanly(cluster: Cluster) -> None:
    """All sources arrive, a killed worker's share continues, and TERM ends each process with 0."""
    for name, service in OURS.items():
        for number in range(service.get("deploy", {}).get("replicas", 1)):
            cluster.start(name, number + 1)
    cluster.await_alive()
    assert "work2" in cluster.processes
    cluster.send(150, 5, {})
    kill(cluster.processes.pop("work1"))
    cluster.send(150, 6, cluster.counts())
    assert {row["channel"]: row["events"] for row in cluster.accounting()} == {
        channel: row["events"] for channel, row in cluster.counts().items()
    }
    time_passes(cluster)
    for process in cluster.processes.values():
        process.send_signal(signal.SIGTERM)
    ended = {name: process.wait(180) for name, process in cluster.processes.items()}
    assert ended == dict.fromkeys(ended, 0)


def time_passes(cluster: Cluster) -> None:
    """Check that each timer fires once, although the workers change and are killed."""
    reader = Reader(cluster.settings)

    def number(sql: str) -> int:
        return int(reader.rows(sql)[0]["n"])

    old = cluster.processes.pop("work2")
    old.send_signal(signal.SIGTERM)
    assert old.wait(180) == 0
    for replica in (3, 4):
        cluster.start("work", replica, clock_shift=40 * 86400)
    fired = (
        "SELECT count() AS n FROM case_events FINAL WHERE JSONExtractString(data, 'timer') != ''"
    )
    await_true(lambda: number(fired) > 0, "the first timers have fired")
    kill(cluster.processes.pop("work3"))
    waiting = "SELECT count() AS n FROM cases FINAL WHERE state = 'assigned' AND NOT handed_over"
    await_true(lambda: number(waiting) == 0, "every unit's time to accept is over")
    twice = (
        "SELECT count() - uniqExact(case_id, JSONExtractString(data, 'timer'),"
        " JSONExtractString(data, 'set_for')) AS n FROM case_events FINAL"
        " WHERE JSONExtractString(data, 'timer') != ''"
    )
    assert number(twice) == 0
    gaps = (
        "SELECT count() AS n FROM (SELECT case_id FROM case_events FINAL GROUP BY case_id"
        " HAVING count() != max(seq))"
    )
    assert number(gaps) == 0
    reader.close()
