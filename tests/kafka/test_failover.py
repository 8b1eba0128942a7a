"""Apache Kafka with three brokers, and two workers: killed and restarted one by one."""

import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from hub.broker.connection import consumer_options
from hub.broker.producer import KafkaSender
from hub.broker.topics import ensure_topics
from hub.settings import Settings
from schemas.cases.case import CaseEvent, Move, case_id_of
from schemas.cases.command import Command, CommandOutcome
from schemas.cloudevent import from_record
from schemas.reports.event import UnifiedEvent
from schemas.reports.receipt import Disposition
from schemas.topic import CASES, COMMANDS, DISPOSITIONS, EVENTS, OUTCOMES
from tests.builders.town import event
from tests.integration.parts import await_nothing, await_true, kill, start
from tests.integration.test_worker import Reader, just_now
from tests.kafka.brokers import KafkaCluster, kafka

pytestmark = [
    pytest.mark.slow,
    # kafka-python does not close sockets to brokers that it never reached.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

TOWNSHIPS = [f"42129900{n}" for n in range(1, 9)]
BATCH = 20


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaCluster]:
    """Return three brokers with all topics, replication factor 3."""
    with kafka(tmp_path_factory.mktemp("three"), count=3) as cluster:
        ensure_topics(Settings(kafka=cluster.bootstrap))
        yield cluster


def report_of_township(mark: str, number: int) -> UnifiedEvent:
    """Return an event of one of the townships, so that every partition has some."""
    report = just_now(event(f"{mark}-{number}", confidential=True))
    return report.model_copy(update={"route": TOWNSHIPS[number % len(TOWNSHIPS)]})


