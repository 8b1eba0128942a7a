"""Apache Kafka 测量与测试用: brokers of its Maven artifacts, as processes on this machine."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hub.broker.ports import answers
from hub.runtime.errors import HubError

POM = Path(__file__).parent / "pom.xml"
PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "minqing-hub" / "kafka"
CLUSTER_ID = "bWlucWluZy1odWItdGVzdA"
LOGGING = ["-Dorg.slf4j.simpleLogger.defaultLogLevel=error"]
HEAP = ["-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
"""Small and quick to start; three of them beside the hub on two cores."""
READY_WITHIN = 90.0


class NoKafkaError(HubError, RuntimeError):
    """Apache Kafka cannot be had on this machine; the message says what to install."""


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def jars() -> Path:
    """Return the folder of the broker's jars, fetched once for each version of the pom.

    Raises `NoKafkaError`.
    """
    missing = [name for name in ("java", "mvn") if shutil.which(name) is None]
    if missing:
        lacks = " and ".join(missing)
        raise NoKafkaError(
            f"Apache Kafka needs {lacks}: apt-get install openjdk-17-jre-headless maven"
        )
    folder = CACHE / str(POM.stat().st_size)
    done = folder / ".complete"
    if not done.exists():
        fetched = subprocess.run(
            ["mvn", "-q", "-B", "-f", str(POM), PLUGIN, f"-DoutputDirectory={folder}",
             "-DincludeScope=runtime"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if fetched.returncode != 0:
            raise NoKafkaError(f"the jars cannot be fetched: {fetched.stdout[-2000:]}")
        done.touch()
    return folder


def comes_true(check: Callable[[], bool], seconds: float, pause: float = 0.05) -> bool:
    """Poll until `check` holds; return whether it did in time."""
    give_up = time.monotonic() + seconds
    while not check():
        if time.monotonic() > give_up:
            return False
        time.sleep(pause)
    return True


def await_true(check: Callable[[], bool], what: str, seconds: float, pause: float = 0.05) -> None:
    """Poll until `check` holds; raises TimeoutError with `what` where it does not in time."""
    if not comes_true(check, seconds, pause):
        raise TimeoutError(f"not within {seconds:.0f} s: {what}")


@dataclass(slots=True)
class Broker:
    """One broker, which is a controller too (KRaft)."""

    number: int
    folder: Path
    jars: Path
    port: int
    config: Path
    process: subprocess.Popen[bytes] | None = None

    def java(self, main: str, *words: str) -> list[str]:
        """Return the command line of a program of Kafka."""
        return ["java", *HEAP, *LOGGING, "-cp", f"{self.jars}/*", main, *words]

    def start(self) -> None:
        """Start it on what it has stored."""
        log = (self.folder / "broker.log").open("ab")
        self.process = subprocess.Popen(
            self.java("kafka.Kafka", str(self.config)), stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
        log.close()

    def kill(self) -> None:
        """Kill -9."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def answers(self) -> bool:
        """Return whether it accepts connections; fails where it has ended."""
        if self.process is not None and self.process.poll() is not None:
            raise NoKafkaError((self.folder / "broker.log").read_text(errors="replace")[-3000:])
        return answers("127.0.0.1", self.port)


@dataclass(slots=True)
class Kafka:
    """A cluster of brokers."""

    brokers: list[Broker] = field(default_factory=list)

    @property
    def bootstrap(self) -> str:
        """Addresses of all of them."""
        return ",".join(f"127.0.0.1:{one.port}" for one in self.brokers)

    def start(self) -> None:
        """Start all, and wait until each answers."""
        for one in self.brokers:
            one.start()
        for one in self.brokers:
            await_true(one.answers, f"broker {one.number} answers", READY_WITHIN)

    def kill(self) -> None:
        """Kill all."""
        for one in self.brokers:
            one.kill()


@contextlib.contextmanager
def kafka(
    folder: Path,
    count: int = 1,
    *,
    more: dict[str, str] | None = None,
    scram: str = "",
    links: Sequence[int] = (),
) -> Iterator[Kafka]:
    """Run a fresh cluster; `more` are further settings of its brokers.

    In them `{port}` and `{controller}` stand for a broker's own ports; `scram` is a user, as
    `kafka-storage format --add-scram` takes him; `links` are ports by which clients and the other
    brokers come, if not by its own.
    """
    found, cluster = jars(), Kafka()
    ports = [(free_port(), free_port()) for _ in range(count)]
    voters = ",".join(f"{n}@127.0.0.1:{ports[n - 1][1]}" for n in range(1, count + 1))
    for number in range(1, count + 1):
        cluster.brokers.append(
            _prepared(folder / f"broker-{number}", number, ports[number - 1], voters, found,
                      _told(number, links) | (more or {}), scram)
        )  # fmt: skip
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.kill()


def _told(number: int, links: Sequence[int]) -> dict[str, str]:
    if not links:
        return {}
    return {"advertised.listeners": f"PLAINTEXT://127.0.0.1:{links[number - 1]}"}


def _prepared(
    folder: Path, number: int, ports: tuple[int, int], voters: str, found: Path,
    more: dict[str, str], scram: str,
) -> Broker:  # fmt: skip
    """Write a broker's settings and format its storage."""
    folder.mkdir(parents=True)
    copies = str(min(3, voters.count("@")))
    settings = {
        "node.id": str(number),
        "process.roles": "broker,controller",
        "controller.quorum.voters": voters,
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://127.0.0.1:{ports[0]},CONTROLLER://127.0.0.1:{ports[1]}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{ports[0]}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": str(folder / "log"),
        "offsets.topic.replication.factor": copies,
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": "1",
        "default.replication.factor": copies,
        "min.insync.replicas": "2" if copies == "3" else "1",
        "auto.create.topics.enable": "false",
        "group.initial.rebalance.delay.ms": "0",
        **{name: value.replace("{port}", str(ports[0])).replace("{controller}", str(ports[1]))
           for name, value in more.items()},
    }  # fmt: skip
    config = folder / "server.properties"
    config.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    made = Broker(number, folder, found, ports[0], config)
    words = ["format", "-t", CLUSTER_ID, "-c", str(config)]
    words += ["--add-scram", scram] if scram else []
    formatted = subprocess.run(
        made.java("kafka.tools.StorageTool", *words),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if formatted.returncode != 0:
        raise NoKafkaError(formatted.stderr[-2000:])
    return made
