"""Supervises the processes of `hub up` 进程守护: ordered start, restart with back-off, stop.

The order matters. The store republishes to the broker, so the broker starts first. The pages query
the store, so they start after it. The worker restores its state from the broker, and the intake
publishes unsettled messages again, so both start after the store has republished. The embedded
broker loses all records when it dies. Then all processes after it are restarted too.
"""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import time
from asyncio.subprocess import Process
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.error import URLError
from urllib.request import urlopen

from hub.broker.embedded import broker_command
from hub.broker.ports import RequiredPort, answers
from hub.processes.engine_wall import engine_environment
from hub.settings import Settings

FIRST_DELAY = 0.5
LONGEST_DELAY = 30.0
STEADY_AFTER = 60.0
"""Seconds after which a child counts as steady: its next restart has the first delay again."""
GRACE = 20.0
"""Seconds for an orderly end before a child is killed."""
GRACE_WITHOUT_BROKER = 3.0
"""The same after the embedded broker has died: nothing can be published or committed any more."""
READY_WITHIN = 120.0


@dataclass(frozen=True, slots=True)
class Backoff:
    """The pause before the next start in seconds; each early end of a child doubles it."""

    delay: float = FIRST_DELAY

    def after(self, lived: float) -> "Backoff":
        """Return the backoff after a child has lived for `lived` seconds."""
        if lived >= STEADY_AFTER:
            return Backoff()
        return Backoff(min(self.delay * 2, LONGEST_DELAY))


@dataclass(slots=True)
class Child:
    """One process of the hub."""

    name: str
    command: list[str]
    ready: str = ""
    health_port: int = 0
    environment: Callable[[Mapping[str, str]], dict[str, str]] = dict
    """Selects the variables of our environment that the child receives."""
    process: Process | None = None
    backoff: Backoff = field(default_factory=Backoff)
    started_at: float = 0.0

    @property
    def alive(self) -> bool:
        """Whether the process has started and has not ended."""
        return self.process is not None and self.process.returncode is None

    async def start(self) -> None:
        """Start the process in its own process group: Ctrl-C reaches it through us only."""
        self.started_at = time.monotonic()
        self.process = await asyncio.create_subprocess_exec(
            *self.command,
            start_new_session=True,
            preexec_fn=_die_with_parent,
            env={**self.environment(os.environ), "HUB_HEALTH_PORT": str(self.health_port)},
        )

    async def stop(self, grace: float = GRACE) -> None:
        """Send SIGTERM, and SIGKILL after `grace` seconds; return when the process has ended."""
        if self.process is None or not self.alive:
            return
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), grace)
        except TimeoutError:
            say(f"{self.name} did not stop within {grace:.0f} s and is killed")
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            await self.process.wait()


