"""Every collector, killed or failing at every step: good items come once, bad ones are reported."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from aiohttp import web
from kafka import TopicPartition
from pydantic import SecretStr
from sqlalchemy import create_engine

from hub.broker.consumer import Offsets
from hub.intake.collectors import topics
from hub.intake.collectors.database import EnvironmentTable
from hub.intake.collectors.files import DropFolders
from hub.intake.collectors.late import LateBytes
from hub.intake.collectors.leader_board import LeaderBoard
from hub.intake.collectors.mail import Imap, MailDir
from hub.intake.collectors.outside import OutsideFolder
from hub.intake.collectors.source import Source
from hub.intake.collectors.table.rows import TableRows
from hub.intake.collectors.topics import IntakeTopics
from hub.intake.receiver import Receiver
from hub.journal.journal import Journal
from hub.runtime.process import listen
from schemas.topic import INTAKE_TOPICS
from tests.builders.collecting import (
    Collect,
    Desk,
    KilledError,
    Tripwire,
    at_desk,
    rounds,
    steps_of,
)
from tests.builders.imap import serve_imap
from tests.integration.parts import free_port

STEPS = (
    (Receiver, "take"),
    (Journal, "set"),
    (Journal, "join"),
    (Journal, "leave"),
    (OutsideFolder, "read"),
    (OutsideFolder, "put_away"),
    (LateBytes, "watch"),
    (TableRows, "keys"),
    (TableRows, "where"),
    (TableRows, "of_keys"),
    (LeaderBoard, "_get"),
    (Imap, "_fetch"),
    (IntakeTopics, "_commit"),
)
"""Where a collector is killed: before and after each of these."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A source with good items and a poisoned one in the middle."""

    name: str
    open: Callable[[Source], tuple[Collect, Callable[[], None]]]
    """Starts the collector; returns its round and its end."""
    good: tuple[str, ...]
    """What each good item says."""
    bad: int = 1
    """Items that are reported."""
    rounds: int = 4


def nothing() -> None:
    """Close nothing."""


