"""The whole hub 全链路测量: orders of 12345 by HTTP until what was decided is seen in ClickHouse.

All is on this machine: Apache Kafka, intake, worker, sink with the embedded engine, feedback.
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

from hub.lab.bench.apache import await_true, free_port, kafka
from hub.lab.bench.city import write_city
from hub.lab.bench.events import Made
from hub.lab.bench.loops import COUNTIES, resident
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
"""Orders of one push where only the number a second counts."""
PUSHES = 4
"""Pushes at once."""
LOOK_EVERY = 0.2
"""Seconds between two looks at the store, by which a report may be seen too late: looking takes of
the machine what is measured."""
WITHIN = 600.0
SEEN = (
    "SELECT event_id, toUnixTimestamp64Milli(at) AS ms FROM dispositions"
    " WHERE toUnixTimestamp64Milli(at) >= {since:Int64}"
)
DECIDED = "SELECT count() FROM dispositions"
BACK = 3000
"""Milliseconds before the latest that is stored in which others may be stored later."""


@contextlib.contextmanager
def running(folder: Path, town: Path) -> Iterator[tuple[Settings, subprocess.Popen[bytes], Made]]:
    """Run broker and hub, with a city; yields its settings, its supervisor and what is told."""
    city = write_city(town, folder / "city", COUNTIES)
    servers = ("intake", "overview", "sql", "store", "serve", "work", "feedback")
    ports = {f"{name}_port": free_port() for name in servers}
    with kafka(folder / "kafka") as cluster:
        given: dict[str, Any] = {
            "kafka": cluster.bootstrap, "data": folder / "data", "town": folder / "city",
            "host": "127.0.0.1", "log_level": "error", **ports,
        }  # fmt: skip
        settings = Settings(**given)
        load_or_create_credentials(settings)
        names = {f"HUB_{name.upper()}": str(value) for name, value in given.items()}
        hub = subprocess.Popen(
            [sys.executable, "-m", "hub.cli.main", "up"], env={**os.environ, **names},
            stdout=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            await_true(lambda: _ready(settings), "the hub is up", WITHIN)
            yield settings, hub, Made(city.grids, city.places, 1)
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
    """Return an event as the 12345 centre writes an order."""
    return {
        "workOrderNo": event.native_id, "callType": "诉求", "callTime": local(at),
        "caller": {"name": "王某", "phone": f"138{int(event.reporter.key[:8], 16) % 10**8:08}"},
        "title": event.title, "content": event.content, "address": event.place.name,
        "areaCode": event.place.division_code[:9], "lng": event.place.lon, "lat": event.place.lat,
        "coordType": "wgs84", "categoryName": CATEGORIES[event.category].name,
    }  # fmt: skip


class Pusher:
    """Pushes orders as the channel does, signed."""

    def __init__(self, settings: Settings, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._secret = load_or_create_credentials(settings).value(Channel.HOTLINE_12345, "secret")
        self._url = f"http://127.0.0.1:{settings.intake_port}/v1/intake/{Channel.HOTLINE_12345}"

    async def push(self, orders: Sequence[dict[str, Any]]) -> None:
        """Push until it is taken."""
        body = dump({"orders": list(orders)})
        while True:
            headers = push_headers(self._secret, body) | {"Content-Type": "application/json"}
            async with self._session.post(self._url, data=body, headers=headers) as answer:
                await answer.read()
                if answer.status < 300:
                    return
            await asyncio.sleep(0.1)


def throughput(settings: Settings, made: Made, count: int) -> float:
    """Return events a second, from the first push until the last is decided and stored."""
    now = datetime.now(UTC)
    orders = [order(event, now) for event in made.events(count)]
    wanted = {_id(one["workOrderNo"]) for one in orders}
    reader = Reader(settings)
    before, begun = _decided(reader), time.monotonic()
    asyncio.run(_push_all(settings, orders))
    # Counting takes less of the machine than asking which they are.
    what = f"{count} events are decided and stored"
    await_true(lambda: _decided(reader) >= before + count, what, WITHIN, LOOK_EVERY)
    await_true(Seen(settings, wanted).all, what, WITHIN)
    took = time.monotonic() - begun
    reader.close()
    return count / took


def _decided(reader: Reader) -> int:
    """Return how many events the store tells to be decided."""
    with contextlib.suppress(StoreAwayError):
        return int(reader.raw(DECIDED, "TSV"))
    return 0


async def _push_all(settings: Settings, orders: Sequence[dict[str, Any]]) -> None:
    batches = [orders[at : at + ORDERS] for at in range(0, len(orders), ORDERS)]
    async with aiohttp.ClientSession() as session:
        pusher, free = Pusher(settings, session), asyncio.Semaphore(PUSHES)

        async def one(batch: Sequence[dict[str, Any]]) -> None:
            async with free:
                await pusher.push(batch)

        await asyncio.gather(*map(one, batches))


def _id(native_id: str) -> UUID:
    return event_id_of(Channel.HOTLINE_12345, native_id, "0")


class Seen:
    """Looks which events the store tells to be decided, and when it was first seen to."""

    def __init__(self, settings: Settings, wanted: Iterable[UUID]) -> None:
        self._reader, self._missing = Reader(settings), set(wanted)
        self._begun = self._since = int(time.time() * 1000) - 600_000
        self.times: dict[UUID, float] = {}

    def all(self) -> bool:
        """Look once; return whether all are there."""
        with contextlib.suppress(StoreAwayError):
            rows = self._reader.rows(SEEN, {"since": self._since})
            now, latest = time.time(), self._begun + BACK
            for row in rows:
                if row["event_id"] in self._missing:
                    self._missing.discard(row["event_id"])
                    self.times[row["event_id"]] = now
                    latest = max(latest, row["ms"])
            # Where nothing new is found, it is looked for from the beginning.
            self._since = latest - BACK
        return not self._missing


def latency(settings: Settings, made: Made, rate: float, seconds: float) -> dict[str, float]:
    """Return percentiles, in milliseconds, of the way to the case topic and to the store.

    Orders are pushed one by one at times that are fixed beforehand, and each is counted from the
    time at which it was due: a hub that is slow to answer does not hide by being asked less.
    """
    orders = [order(event, datetime.now(UTC)) for event in made.events(int(rate * seconds))]
    wanted = {one["workOrderNo"] for one in orders}
    told = _Told(settings.bootstrap, wanted)
    seen = Seen(settings, map(_id, wanted))
    looking = threading.Thread(target=_look, args=(seen, told.ended))
    reading = threading.Thread(target=told.read)
    reading.start()
    told.begun.wait()
    looking.start()
    due = asyncio.run(_push_on_time(settings, orders, rate))
    looking.join()
    told.ended.set()
    reading.join()
    topic = [told.times[one] - at for one, at in due.items() if one in told.times]
    store = [seen.times[_id(one)] - at for one, at in due.items() if _id(one) in seen.times]
    return {"rate": rate, "told": len(topic) / len(due), "stored": len(store) / len(due)} | {
        f"{name}_p{share:g}": _percentile(times, share) * 1000
        for name, times in (("topic", topic), ("store", store))
        for share in (50, 99, 99.9)
    }


async def _push_on_time(
    settings: Settings, orders: Sequence[dict[str, Any]], rate: float
) -> dict[str, float]:
    """Push each order at its time, whatever became of the others; return when each was due."""
    due: dict[str, float] = {}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=200)) as session:
        pusher, begun = Pusher(settings, session), time.time() + 0.2
        async with asyncio.TaskGroup() as pushes:
            for number, one in enumerate(orders):
                at = begun + number / rate
                due[one["workOrderNo"]] = at
                await asyncio.sleep(max(0.0, at - time.time()))
                pushes.create_task(pusher.push([one]))
    return due


class _Told:
    """Reads the case topic as a subscriber, and notes when each report is first told of."""

    def __init__(self, bootstrap: str, wanted: set[str]) -> None:
        self._bootstrap, self._wanted = bootstrap, wanted
        self.begun, self.ended = threading.Event(), threading.Event()
        self.times: dict[str, float] = {}

    def read(self) -> None:
        reader = Consumer({"bootstrap.servers": self._bootstrap, "group.id": "bench-told",
                           "isolation.level": "read_committed", "enable.auto.commit": False,
                           "fetch.wait.max.ms": 10})  # fmt: skip
        parts = reader.list_topics(CASES.name, timeout=30).topics[CASES.name].partitions
        reader.assign([TopicPartition(CASES.name, part, OFFSET_END) for part in parts])
        reader.consume(1, 2.0)
        self.begun.set()
        while not self.ended.is_set():
            for one in reader.consume(500, 0.02):
                now = time.time()
                for report in json.loads(one.value() or b"{}")["case"]["reports"]:
                    if report["native_id"] in self._wanted:
                        self.times.setdefault(report["native_id"], now)
        reader.close()


def _look(seen: Seen, ended: threading.Event) -> None:
    give_up = time.monotonic() + WITHIN
    while not seen.all() and not ended.is_set() and time.monotonic() < give_up:
        time.sleep(LOOK_EVERY)


def _percentile(times: Sequence[float], share: float) -> float:
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share / 100))] if ordered else 0.0


def memory(hub: subprocess.Popen[bytes]) -> dict[str, float]:
    """Return the resident memory of each process at its highest, in MB."""
    found = {}
    for child in psutil.Process(hub.pid).children():
        words = child.cmdline()
        if "-m" in words:
            found[words[words.index("-m") + 1].removeprefix("hub.")] = resident(child.pid)
    return found
