"""Locks of the data folder: a second start is refused, and the message names the first process."""

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
from hub.runtime.lock import LOCK_NAMES, AlreadyRunningError, acquire_lock, lock_holder
from hub.settings import Settings
from tests.integration.parts import free_port

LOCK_PROGRAM = (
    "import sys, time; from pathlib import Path; from hub.runtime.lock import acquire_lock;"
    "lock = acquire_lock(Path(sys.argv[1]), sys.argv[2]);"
    "print('locked', flush=True); time.sleep(600)"
)


def locking_process(data: Path, name: str) -> subprocess.Popen[bytes]:
    """Return a process that has acquired a lock."""
    command = [sys.executable, "-c", LOCK_PROGRAM, str(data), name]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"locked\n"
    return process


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process as `kill -9` does."""
    process.send_signal(signal.SIGKILL)
    process.communicate()


def run_hub(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line on a data folder, with free ports."""
    names = ("INTAKE", "OVERVIEW", "SQL", "WORK", "FEEDBACK", "BROKER")
    ports = {f"HUB_{name}_PORT": str(free_port()) for name in names}
    return subprocess.run(
        [sys.executable, "-m", "hub.cli.main", *arguments],
        env={**os.environ, **ports, "HUB_DATA": str(data)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_second_process_is_refused_and_the_first_is_named(tmp_path: Path) -> None:
    """It is refused at once. A killed process keeps no lock, and other locks stay free."""
    process = locking_process(tmp_path, "intake")
    try:
        with pytest.raises(
            AlreadyRunningError, match=f"intake runs already on .*process {process.pid} "
        ):
            acquire_lock(tmp_path, "intake")
        assert f"process {process.pid}" in lock_holder(tmp_path, "intake")
        assert lock_holder(tmp_path, "serve") == ""
        other = acquire_lock(tmp_path, "serve")
        assert other is not None
        other.close()
    finally:
        kill(process)
    assert lock_holder(tmp_path, "intake") == ""
    lock = acquire_lock(tmp_path, "intake")
    assert lock is not None
    assert f"process {os.getpid()} " in lock_holder(tmp_path, "intake")
    lock.close()


@pytest.mark.parametrize(
    ("command", "name"), [("up", "hub"), ("up", "serve"), ("intake", "intake")]
)
def test_a_second_start_ends_with_a_single_line(tmp_path: Path, command: str, name: str) -> None:
    """`hub up` does not start while another `hub up`, or a program started alone, is running."""
    process = locking_process(tmp_path, name)
    try:
        done = run_hub(tmp_path, command)
    finally:
        kill(process)
    assert done.returncode == 1
    assert f"{name} runs already on {tmp_path}: process {process.pid}" in done.stderr
    assert "Traceback" not in done.stderr


def test_doctor_shows_the_process_of_each_lock(tmp_path: Path) -> None:
    """`hub doctor` acquires no lock itself."""
    lock = acquire_lock(tmp_path, "hub")
    findings = [f for f in examine(Settings(data=tmp_path)) if f.subject.startswith("lock")]
    assert [(finding.subject, finding.healthy) for finding in findings] == [("lock hub", True)]
    assert f"process {os.getpid()}" in findings[0].state
    assert lock is not None
    lock.close()
    assert LOCK_NAMES[0] == "hub"


def test_a_file_system_without_locks_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hub runs and warns that nothing prevents a second start; other errors are raised."""

    def refuse(number: int) -> None:
        def flock(*_: object) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(fcntl, "flock", flock)

    refuse(errno.ENOLCK)
    with capture_logs() as logs:
        assert acquire_lock(tmp_path, "hub") is None
    assert logs[0]["event"] == "locks_unsupported"
    assert "has no locks" in logs[0]["advice"]
    refuse(errno.EIO)
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        acquire_lock(tmp_path, "hub")


def test_a_lock_is_not_acquired_through_a_link(tmp_path: Path) -> None:
    """The lock file is written to, so a symbolic link could make the hub overwrite any file."""
    (tmp_path / "other").write_text("kept")
    (tmp_path / "hub.lock").symlink_to(tmp_path / "other")
    with pytest.raises(OSError, match="symbolic"):
        acquire_lock(tmp_path, "hub")
    assert (tmp_path / "other").read_text() == "kept"