# ------------------------------------------------------------------ the sources
def _table(path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as db:
        db.exec_driver_sql(
            "CREATE TABLE complaints (complaint_no TEXT, updated_at DATETIME, content TEXT,"
            " place JSON)"
        )
        for number, updated_at, place in (
            (1, "2026-03-01 06:45:00.000000", "{}"),
            (2, "2026-03-01 06:46:00.000000", "{}"),
            (3, "2026-03-01 06:47:00.000000", "{}"),
            (4, None, "{}"),
            (5, "0000-00-00 00:00:00", "no JSON"),
            (6, "2026-03-01 06:48:00.000000", "{}"),
        ):
            row = (f"K-{number}", updated_at, f"content {number}", place)
            db.exec_driver_sql("INSERT INTO complaints VALUES (?, ?, ?, ?)", row)
    engine.dispose()


def _open_table(source: Source) -> tuple[Collect, Callable[[], None]]:
    table = EnvironmentTable(source)
    return table.collect, table.close


def _board() -> web.Application:
    """Pages of one post; the page after 2 is no JSON."""

    async def page(request: web.Request) -> web.Response:
        after = int(request.query.get("after") or 0)
        if after >= 4:
            return web.json_response({"posts": [], "next": "4"})
        damage = ', "x": tru' if after == 2 else ""
        post = f'{{"tid": {after}, "content": "content {after}"{damage}}}'
        text = f'{{"posts": [{post}], "next": "{after + 1}"}}'
        return web.Response(text=text, content_type="application/json")

    app = web.Application()
    app.router.add_get("/posts", page)
    return app


def _drop(folder: Path) -> None:
    place = folder / "drop" / "transport_12328"
    place.mkdir(parents=True)
    for number in (1, 2, 4):
        (place / f"{number}.csv").write_text(f"content {number}")
    (place / "3.csv").write_bytes(b"x" * 200_000)


def _open_drop(source: Source) -> tuple[Collect, Callable[[], None]]:
    drops = DropFolders(source, {}, {})
    drops.make()
    return drops.collect, nothing


def _maildir(folder: Path) -> None:
    new = folder / "maildir" / "new"
    new.mkdir(parents=True)
    for number in (1, 2, 4):
        (new / f"{number}.host").write_text(f"content {number}")
    (new / "3.host").write_bytes(b"x" * 200_000)


@dataclass(slots=True)
class Broker:
    """Records of one partition; the client cannot read those at `bad` offsets."""

    records: list[str]
    bad: frozenset[int]
    committed: int = 0
    readers: list["FakeReader"] = field(default_factory=list)

    def open(self, _: Any, parts: Any, **__: Any) -> "FakeReader":
        """Open a reader of these partitions."""
        return FakeReader(self, PART in parts, self.committed)


PART = TopicPartition(INTAKE_TOPICS[0].name, 0)


@dataclass(slots=True)
class FakeReader:
    """A consumer of `PART`, or of other partitions without records."""

    broker: Broker
    has_part: bool
    at: int

    def poll(self, timeout_ms: int, max_records: int | None = None) -> dict[Any, list[Any]]:
        """Return the records before the next unreadable one; raise at that one."""
        del timeout_ms
        if not self.has_part or self.at >= len(self.broker.records):
            return {}
        if self.at in self.broker.bad:
            raise UnicodeDecodeError("utf-8", b"\xc0", 0, 1, "a header name is no UTF-8")
        batch: list[Any] = []
        while self.at < len(self.broker.records) and self.at not in self.broker.bad:
            if len(batch) == (max_records or 500):
                break
            value = self.broker.records[self.at].encode()
            batch.append(
                SimpleNamespace(
                    topic=PART.topic,
                    partition=0,
                    offset=self.at,
                    timestamp=1,
                    value=value,
                    headers=(),
                )
            )
            self.at += 1
        return {PART: batch}

    def seek(self, offsets: Offsets) -> None:
        """Go to an offset."""
        self.at = offsets[PART]

    def position(self, part: TopicPartition) -> int:
        """Return the next offset."""
        del part
        return self.at

    def end(self, part: TopicPartition) -> int:
        """Return the end offset."""
        del part
        return len(self.broker.records)

    def commit(self, offsets: Offsets) -> None:
        """Commit an offset."""
        self.broker.committed = offsets[PART]

    def close(self, timeout_ms: int | None = None) -> None:
        """Close nothing."""
        del timeout_ms


@asynccontextmanager
async def scene_of(name: str, folder: Path, desk: Desk) -> AsyncIterator[Scene]:
    """Set up a source with a poisoned item in its middle."""
    if name == "12369 database":
        _table(folder / "complaints.db")
        url = SecretStr(f"sqlite:///{folder / 'complaints.db'}")
        desk.settings = desk.settings.model_copy(update={"environment_url": url})
        good = tuple(f"content {number}" for number in range(1, 7))
        yield Scene(name, _open_table, good, bad=0, rounds=2)
    elif name == "leader board":
        port = free_port()
        runner = await listen(_board(), "127.0.0.1", port)
        address = {"leader_board_url": f"http://127.0.0.1:{port}"}
        desk.settings = desk.settings.model_copy(update=address)
        good = ("content 0", "content 1", "content 3")
        yield Scene(name, lambda source: (LeaderBoard(source).collect, nothing), good, rounds=20)
        await runner.cleanup()
    elif name == "files":
        _drop(folder)
        yield Scene(name, _open_drop, ("content 1", "content 2", "content 4"))
    elif name == "maildir":
        _maildir(folder)
        good = ("content 1", "content 2", "content 4")
        yield Scene(name, lambda source: (MailDir(source).collect, nothing), good)
    elif name == "IMAP":
        async with serve_imap() as box:
            box.mails = {n: f"content {n}".encode() for n in (1, 2, 4)}
            box.mails[3] = b"x" * 200_000
            desk.settings = desk.settings.model_copy(update={"imap_url": box.url})
            good = ("content 1", "content 2", "content 4")
            yield Scene(name, lambda source: (Imap(source).collect, nothing), good, rounds=2)
    else:
        broker = Broker([f"content {n}" for n in range(6)], frozenset({2, 3}))
        good = ("content 0", "content 1", "content 4", "content 5")
        opened = patch.object(topics, "PartitionConsumer", broker.open)
        with opened, patch.object(topics, "AGAIN_ROUNDS", 2):
            yield Scene(name, _open_topics, good, rounds=8)


def _open_topics(source: Source) -> tuple[Collect, Callable[[], None]]:
    collector = IntakeTopics(source)
    return collector.collect, collector.close


SCENES = ("12369 database", "leader board", "files", "maildir", "IMAP", "topics")
LIMITS: dict[str, Any] = {"max_body": 100_000, "files_still": 0}


async def _live(scene: Scene, desk: Desk, wire: Tripwire) -> None:
    """Let a collector run into the tripwire, and start it anew if it was killed."""
    collect, close = scene.open(desk.restart())
    with steps_of(wire, *STEPS):
        try:
            await rounds(collect, scene.rounds)
        except KilledError:
            close()
            collect, close = scene.open(desk.restart())
    await rounds(collect, scene.rounds)
    close()


def _counted(scene: Scene, desk: Desk) -> Counter[str]:
    bodies = [raw.body.decode() for raw in desk.kept]
    return Counter({text: sum(text in body for body in bodies) for text in scene.good})


def _steps(name: str, folder: Path) -> int:
    wire = Tripwire(-1)

    async def talk(desk: Desk) -> None:
        async with scene_of(name, folder, desk) as scene:
            await _live(scene, desk, wire)
            assert _counted(scene, desk) == dict.fromkeys(scene.good, 1)
            assert desk.set_aside(name) == scene.bad

    at_desk(folder, talk, **LIMITS)
    return wire.steps


def _wires(steps: int, error: type[BaseException]) -> Iterator[Tripwire]:
    for at in range(steps):
        yield Tripwire(at, late=False, error=error)
        yield Tripwire(at, late=True, error=error)


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize(
    ("error", "every"),
    [
        (KilledError, 5),
        pytest.param(KilledError, 1, marks=pytest.mark.slow),
        pytest.param(RuntimeError, 3, marks=pytest.mark.slow),
        pytest.param(OSError, 3, marks=pytest.mark.slow),
    ],
)
def test_no_step_loses_or_doubles_an_item(
    name: str, error: type[BaseException], every: int, tmp_path: Path
) -> None:
    """A kill or a fault before or after a step: good items come once, bad ones are reported.

    The everyday run tries one kill in five, the long run every kill and one fault in three.
    """
    steps = _steps(name, tmp_path / "plain")
    assert steps >= 4
    for number, wire in enumerate(islice(_wires(steps, error), 0, None, every)):
        folder = tmp_path / str(number)

        async def talk(desk: Desk, folder: Path = folder, wire: Tripwire = wire) -> None:
            async with scene_of(name, folder, desk) as scene:
                await _live(scene, desk, wire)
                where = (wire.at, wire.late)
                assert _counted(scene, desk) == dict.fromkeys(scene.good, 1), where
                # A process that was killed between report and cursor reports once more.
                most = scene.bad + (error is KilledError)
                assert scene.bad <= desk.set_aside(name) <= most, where

        at_desk(folder, talk, **LIMITS)


def test_the_tables_rows_arrive_as_they_are(tmp_path: Path) -> None:
    """Also the row with broken JSON and a zero date arrives, with the text that stands there."""

    async def talk(desk: Desk) -> None:
        async with scene_of("12369 database", tmp_path, desk) as scene:
            await _live(scene, desk, Tripwire(-1))
        rows = {row["complaint_no"]: row for row in (json.loads(raw.body) for raw in desk.kept)}
        assert rows["K-5"]["place"] == "no JSON"
        assert rows["K-5"]["updated_at"] == "0000-00-00 00:00:00"
        assert rows["K-4"]["updated_at"] is None

    at_desk(tmp_path, talk, **LIMITS)
