"""The whole hub 全链路测量: from 12345 orders by HTTP until their dispositions are in ClickHouse.

Everything runs on this machine: Apache Kafka, intake, worker, sink with the embedded engine, and
feedback.
"""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import psutil
from confluent_kafka import OFFSET_END, Consumer, TopicPartition

from hub.lab.bench.apache import await_true, kafka
from hub.lab.bench.city import write_city
from hub.lab.bench.events import EventGenerator
from hub.lab.bench.loops import COUNTIES, resident
from hub.lab.ports import free_port
from hub.lab.simulate.native.pushes import dump, local
from hub.processes.supervisor import healthy
from hub.security.credentials import load_or_create_credentials
from hub.settings import Settings
from hub.store.reader import Reader, StoreAwayError
from hub.web.signature import push_headers
from schemas.category import CATEGORIES
from schemas.channel import Channel
from schemas.reports.event import UnifiedEvent, event_id_of
from schemas.topic import CASES

ORDERS = 100
"""Orders in one push when the throughput is measured."""
PUSHES = 4
"""Concurrent pushes."""
POLL_SECONDS = 0.2
"""Seconds between two queries of the store. A latency may be too long by this time.

More frequent queries would slow down the measured hub.
"""
TIMEOUT_SECONDS = 600.0
SEEN = (
    "SELECT event_id, toUnixTimestamp64Milli(at) AS ms FROM dispositions"
    " WHERE toUnixTimestamp64Milli(at) >= {since:Int64}"
)
DECIDED = "SELECT count() FROM dispositions"
BACK = 3000
"""A disposition may be stored after others that are up to this many milliseconds later."""


