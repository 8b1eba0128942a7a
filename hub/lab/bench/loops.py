"""One job beside its peers 同类对比: events a second of programs that read one topic of one broker.

How fast a program is, is told by the records that it has written: from the tenth part of them on,
so that nobody's start counts, to the last, by the time that each record bears.
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
from hub.lab.bench.events import Made, written
from hub.settings import Settings
from hub.worker.transactional_publisher import EX_TEMPFAIL
from schemas.cloudevent import partition_of
from schemas.topic import DISPOSITIONS, EVENTS

PEERS = Path(__file__).parent / "peers"
COUNTIES = 25
WITHIN = 240.0
"""Seconds after which a program is given up."""
WARM = 0.1
AGAIN = 5
QUIET = 5
"""Seconds without a record after which there is none."""


@dataclass(frozen=True, slots=True)
class Contender:
    """One program: what it runs, the topic that it is given to write to, and of how many events."""

    key: str
    name: str
    topic: str
    count: int
    command: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()
    stays: bool = False
    """Whether it is a service, which does not end by itself."""
    peer: bool = True
    """Whether it is told by words what to read; the hub itself is told by settings."""

    @property
    def target(self) -> str:
        """The topic on which it is seen how far it is."""
        return DISPOSITIONS.name if self.key in ("bare_steps", "work") else self.topic


@contextlib.contextmanager
def loaded(folder: Path, town: Path, count: int, seed: int) -> Iterator[str]:
    """Run a fresh broker with our topics and so many events on `events.v1`; yields its address."""
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
        for event in Made(city.grids, city.places, seed, since).events(count):
            partition = partition_of(event.route, EVENTS.partitions)
            producer.produce(EVENTS.name, written(event), event.route.encode(), partition)
            producer.poll(0)
        producer.flush()
        yield cluster.bootstrap


def contenders(
    bootstrap: str, folder: Path, peers_python: Path, few: int, many: int, *, workers: int = 1
) -> list[Contender]:
    """Return the programs; `few` events for those that decide, `many` for those that only copy."""
    found = [
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
        given = {
            "HUB_KAFKA": bootstrap,
            "HUB_DATA": str(data),
            "HUB_TOWN": str(folder / "city"),
            "HUB_LOG_LEVEL": "error",
        }
        found.append(
            Contender(
                "work",
                "hub work",
                DISPOSITIONS.name,
                few,
                (sys.executable, "-m", "hub.processes.worker"),
                tuple(given.items()),
                stays=True,
                peer=False,
            )
        )
    return found


def _peer(name: str, python: str) -> tuple[str, ...]:
    return (python, str(PEERS / f"{name}.py"))


def run(programs: Sequence[Contender], bootstrap: str, folder: Path) -> tuple[float, float]:
    """Run one program, or several of a kind, until so many events are told of.

    Return events a second, and the resident memory of one at its highest in MB. Raises
    `RuntimeError` with what it said where one fails, and TimeoutError.
    """
    (first, *_) = programs
    _topic(bootstrap, first.topic)
    before = ends(bootstrap, first.target)
    with tempfile.TemporaryFile() as said:

        def start(one: Contender) -> subprocess.Popen[bytes]:
            return subprocess.Popen(
                [*one.command, *_told(one, bootstrap, folder)],
                env={**os.environ, **dict(one.environment)},
                stdout=said,
                stderr=said,
                start_new_session=True,
            )

        running = [start(one) for one in programs]

        def done() -> bool:
            if first.stays:
                for at, one in enumerate(running):
                    if one.poll() == EX_TEMPFAIL:
                        # A worker that another has fenced off wants to be started again.
                        running[at] = start(programs[at])
                    elif one.poll() is not None:
                        raise RuntimeError(f"it ended by itself with {one.returncode}")
                return _written(before, ends(bootstrap, first.target)) >= first.count
            return all(one.poll() is not None for one in running)

        try:
            await_true(done, f"{first.name} has told of {first.count} events", WITHIN)
            memory = max(resident(one.pid) for one in running)
            if any(one.poll() for one in running):
                said.seek(0)
                raise RuntimeError(said.read()[-800:].decode(errors="replace"))
        finally:
            for one in running:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(one.pid, signal.SIGKILL)
                one.wait()
    return rate(bootstrap, first.target, before), memory


def _told(one: Contender, bootstrap: str, folder: Path) -> list[str]:
    if not one.peer:
        return []
    state = folder / ("city" if one.key == "bare_steps" else one.topic)
    return [
        "--bootstrap",
        bootstrap,
        "--source",
        EVENTS.name,
        "--target",
        one.topic,
        "--count",
        str(one.count),
        "--folder",
        str(state),
    ]


def resident(pid: int) -> float:
    """Return the resident memory of a process at its highest, in MB; 0 where it has ended."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


def resident_of_own() -> float:
    """Return the resident memory of this process now, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2


def _topic(bootstrap: str, name: str) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for made in admin.create_topics([NewTopic(name, EVENTS.partitions, 1)]).values():
        with contextlib.suppress(KafkaException):
            made.result()


def ends(bootstrap: str, topic: str) -> dict[int, int]:
    """Return the end of each partition of a topic; a broker that is busy is asked again."""
    for _ in range(AGAIN):
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
    """Return the records a second that were written to a topic since `before`."""
    reader, after = _reader(bootstrap), ends(bootstrap, topic)
    left = _written(before, after)
    times: list[int] = []
    reader.assign([TopicPartition(topic, part, before.get(part, 0)) for part in after])
    quiet = 0
    while left > len(times) and quiet < QUIET:
        batch = reader.consume(1000, 1.0)
        # Markers of transactions take an offset and are no records, so the end is seen by silence.
        quiet = 0 if batch else quiet + 1
        times += [one.timestamp()[1] for one in batch if one.value() is not None]
    reader.close()
    times.sort()
    if not times:
        raise RuntimeError(f"nothing was written to {topic}")
    warm = int(len(times) * WARM)
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
