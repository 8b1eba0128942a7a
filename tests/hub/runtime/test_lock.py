"""One owner for what is in the data folder; a second start is refused with who holds it."""

import errno
import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from hub.admin.doctor import examine
from hub.runtime.lock import OWNED, HeldError, hold, holder
from hub.settings import Settings
from tests.integration.parts import free_port

HOLD = (
    "import sys, time; from pathlib import Path; from hub.runtime.lock import hold;"
    "lock = hold(Path(sys.argv[1]), sys.argv[2]); print('held', flush=True); time.sleep(600)"
)


def holding(data: Path, name: str) -> subprocess.Popen[bytes]:
    """Return a process that holds a lock by now."""
    command = [sys.executable, "-c", HOLD, str(data), name]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    return process


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process as `kill -9` does."""
    process.send_signal(signal.SIGKILL)
    process.communicate()


def run_hub(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line on a folder, with ports that nobody has."""
    ports = {f"HUB_{name}_PORT": str(free_port()) for name in
             ("INTAKE", "OVERVIEW", "SQL", "WORK", "FEEDBACK", "BROKER")}  # fmt: skip
    return subprocess.run(
        [sys.executable, "-m", "hub.cli.main", *arguments],
        env={**os.environ, **ports, "HUB_DATA": str(data)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_a_second_owner_is_refused_with_who_holds_it(tmp_path: Path) -> None:
    """At once; what was killed holds nothing, and another lock of the folder is free."""
    process = holding(tmp_path, "intake")
    try:
        with pytest.raises(HeldError, match=f"intake runs already on .*process {process.pid} "):
            hold(tmp_path, "intake")
        assert f"process {process.pid}" in holder(tmp_path, "intake")
        assert holder(tmp_path, "serve") == ""
        other = hold(tmp_path, "serve")
        assert other is not None
        other.close()
    finally:
        kill(process)
    assert holder(tmp_path, "intake") == ""
    lock = hold(tmp_path, "intake")
    assert lock is not None
    assert f"process {os.getpid()} " in holder(tmp_path, "intake")
    lock.close()


@pytest.mark.parametrize(
    ("command", "name"), [("up", "hub"), ("up", "serve"), ("intake", "intake")]
)
def test_a_second_start_ends_with_one_line(tmp_path: Path, command: str, name: str) -> None:
    """`hub up` beside another one, or beside a part that was started by itself."""
    process = holding(tmp_path, name)
    try:
        done = run_hub(tmp_path, command)
    finally:
        kill(process)
    assert done.returncode == 1
    assert f"{name} runs already on {tmp_path}: process {process.pid}" in done.stderr
    assert "Traceback" not in done.stderr


def test_doctor_shows_who_holds_what(tmp_path: Path) -> None:
    """It takes no lock itself."""
    lock = hold(tmp_path, "hub")
    findings = [one for one in examine(Settings(data=tmp_path)) if one.subject.startswith("lock")]
    assert [(one.subject, one.healthy) for one in findings] == [("lock hub", True)]
    assert f"process {os.getpid()}" in findings[0].state
    assert lock is not None
    lock.close()
    assert OWNED[0] == "hub"


def test_a_file_system_without_locks_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hub runs, and says that nothing keeps a second one away; other errors are raised."""

    def refuse(number: int) -> None:
        def flock(*_: object) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(fcntl, "flock", flock)

    refuse(errno.ENOLCK)
    with capture_logs() as logs:
        assert hold(tmp_path, "hub") is None
    assert "has no locks" in logs[0]["event"]
    refuse(errno.EIO)
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        hold(tmp_path, "hub")


def test_a_lock_is_not_taken_through_a_link(tmp_path: Path) -> None:
    """Its file is written to: a link there could lead to any other."""
    (tmp_path / "other").write_text("kept")
    (tmp_path / "hub.lock").symlink_to(tmp_path / "other")
    with pytest.raises(OSError, match="symbolic"):
        hold(tmp_path, "hub")
    assert (tmp_path / "other").read_text() == "kept"
