"""The supervisor and the doctor."""

import socket
from typing import Any

import pytest
from clickhouse_connect.driver.exceptions import OperationalError

from hub.admin import doctor
from hub.admin.doctor import examine
from hub.broker.ports import PortTakenError, check_port
from hub.processes.supervisor import FIRST_DELAY, LONGEST_DELAY, STEADY_AFTER, Backoff
from hub.settings import Settings


def test_a_taken_port_is_named_with_its_setting() -> None:
    """The error says which port, for what, and which setting frees us from it."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(PortTakenError, match=f"intake: port {port} .*HUB_INTAKE_PORT"):
            check_port("127.0.0.1", port, "intake", "HUB_INTAKE_PORT")


def test_backoff_doubles_to_a_bound_and_forgets_after_a_steady_run() -> None:
    """Quick deaths wait longer and longer; one steady run starts afresh."""
    backoff = Backoff()
    delays = []
    for _ in range(10):
        backoff = backoff.after(lived=1.0)
        delays.append(backoff.delay)
    assert delays == sorted(delays)
    assert delays[-1] == LONGEST_DELAY
    assert backoff.after(lived=STEADY_AFTER).delay == FIRST_DELAY


def test_doctor_names_the_program_that_holds_a_port(tmp_path: object) -> None:
    """A port that answers, but not as ours, is unhealthy and comes with advice."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        settings = Settings(data=tmp_path, intake_port=holder.getsockname()[1])  # type: ignore[arg-type]
        findings = [f for f in examine(settings) if "intake" in f.subject]
    assert [finding.healthy for finding in findings] == [False]
    assert "HUB_INTAKE_PORT" in findings[0].advice


def _wall_finding(answer: Any, monkeypatch: pytest.MonkeyPatch) -> doctor.Finding:
    def asked(_: Settings, path: str) -> Any:
        assert path == "/wall"
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(doctor, "ask_engine", asked)
    (finding,) = doctor._wall(Settings())
    return finding


def test_doctor_shows_the_wall_and_what_the_engine_could_not_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The running process is asked, and has tried; what it could open is named with advice."""
    denied = {"what": "var/session.key", "denied": True}
    absent = {"what": "var/work.db", "denied": None}
    whole = {"wall": "landlock abi 7", "missing": "", "trials": [denied, absent]}
    finding = _wall_finding(whole, monkeypatch)
    assert finding.healthy
    assert finding.state.startswith("landlock abi 7; the engine tried 1 files")
    bare = {"wall": "separate process only", "missing": "the kernel gives no Landlock",
            "trials": [{**denied, "denied": False}]}  # fmt: skip
    finding = _wall_finding(bare, monkeypatch)
    assert not finding.healthy
    assert "could open var/session.key (the kernel gives no Landlock)" in finding.state
    assert "HUB_WALL=required" in finding.advice
    assert _wall_finding(OperationalError("away"), monkeypatch).healthy