@contextlib.contextmanager
def running(
    folder: Path, town: Path, *, embedded: bool = False
) -> Iterator[tuple[Settings, subprocess.Popen[bytes], EventGenerator]]:
    """Run broker and hub with a synthetic city; yields settings, supervisor and event generator.

    The broker is Apache Kafka, or the `embedded` one.
    """
    city = write_city(town, folder / "city", COUNTIES)
    servers = ("intake", "overview", "sql", "store", "serve", "work", "feedback")
    ports = {f"{name}_port": free_port() for name in (*servers, "broker")}
    with contextlib.ExitStack() as brokers:
        cluster = None if embedded else brokers.enter_context(kafka(folder / "kafka"))
        values: dict[str, Any] = {
            "kafka": cluster.bootstrap if cluster else "",
            "data": folder / "data",
            "town": folder / "city",
            "host": "127.0.0.1",
            "log_level": "error",
            **ports,
        }
        settings = Settings(**values)
        load_or_create_credentials(settings)
        environment = {f"HUB_{name.upper()}": str(value) for name, value in values.items()}
        hub = subprocess.Popen(
            [sys.executable, "-m", "hub.cli.main", "up"],
            env={**os.environ, **environment},
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            await_true(lambda: _ready(settings), "the hub is up", TIMEOUT_SECONDS)
            yield settings, hub, EventGenerator(city.grids, city.places, 1)
        finally:
            hub.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                hub.wait(60)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(hub.pid, signal.SIGKILL)


def _ready(settings: Settings) -> bool:
    pages = {settings.intake_port: "healthz", settings.work_port: "metrics"}
    return all(healthy(f"http://127.0.0.1:{port}/{page}") for port, page in pages.items())


def order(event: UnifiedEvent, at: datetime) -> dict[str, Any]:
    """Return an event as an order in the format of the 12345 centre."""
    return {
        "workOrderNo": event.native_id,
        "callType": "诉求",
        "callTime": local(at),
        "caller": {"name": "王某", "phone": f"138{int(event.reporter.key[:8], 16) % 10**8:08}"},
        "title": event.title,
        "content": event.content,
        "address": event.place.name,
        "areaCode": event.place.division_code[:9],
        "lng": event.place.lon,
        "lat": event.place.lat,
        "coordType": "wgs84",
        "categoryName": CATEGORIES[event.category].name,
    }


class Pusher:
    """Pushes signed orders as the channel does."""

    def __init__(self, settings: Settings, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._secret = load_or_create_credentials(settings).value(Channel.HOTLINE_12345, "secret")
        self._url = f"http://127.0.0.1:{settings.intake_port}/v1/intake/{Channel.HOTLINE_12345}"

    async def push(self, orders: Sequence[dict[str, Any]]) -> None:
        """Push until the intake accepts."""
        body = dump({"orders": list(orders)})
        while True:
            headers = push_headers(self._secret, body) | {"Content-Type": "application/json"}
            async with self._session.post(self._url, data=body, headers=headers) as response:
                await response.read()
                if response.status < 300:
                    return
            await asyncio.sleep(0.1)


def throughput(settings: Settings, generator: EventGenerator, count: int) -> float:
    """Return events a second, from the first push until the last disposition is stored."""
    now = datetime.now(UTC)
    orders = [order(event, now) for event in generator.events(count)]
    wanted = {_id(body["workOrderNo"]) for body in orders}
    reader = Reader(settings)
    before, started = _decided(reader), time.monotonic()
    asyncio.run(push_all(settings, orders))
    # Wait by count first, because counting costs less than reading the ids.
    what = f"the dispositions of {count} events are stored"
    await_true(lambda: _decided(reader) >= before + count, what, TIMEOUT_SECONDS, POLL_SECONDS)
    await_true(StoreWatcher(settings, wanted).all, what, TIMEOUT_SECONDS)
    seconds_taken = time.monotonic() - started
    reader.close()
    return count / seconds_taken


def _decided(reader: Reader) -> int:
    """Return the number of stored dispositions; 0 if the store does not answer."""
    with contextlib.suppress(StoreAwayError):
        return int(reader.raw(DECIDED, "TSV"))
    return 0


async def push_all(settings: Settings, orders: Sequence[dict[str, Any]]) -> None:
    """Push orders as fast as the intake accepts them."""
    batches = [orders[at : at + ORDERS] for at in range(0, len(orders), ORDERS)]
    async with aiohttp.ClientSession() as session:
        pusher, free = Pusher(settings, session), asyncio.Semaphore(PUSHES)

        async def push_batch(batch: Sequence[dict[str, Any]]) -> None:
            async with free:
                await pusher.push(batch)

        await asyncio.gather(*map(push_batch, batches))


def _id(native_id: str) -> UUID:
    return event_id_of(Channel.HOTLINE_12345, native_id, "0")


class StoreWatcher:
    """Polls the store for dispositions; `times` has when each event's was first seen."""

    def __init__(self, settings: Settings, wanted: Iterable[UUID]) -> None:
        self._reader, self._missing = Reader(settings), set(wanted)
        self._earliest = self._since = int(time.time() * 1000) - 600_000
        self.times: dict[UUID, float] = {}

    def all(self) -> bool:
        """Query once; return whether the dispositions of all wanted events are stored."""
        with contextlib.suppress(StoreAwayError):
            rows = self._reader.rows(SEEN, {"since": self._since})
            now, latest = time.time(), self._earliest + BACK
            for row in rows:
                if row["event_id"] in self._missing:
                    self._missing.discard(row["event_id"])
                    self.times[row["event_id"]] = now
                    latest = max(latest, row["ms"])
            # If a query finds nothing new, the next one starts from the beginning.
            self._since = latest - BACK
        return not self._missing


def latency(
    settings: Settings, generator: EventGenerator, rate: float, seconds: float
) -> dict[str, float]:
    """Return percentiles of the latency to the case topic and to the store, in milliseconds.

    Each order is pushed at a time that is fixed in advance, and its latency counts from that time.
    So a slow hub cannot improve its figures by accepting fewer orders.
    """
    orders = [order(event, datetime.now(UTC)) for event in generator.events(int(rate * seconds))]
    wanted = {body["workOrderNo"] for body in orders}
    topic_reader = CaseTopicReader(settings.bootstrap, wanted)
    watcher = StoreWatcher(settings, map(_id, wanted))
    watching = threading.Thread(target=_watch, args=(watcher, topic_reader.ended))
    reading = threading.Thread(target=topic_reader.read)
    reading.start()
    topic_reader.started.wait()
    watching.start()
    due = asyncio.run(_push_on_time(settings, orders, rate))
    watching.join()
    topic_reader.ended.set()
    reading.join()
    topic = [
        topic_reader.times[number] - at
        for number, at in due.items()
        if number in topic_reader.times
    ]
    store = [
        watcher.times[_id(number)] - at
        for number, at in due.items()
        if _id(number) in watcher.times
    ]
    return {"rate": rate, "told": len(topic) / len(due), "stored": len(store) / len(due)} | {
        f"{name}_p{share:g}": percentile(times, share) * 1000
        for name, times in (("topic", topic), ("store", store))
        for share in (50, 99, 99.9)
    }


def push_on_time(settings: Settings, events: Sequence[UnifiedEvent], rate: float) -> None:
    """Push events one by one at this rate, in events a second."""
    orders = [order(event, datetime.now(UTC)) for event in events]
    asyncio.run(_push_on_time(settings, orders, rate))


async def _push_on_time(
    settings: Settings, orders: Sequence[dict[str, Any]], rate: float
) -> dict[str, float]:
    """Push each order at its time without waiting for the others; return number → due time."""
    due: dict[str, float] = {}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=200)) as session:
        pusher, started = Pusher(settings, session), time.time() + 0.2
        async with asyncio.TaskGroup() as pushes:
            for index, body in enumerate(orders):
                at = started + index / rate
                due[body["workOrderNo"]] = at
                await asyncio.sleep(max(0.0, at - time.time()))
                pushes.create_task(pusher.push([body]))
    return due


