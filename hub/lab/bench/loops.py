"""Comparison with peers 同类对比: events a second of programs that read one topic of one broker.

The rate comes from the timestamps of the records that a program writes. The first tenth of the
records is left out, so that the start of the program does not count.
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from hub.broker.topics import ensure_topics
from hub.lab.bench.apache import await_true, kafka
from hub.lab.bench.city import write_city
from hub.lab.bench.events import EventGenerator, to_json
from hub.settings import Settings
from hub.worker.transactional_publisher import EX_TEMPFAIL
from schemas.route import partition_of_route
from schemas.topic import DISPOSITIONS, EVENTS

PEERS = Path(__file__).parent / "peers"
COUNTIES = 25
TIMEOUT_SECONDS = 240.0
"""Seconds after which a program counts as failed."""
WARM_UP_SHARE = 0.1
ATTEMPTS = 5
QUIET_READS = 5
"""Reads of one second without a record after which the topic is at its end."""


@dataclass(frozen=True, slots=True)
class Contender:
    """One program: its command, the topic to which it writes, and the number of events to read."""

    key: str
    name: str
    topic: str
    count: int
    command: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()
    stays: bool = False
    """Whether the program is a service, which does not end by itself."""
    peer: bool = True
    """Whether the program takes command-line arguments (the hub takes settings)."""

    @property
    def target(self) -> str:
        """The topic whose records show the progress of the program."""
        return DISPOSITIONS.name if self.key in ("bare_steps", "work") else self.topic


@contextlib.contextmanager
def loaded(folder: Path, town: Path, count: int, seed: int) -> Iterator[str]:
    """Run a new broker with our topics and `count` events on `events.v1`; yields its address."""
    city = write_city(town, folder / "city", COUNTIES)
    with kafka(folder / "kafka") as cluster:
        settings = Settings(kafka=cluster.bootstrap, data=folder)
        ensure_topics(settings)
        producer = Producer(
            {
                "bootstrap.servers": cluster.bootstrap,
                "linger.ms": 20,
                "queue.buffering.max.messages": 1_000_000,
            }
        )
        since = datetime.now(UTC) - timedelta(seconds=count / 100)
        for event in EventGenerator(city.grids, city.places, seed, since).events(count):
            partition = partition_of_route(event.route, EVENTS.partitions)
            producer.produce(EVENTS.name, to_json(event), event.route.encode(), partition)
            producer.poll(0)
        producer.flush()
        yield cluster.bootstrap


def contenders(
    bootstrap: str, folder: Path, peers_python: Path, few: int, many: int, *, workers: int = 1
) -> list[Contender]:
    """Return the programs.

    Programs that run the steps read `few` events; programs that only deduplicate read `many`.
    """
    programs = [
        Contender("bare", "bare confluent-kafka loop", "bare", many, _peer("bare", sys.executable)),
        Contender(
            "plain_faust",
            "plain Faust agent",
            "plain-faust",
            few,
            _peer("plain_faust", sys.executable),
            stays=True,
        ),
        Contender("quixstreams", "quixstreams", "quix", many, _peer("quix", str(peers_python))),
        Contender("bytewax", "bytewax", "wax", many, _peer("wax", str(peers_python))),
        Contender(
            "bare_steps",
            "bare loop with our steps",
            "bare-steps",
            few,
            (sys.executable, "-m", "hub.lab.bench.peers.bare_steps"),
        ),
    ]
    for number in range(1, workers + 1):
        data = folder / f"worker-{number}"
        environment = {
            "HUB_KAFKA": bootstrap,
            "HUB_DATA": str(data),
            "HUB_TOWN": str(folder / "city"),
            "HUB_LOG_LEVEL": "error",
        }
        programs.append(
            Contender(
                "work",
                "hub work",
                DISPOSITIONS.name,
                few,
                (sys.executable, "-m", "hub.processes.worker"),
                tuple(environment.items()),
                stays=True,
                peer=False,
            )
        )
    return programs


def _peer(name: str, python: str) -> tuple[str, ...]:
    return (python, str(PEERS / f"{name}.py"))


def run(programs: Sequence[Contender], bootstrap: str, folder: Path) -> tuple[float, float]:
    """Run one program, or several instances of it, until all events are processed.

    Returns events a second, and the peak resident memory of an instance in MB. Raises
    `RuntimeError` with the output of a program that fails, and `TimeoutError`.
    """
    (first, *_) = programs
    _topic(bootstrap, first.topic)
    before = ends(bootstrap, first.target)
    with tempfile.TemporaryFile() as output:

        def start(program: Contender) -> subprocess.Popen[bytes]:
            return subprocess.Popen(
                [*program.command, *_arguments(program, bootstrap, folder)],
                env={**os.environ, **dict(program.environment)},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

        running = [start(program) for program in programs]

        def done() -> bool:
            if first.stays:
                for at, program in enumerate(running):
                    if program.poll() == EX_TEMPFAIL:
                        # Another worker has fenced this one; its supervisor restarts it.
                        running[at] = start(programs[at])
                    elif program.poll() is not None:
                        raise RuntimeError(
                            f"{first.name} ended with exit code {program.returncode}"
                        )
                return _written(before, ends(bootstrap, first.target)) >= first.count
            return all(program.poll() is not None for program in running)

        try:
            await_true(done, f"{first.name} has processed {first.count} events", TIMEOUT_SECONDS)
            memory = max(resident(program.pid) for program in running)
            if any(program.poll() for program in running):
                output.seek(0)
                raise RuntimeError(output.read()[-800:].decode(errors="replace"))
        finally:
            for program in running:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(program.pid, signal.SIGKILL)
                program.wait()
    return rate(bootstrap, first.target, before), memory


def _arguments(program: Contender, bootstrap: str, folder: Path) -> list[str]:
    if not program.peer:
        return []
    state = folder / ("city" if program.key == "bare_steps" else program.topic)
    values = {
        "--bootstrap": bootstrap,
        "--source": EVENTS.name,
        "--target": program.topic,
        "--count": str(program.count),
        "--folder": str(state),
    }
    return [word for option in values.items() for word in option]


def resident(pid: int) -> float:
    """Return the peak resident memory of a process in MB; 0 if the process has ended."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