class Stream:
    """Sends events from a thread, each until it is acknowledged, as the publisher does."""

    def __init__(self, settings: Settings, mark: str) -> None:
        self.sent: list[UnifiedEvent] = []
        self.retried = 0
        self._sender, self._mark = KafkaSender(settings), mark
        self._stop, self._more = threading.Event(), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Stream":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._more.release()
        self._thread.join(90)
        self._sender.close()
        assert not self._thread.is_alive()

    def _run(self) -> None:
        number = 0
        self._more.acquire()
        while not self._stop.is_set():
            batch = [report_of_township(self._mark, number + n) for n in range(BATCH)]
            records = [EVENTS.record(event) for event in batch]
            try:
                self._sender.send_all(records)
            except KafkaError:
                self.retried += 1
                continue
            self.sent += batch
            number += BATCH
            self._more.acquire()

    def grown(self, more: int) -> None:
        """Send `more` further events and wait for acknowledgement."""
        wanted = len(self.sent) + more
        self._more.release(more // BATCH)
        await_true(lambda: len(self.sent) >= wanted, f"{more} more are acknowledged")


def leader_of(cluster: KafkaCluster, partition: int) -> int:
    """Return the number of the broker that leads a partition of the events; 0: none now."""
    try:
        admin = KafkaAdminClient(bootstrap_servers=cluster.bootstrap)
    except KafkaError:
        return 0
    (topic,) = admin.describe_topics([EVENTS.name])
    admin.close()
    return next(
        int(row["leader_id"]) for row in topic["partitions"] if row["partition_index"] == partition
    )


def decided(dispositions: Reader, ids: set[UUID]) -> dict[UUID, set[UUID | None]]:
    """Return the cases that each of these events belongs to."""
    cases_by_event: dict[UUID, set[UUID | None]] = {}
    for disposition in (from_record(Disposition, value) for value in dispositions.read()):
        if disposition.event_id in ids:
            cases_by_event.setdefault(disposition.event_id, set()).add(disposition.case_id)
    return cases_by_event


def check_all(settings: Settings, sent: list[UnifiedEvent]) -> None:
    """Each event is decided once; each case's entries are in order, without gaps."""
    ids = {report.event_id for report in sent}
    access = consumer_options(settings)
    dispositions, cases = Reader(access, DISPOSITIONS), Reader(access, CASES)
    await_true(lambda: decided(dispositions, ids).keys() == ids, "all are decided")
    cases_by_event = decided(dispositions, ids)
    wanted = {case_id for ids in cases_by_event.values() for case_id in ids}
    entries: list[CaseEvent] = []

    def missing() -> list[str]:
        entries[:] = [
            entry
            for entry in (from_record(CaseEvent, value) for value in cases.read())
            if entry.case_id in wanted
        ]
        there = {(entry.case_id, entry.seq) for entry in entries}
        return [
            f"{entry} has no entry {seq}"
            for entry in wanted
            for seq in (1, 2)
            if (entry, seq) not in there
        ]

    await_nothing(missing)
    dispositions.close()
    cases.close()
    assert all(len(cases_) == 1 for cases_ in cases_by_event.values())
    by_case: dict[UUID, list[CaseEvent]] = {}
    for entry in entries:
        known = by_case.setdefault(entry.case_id, [])
        if entry.seq > len(known):
            assert entry.seq == len(known) + 1, f"{entry.case_id}: {entry.seq} after {len(known)}"
            known.append(entry)
        else:
            assert entry == known[entry.seq - 1], "read again with other content"
    assert len(by_case) == len(ids)


def answered(settings: Settings, cases: dict[UUID, str]) -> None:
    """Send a command to each of these cases, and wait until all have an outcome."""
    commands = [
        Command(
            command_id=uuid4(),
            case_id=case_id,
            move=Move.ACCEPT,
            actor="drill",
            issued_at=datetime.now(UTC),
            township=township,
        )
        for case_id, township in cases.items()
    ]
    sender, outcomes = KafkaSender(settings), Reader(consumer_options(settings), OUTCOMES)
    sender.send_all([COMMANDS.record(command) for command in commands])
    sender.close()

    def unanswered() -> list[str]:
        answered_ids = {from_record(CommandOutcome, value).command_id for value in outcomes.read()}
        return [
            f"{command.case_id} in {command.township}"
            for command in commands
            if command.command_id not in answered_ids
        ]

    await_nothing(unanswered)
    outcomes.close()


def worker(settings: Settings, folder: Path, name: str = "") -> subprocess.Popen[bytes]:
    """Start a worker."""
    return start("hub.processes.worker", folder / name, kafka=settings.kafka, worker_name=name)


def test_killed_brokers_and_workers_lose_and_double_nothing(
    cluster: KafkaCluster, tmp_path: Path
) -> None:
    """Killing leading brokers and a worker loses and doubles no event."""
    settings = Settings(kafka=cluster.bootstrap)
    workers = [worker(settings, tmp_path / str(n)) for n in range(2)]
    try:
        with Stream(settings, "f") as stream:
            stream.grown(200)
            for _ in range(2):
                doomed = cluster.brokers[leader_of(cluster, 0) - 1]
                doomed.kill()
                stream.grown(200)
                doomed.start()
                await_true(doomed.answers, "the broker is back")
            kill(workers[0])
            stream.grown(400)
            workers.append(worker(settings, tmp_path / "2"))
            stream.grown(200)
        check_all(settings, stream.sent)
    finally:
        for process in workers:
            kill(process)


def test_a_rolling_restart_of_workers_loses_nothing(cluster: KafkaCluster, tmp_path: Path) -> None:
    """Workers with fixed names are restarted in order, and by kill -9, while events arrive."""
    settings = Settings(kafka=cluster.bootstrap)
    workers = {name: worker(settings, tmp_path, name) for name in ("a", "b")}
    try:
        with Stream(settings, "r") as stream:
            stream.grown(200)
            for name in ("a", "b"):
                workers[name].terminate()
                stream.grown(100)
                workers[name].wait(60)
                workers[name] = worker(settings, tmp_path, name)
                stream.grown(100)
            kill(workers["a"])
            workers["a"] = worker(settings, tmp_path, "a")
            stream.grown(200)
        check_all(settings, stream.sent)
    finally:
        for process in workers.values():
            kill(process)


def test_added_partitions_change_nothing(cluster: KafkaCluster, tmp_path: Path) -> None:
    """Partitions added to one of two co-partitioned topics lose and double no event."""
    settings = Settings(kafka=cluster.bootstrap)
    workers = [worker(settings, tmp_path / "1")]
    try:
        with Stream(settings, "p") as stream:
            stream.grown(200)
            admin = KafkaAdminClient(bootstrap_servers=cluster.bootstrap)
            admin.create_partitions({EVENTS.name: 13})
            admin.close()
            workers += [worker(settings, tmp_path / str(n)) for n in (2, 3)]
            stream.grown(200)
            kill(workers[0])
            stream.grown(200)
        check_all(settings, stream.sent)
        answered(settings, {case_id_of(report.event_id): report.route for report in stream.sent})
    finally:
        for process in workers:
            kill(process)