class CaseTopicReader:
    """Subscribes to the case topic; `times` has when each report first appeared."""

    def __init__(self, bootstrap: str, wanted: set[str]) -> None:
        self._bootstrap, self._wanted = bootstrap, wanted
        self.started, self.ended = threading.Event(), threading.Event()
        self.times: dict[str, float] = {}

    def read(self) -> None:
        """Read from the present end of the topic until `ended` is set."""
        reader = Consumer(
            {
                "bootstrap.servers": self._bootstrap,
                "group.id": "bench-told",
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                "fetch.wait.max.ms": 10,
            }
        )
        parts = reader.list_topics(CASES.name, timeout=30).topics[CASES.name].partitions
        reader.assign([TopicPartition(CASES.name, part, OFFSET_END) for part in parts])
        reader.consume(1, 2.0)
        self.started.set()
        while not self.ended.is_set():
            for record in reader.consume(500, 0.02):
                now = time.time()
                for report in json.loads(record.value() or b"{}")["case"]["reports"]:
                    if report["native_id"] in self._wanted:
                        self.times.setdefault(report["native_id"], now)
        reader.close()


def _watch(watcher: StoreWatcher, ended: threading.Event) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not watcher.all() and not ended.is_set() and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def percentile(times: Sequence[float], share: float) -> float:
    """Return a percentile; 0 without values. `share` is in percent."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share / 100))] if ordered else 0.0


def memory(hub: subprocess.Popen[bytes]) -> dict[str, float]:
    """Return the peak resident memory of each process of the hub in MB."""
    return {name: resident(child.pid) for name, child in _programs(hub)}


def processor(hub: subprocess.Popen[bytes]) -> dict[str, float]:
    """Return the processor time that each process of the hub has taken, in seconds."""
    times = ((name, child.cpu_times()) for name, child in _programs(hub))
    return {name: time.user + time.system for name, time in times}


def _programs(hub: subprocess.Popen[bytes]) -> Iterator[tuple[str, psutil.Process]]:
    """Yield the processes of the hub with the names of their programs."""
    for child in psutil.Process(hub.pid).children():
        words = child.cmdline()
        if "-m" in words:
            yield words[words.index("-m") + 1].removeprefix("hub.processes."), child
