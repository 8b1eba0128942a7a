"""Apache Kafka 测量与测试用: brokers from the Maven artifacts, as processes on this machine."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hub.broker.ports import answers
from hub.lab.ports import free_port
from hub.runtime.errors import HubError

POM = Path(__file__).parent / "pom.xml"
PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "minqing-hub" / "kafka"
CLUSTER_ID = "bWlucWluZy1odWItdGVzdA"
LOGGING = ["-Dorg.slf4j.simpleLogger.defaultLogLevel=error"]
HEAP = ["-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
"""Small heaps that start quickly: three brokers and the hub share two cores."""
READY_SECONDS = 90.0


class KafkaUnavailableError(HubError, RuntimeError):
    """Apache Kafka cannot run on this machine; the message names the software to install."""


def jars() -> Path:
    """Return the folder of the broker's jars; Maven fetches them once for each pom.

    Raises `KafkaUnavailableError` without Java or Maven, or if Maven fails.
    """
    missing = [name for name in ("java", "mvn") if shutil.which(name) is None]
    if missing:
        programs = " and ".join(missing)
        raise KafkaUnavailableError(
            f"Apache Kafka needs {programs}: apt-get install openjdk-17-jre-headless maven"
        )
    folder = CACHE / str(POM.stat().st_size)
    done = folder / ".complete"
    if not done.exists():
        fetched = subprocess.run(
            [
                "mvn",
                "-q",
                "-B",
                "-f",
                str(POM),
                PLUGIN,
                f"-DoutputDirectory={folder}",
                "-DincludeScope=runtime",
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if fetched.returncode != 0:
            raise KafkaUnavailableError(
                f"Maven cannot fetch the jars of Kafka: {fetched.stdout[-2000:]}"
            )
        done.touch()
    return folder


def comes_true(check: Callable[[], bool], seconds: float, pause: float = 0.05) -> bool:
    """Poll until `check` returns true; return whether it did within `seconds`."""
    deadline = time.monotonic() + seconds
    while not check():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def await_true(check: Callable[[], bool], what: str, seconds: float, pause: float = 0.05) -> None:
    """Poll until `check` returns true; raises `TimeoutError` with `what` after `seconds`."""
    if not comes_true(check, seconds, pause):
        raise TimeoutError(f"not within {seconds:.0f} s: {what}")


@dataclass(slots=True)
class KafkaBroker:
    """One broker, which is also a controller (KRaft)."""

    number: int
    folder: Path
    jars: Path
    port: int
    config: Path
    process: subprocess.Popen[bytes] | None = None

    def java(self, main: str, *words: str) -> list[str]:
        """Return the command line that runs a Java class of Kafka."""
        return ["java", *HEAP, *LOGGING, "-cp", f"{self.jars}/*", main, *words]

    def start(self) -> None:
        """Start the broker on its existing log."""
        log = (self.folder / "broker.log").open("ab")
        self.process = subprocess.Popen(
            self.java("kafka.Kafka", str(self.config)),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()

    def kill(self) -> None:
        """Kill the process with SIGKILL and wait for its end."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def answers(self) -> bool:
        """Return whether the broker accepts connections.

        Raises `KafkaUnavailableError` with the end of its log if its process has ended.
        """
        if self.process is not None and self.process.poll() is not None:
            raise KafkaUnavailableError(
                (self.folder / "broker.log").read_text(errors="replace")[-3000:]
            )
        return answers("127.0.0.1", self.port)


@dataclass(slots=True)
class KafkaCluster:
    """A cluster of brokers."""

    brokers: list[KafkaBroker] = field(default_factory=list)

    @property
    def bootstrap(self) -> str:
        """The addresses of all brokers, separated by commas."""
        return ",".join(f"127.0.0.1:{broker.port}" for broker in self.brokers)

    def start(self) -> None:
        """Start all brokers and wait until each accepts connections."""
        for broker in self.brokers:
            broker.start()
        for broker in self.brokers:
            await_true(broker.answers, f"broker {broker.number} answers", READY_SECONDS)

    def kill(self) -> None:
        """Kill all brokers."""
        for broker in self.brokers:
            broker.kill()


@contextlib.contextmanager
def kafka(
    folder: Path,
    count: int = 1,
    *,
    more: dict[str, str] | None = None,
    scram: str = "",
    links: Sequence[int] = (),
) -> Iterator[KafkaCluster]:
    """Run a new cluster of `count` brokers.

    `more` are additional broker settings; in their values `{port}` and `{controller}` stand for the
    ports of the broker. `scram` is a user in the form of `kafka-storage format --add-scram`. Each
    broker advertises its port of `links` instead of its own port.
    """
    jar_folder, cluster = jars(), KafkaCluster()
    ports = [(free_port(), free_port()) for _ in range(count)]
    voters = ",".join(f"{n}@127.0.0.1:{ports[n - 1][1]}" for n in range(1, count + 1))
    for number in range(1, count + 1):
        cluster.brokers.append(
            _prepared(
                folder / f"broker-{number}",
                number,
                ports[number - 1],
                voters,
                jar_folder,
                _advertised_listener(number, links) | (more or {}),
                scram,
            )
        )
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.kill()


def _advertised_listener(number: int, links: Sequence[int]) -> dict[str, str]:
    if not links:
        return {}
    return {"advertised.listeners": f"PLAINTEXT://127.0.0.1:{links[number - 1]}"}


def _prepared(
    folder: Path,
    number: int,
    ports: tuple[int, int],
    voters: str,
    jar_folder: Path,
    more: dict[str, str],
    scram: str,
) -> KafkaBroker:
    """Write the settings of a broker and format its storage."""
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
        **{
            name: value.replace("{port}", str(ports[0])).replace("{controller}", str(ports[1]))
            for name, value in more.items()
        },
    }
    config = folder / "server.properties"
    config.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    broker = KafkaBroker(number, folder, jar_folder, ports[0], config)
    words = ["format", "-t", CLUSTER_ID, "-c", str(config)]
    words += ["--add-scram", scram] if scram else []
    formatted = subprocess.run(
        broker.java("kafka.tools.StorageTool", *words),
        capture_output=True,
        text=True,
        check=False,
    )
    if formatted.returncode != 0:
        raise KafkaUnavailableError(formatted.stderr[-2000:])
    return broker
