"""The supervisor and the doctor."""

import socket

import pytest

from hub.admin.doctor import examine
from hub.broker.ports import PortTakenError, check_port
from hub.processes.up import FIRST_DELAY, LONGEST_DELAY, STEADY_AFTER, Backoff
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
