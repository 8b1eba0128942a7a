"""Ports, back-off, and what the doctor reports about ports and the wall."""

import asyncio
import socket
import sys
from typing import Any

import pytest
from clickhouse_connect.driver.exceptions import OperationalError

from hub.admin import doctor
from hub.admin.doctor import examine
from hub.broker.ports import PortTakenError, check_port, check_ports
from hub.lab.ports import free_port
from hub.processes.supervisor import (
    FIRST_DELAY,
    LONGEST_DELAY,
    STEADY_AFTER,
    Backoff,
    Child,
    Supervisor,
    required_ports,
)
from hub.settings import Settings


def test_a_taken_port_is_named_with_its_setting() -> None:
    """The error has the port, its purpose, and the setting that chooses another port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with pytest.raises(PortTakenError, match=f"intake: port {port} .*HUB_INTAKE_PORT"):
            check_port("127.0.0.1", port, "intake", "HUB_INTAKE_PORT")


def test_hub_up_checks_every_port_that_it_will_listen_on() -> None:
    """External servers need no port of this machine; a health port 0 means none."""
    settings = {required.setting for required in required_ports(Settings())}
    own = {"HUB_BROKER_PORT", "HUB_SQL_PORT", "HUB_STORE_PORT"}
    pages = {"HUB_OVERVIEW_PORT", "HUB_INTAKE_PORT"}
    health = {"HUB_SERVE_PORT", "HUB_WORK_PORT", "HUB_FEEDBACK_PORT"}
    assert settings == own | pages | health
    external = Settings(
        kafka="a:9092", clickhouse="http://x/", serve_port=0, work_port=0, feedback_port=0
    )
    assert {required.setting for required in required_ports(external)} == pages
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        taken = external.model_copy(update={"intake_port": listener.getsockname()[1]})
        with pytest.raises(PortTakenError, match="HUB_INTAKE_PORT"):
            check_ports([port for port in required_ports(taken) if port.purpose == "intake"])


def test_backoff_doubles_to_a_bound_and_restarts_after_a_steady_run() -> None:
    """Each early end doubles the delay up to a limit; a steady run resets it."""
    backoff = Backoff()
    delays = []
    for _ in range(10):
        backoff = backoff.after(lived=1.0)
        delays.append(backoff.delay)
    assert delays == sorted(delays)
    assert delays[-1] == LONGEST_DELAY
    assert backoff.after(lived=STEADY_AFTER).delay == FIRST_DELAY


def test_a_child_is_not_awaited_when_the_broker_has_died() -> None:
    """Without a broker no other process becomes ready, so the supervisor restarts the broker."""
    supervisor = Supervisor(Settings())
    sleeping = [sys.executable, "-c", "import time; time.sleep(600)"]
    broker = Child("broker", sleeping)
    waiting = Child("serve", sleeping, ready=f"http://127.0.0.1:{free_port()}/")
    supervisor.children = [broker, waiting]

    async def scenario() -> bool:
        await broker.start()
        await waiting.start()
        assert broker.process is not None
        broker.process.kill()
        await broker.process.wait()
        ready = await supervisor._wait_ready(waiting)
        await waiting.stop()
        return ready

    assert asyncio.run(scenario()) is False


def test_doctor_reports_a_port_of_another_program(tmp_path: object) -> None:
    """A port where another program answers is unhealthy, and comes with advice."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        settings = Settings(data=tmp_path, intake_port=listener.getsockname()[1])  # type: ignore[arg-type]
        findings = [f for f in examine(settings) if "intake" in f.subject]
    assert [finding.healthy for finding in findings] == [False]
    assert "HUB_INTAKE_PORT" in findings[0].advice


def _wall_finding(answer: Any, monkeypatch: pytest.MonkeyPatch) -> doctor.Finding:
    def ask_engine(_: Settings, path: str) -> Any:
        assert path == "/wall"
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(doctor, "ask_engine", ask_engine)
    (finding,) = doctor._wall(Settings())
    return finding


def test_doctor_shows_the_wall_and_the_files_it_closes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The engine's process has tried each file; a file that it could open comes with advice."""
    denied = {"what": "var/session.key", "denied": True}
    absent = {"what": "var/work.db", "denied": None}
    whole = {"wall": "landlock abi 7", "missing": "", "trials": [denied, absent]}
    finding = _wall_finding(whole, monkeypatch)
    assert finding.healthy
    assert finding.state.startswith("landlock abi 7; the engine tried 1 files")
    bare = {
        "wall": "separate process only",
        "missing": "the kernel does not offer Landlock",
        "trials": [{**denied, "denied": False}],
    }
    finding = _wall_finding(bare, monkeypatch)
    assert not finding.healthy
    assert "could open var/session.key (the kernel does not offer Landlock)" in finding.state
    assert "HUB_WALL=required" in finding.advice
    assert _wall_finding(OperationalError("away"), monkeypatch).healthy