def resident_of_own() -> float:
    """Return the present resident memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2


def _topic(bootstrap: str, name: str) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for created in admin.create_topics([NewTopic(name, EVENTS.partitions, 1)]).values():
        with contextlib.suppress(KafkaException):
            created.result()


def ends(bootstrap: str, topic: str) -> dict[int, int]:
    """Return partition → end offset of a topic; repeats the request if the broker is busy."""
    for _ in range(ATTEMPTS):
        with contextlib.suppress(KafkaException):
            return _ends(bootstrap, topic)
    return _ends(bootstrap, topic)


def _ends(bootstrap: str, topic: str) -> dict[int, int]:
    reader = _reader(bootstrap)
    try:
        parts = reader.list_topics(topic, timeout=30).topics[topic].partitions
        return {
            part: reader.get_watermark_offsets(TopicPartition(topic, part), timeout=30)[1]
            for part in parts
        }
    finally:
        reader.close()


def _written(before: dict[int, int], after: dict[int, int]) -> int:
    return sum(after[part] - before.get(part, 0) for part in after)


def rate(bootstrap: str, topic: str, before: dict[int, int]) -> float:
    """Return the records a second that were written to a topic after the offsets `before`."""
    reader, after = _reader(bootstrap), ends(bootstrap, topic)
    left = _written(before, after)
    times: list[int] = []
    reader.assign([TopicPartition(topic, part, before.get(part, 0)) for part in after])
    quiet = 0
    while left > len(times) and quiet < QUIET_READS:
        batch = reader.consume(1000, 1.0)
        # Transaction markers take offsets but are no records. So only silence shows the end.
        quiet = 0 if batch else quiet + 1
        times += [program.timestamp()[1] for program in batch if program.value() is not None]
    reader.close()
    times.sort()
    if not times:
        raise RuntimeError(f"nothing was written to {topic}")
    warm = int(len(times) * WARM_UP_SHARE)
    seconds = (times[-1] - times[warm]) / 1000
    return (len(times) - warm) / seconds if seconds else float("inf")


def _reader(bootstrap: str) -> Consumer:
    return Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "bench-reader",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
        }
    )