def _die_with_parent() -> None:
    """Ask the kernel to kill this child when the supervisor is killed, so that its port is free.

    The signal is SIGKILL: without a broker, an orderly end of a worker takes long, and its port
    would prevent the next start. This works on Linux only (`prctl(2)`, PR_SET_PDEATHSIG).
    Elsewhere the children outlive a killed supervisor, and `hub doctor` names their ports.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def say(line: str) -> None:
    """Print one line for the operator on standard error."""
    sys.stderr.write(f"hub: {line}\n")


def children(settings: Settings) -> list[Child]:
    """Return the processes in the order in which they start."""
    python = [sys.executable, "-m"]
    overview = f"http://{settings.host}:{settings.overview_port}/healthz"
    intake = f"http://{settings.host}:{settings.intake_port}/healthz"
    engine = f"http://127.0.0.1:{settings.store_port}/ping"
    broker = [Child("broker", broker_command(settings))] if settings.embedded_broker else []
    serve = Child("serve", [*python, "hub.processes.serve"], health_port=settings.serve_port)
    if not settings.clickhouse:
        # The process that executes the staff's SQL must not have the passwords of our environment.
        serve.ready, serve.environment = engine, engine_environment
    return [
        *broker,
        serve,
        Child("overview", [*python, "hub.processes.overview"], ready=overview),
        Child("work", [*python, "hub.processes.worker"], health_port=settings.work_port),
        Child("intake", [*python, "hub.processes.intake"], ready=intake),
        Child("feedback", [*python, "hub.processes.feedback"], health_port=settings.feedback_port),
    ]


def required_ports(settings: Settings) -> list[RequiredPort]:
    """Return every port that `hub up` will listen on, in the order in which they are checked."""
    ports = []
    if settings.embedded_broker:
        ports.append(RequiredPort("127.0.0.1", settings.broker_port, "broker", "HUB_BROKER_PORT"))
    host = settings.host
    ports.append(RequiredPort(host, settings.overview_port, "overview", "HUB_OVERVIEW_PORT"))
    if not settings.clickhouse:
        ports.append(RequiredPort(host, settings.sql_port, "SQL endpoint", "HUB_SQL_PORT"))
        ports.append(RequiredPort("127.0.0.1", settings.store_port, "engine", "HUB_STORE_PORT"))
    ports.append(RequiredPort(host, settings.intake_port, "intake", "HUB_INTAKE_PORT"))
    health_ports = {
        "serve": settings.serve_port,
        "work": settings.work_port,
        "feedback": settings.feedback_port,
    }
    ports += [
        RequiredPort(host, port, f"metrics of {name}", f"HUB_{name.upper()}_PORT")
        for name, port in health_ports.items()
        if port
    ]
    return ports


def healthy(url: str) -> bool:
    """Return whether a process of the hub answers 200 at a URL."""
    try:
        with urlopen(url, timeout=2) as answer:  # noqa: S310 - our own loopback address
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


class Supervisor:
    """Starts the children in order, restarts ended ones with back-off, stops all on a signal."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.children = children(settings)
        self.stopping = asyncio.Event()

    async def run(self) -> None:
        """Run until a signal; all children have ended when it returns."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.stopping.set)
        try:
            if await self._start_from(0):
                say(f"ready: overview http://{self.settings.host}:{self.settings.overview_port}/")
            await self._watch()
        finally:
            await self._stop_from(0)

    async def _start_from(self, first: int) -> bool:
        ready = True
        for child in self.children[first:]:
            if self.stopping.is_set():
                return False
            await child.start()
            ready = await self._wait_ready(child) and ready
        return ready

    async def _stop_from(self, first: int, grace: float = GRACE) -> None:
        # In parallel, and the broker last: the others still publish and commit.
        dependants = [child for child in self.children[first:] if child.name != "broker"]
        await asyncio.gather(*(child.stop(grace) for child in dependants))
        for child in self.children[first:]:
            await child.stop()

    async def _wait_ready(self, child: Child) -> bool:
        give_up = time.monotonic() + READY_WITHIN
        while not await asyncio.to_thread(self._is_ready, child):
            if self.stopping.is_set() or not child.alive or self._lacks_broker(child):
                return False
            if time.monotonic() > give_up:
                say(f"{child.name} is not ready after {READY_WITHIN:.0f} s; see its log above")
                return False
            await asyncio.sleep(0.1)
        return child.alive

    def _lacks_broker(self, child: Child) -> bool:
        """Whether the embedded broker has died: no other child becomes ready before its restart."""
        broker = self.children[0]
        return broker is not child and broker.name == "broker" and not broker.alive

    def _is_ready(self, child: Child) -> bool:
        if child.name == "broker":
            return answers("127.0.0.1", self.settings.broker_port)
        return not child.ready or healthy(child.ready)

    async def _watch(self) -> None:
        while not self.stopping.is_set():
            ends = {
                asyncio.ensure_future(child.process.wait()): index
                for index, child in enumerate(self.children)
                if child.process is not None
            }
            stop = asyncio.ensure_future(self.stopping.wait())
            done, pending = await asyncio.wait({*ends, stop}, return_when=asyncio.FIRST_COMPLETED)
            for task in pending:
                task.cancel()
            if stop in done:
                return
            await self._restart(min(ends[task] for task in done if task is not stop))

    async def _restart(self, index: int) -> None:
        child = self.children[index]
        code = child.process.returncode if child.process else None
        child.backoff = child.backoff.after(time.monotonic() - child.started_at)
        say(f"{child.name} ended with {code}; next start in {child.backoff.delay:.1f} s")
        # The log of the embedded broker is lost with it, so all children after it start again.
        restart_all = child.name == "broker"
        if restart_all:
            await self._stop_from(index + 1, GRACE_WITHOUT_BROKER)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.stopping.wait(), child.backoff.delay)
        if self.stopping.is_set():
            return
        if restart_all:
            await self._start_from(index)
        else:
            await child.start()
            await self._wait_ready(child)
