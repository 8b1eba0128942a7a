"""Real parts started as processes, on free ports."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from hub.broker import answers, broker_command
from hub.settings import Settings


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def await_true(check: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Poll until `check` holds; fail with `what` where it does not in time."""
    give_up = time.monotonic() + seconds
    while not check():
        if time.monotonic() > give_up:
            raise AssertionError(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.05)


@contextlib.contextmanager
def broker(port: int) -> Iterator[str]:
    """Run the embedded broker; yields its address."""
    command = broker_command(Settings(broker_port=port))
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        await_true(lambda: answers("127.0.0.1", port), "broker")
        try:
            yield f"127.0.0.1:{port}"
        finally:
            process.kill()


def start(module: str, data: Path, **settings: object) -> subprocess.Popen[bytes]:
    """Start a process of the hub with settings, in a process group of its own."""
    names = {f"HUB_{name.upper()}": str(value) for name, value in settings.items()}
    return subprocess.Popen(
        [sys.executable, "-m", *module.split()],
        env={**os.environ, "HUB_DATA": str(data), **names},
        start_new_session=True,
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill -9 a process and its group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
