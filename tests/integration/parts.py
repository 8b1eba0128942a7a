"""Start the hub's real parts as processes, on free ports."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from hub.broker.embedded import broker_command
from hub.broker.ports import answers
from hub.lab.bench.apache import comes_true
from hub.lab.demo import Counts, accounting
from hub.lab.ports import free_port as free_port
from hub.settings import Settings
from hub.store.reader import Reader, StoreAwayError


def await_true(check: Callable[[], bool], what: str, seconds: float = 180) -> None:
    """Poll until `check` holds; fail with `what` after the time limit."""
    if not comes_true(check, seconds):
        raise AssertionError(f"not within {seconds:.0f} s: {what}")


def await_nothing(complaints: Callable[[], list[str]], seconds: float = 180) -> None:
    """Poll until there is no complaint; fail with those that are left."""
    last: list[str] = []

    def quiet() -> bool:
        last[:] = complaints()
        return not last

    # Each check queries the whole hub, which is at work meanwhile.
    if not comes_true(quiet, seconds, pause=0.3):
        raise AssertionError("\n".join(last))


def counts_of(settings: Settings) -> Counts:
    """Return the numbers of accounted parts, by channel; nothing while the store is down."""
    reader = Reader(settings)
    try:
        return accounting(reader)
    except StoreAwayError:
        return {}
    finally:
        reader.close()


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
    return subprocess.Popen(
        [sys.executable, "-m", *module.split()],
        env=environment(data=data, **settings),
        start_new_session=True,
    )


def environment(**settings: object) -> dict[str, str]:
    """Return this process's environment with settings of the hub."""
    return {**os.environ, **{f"HUB_{name.upper()}": str(value) for name, value in settings.items()}}


def run_hub(*words: str, **settings: object) -> subprocess.CompletedProcess[str]:
    """Run a command line to its end."""
    return subprocess.run(
        [sys.executable, "-m", "hub.cli.main", *words],
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill -9 a process and its group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
