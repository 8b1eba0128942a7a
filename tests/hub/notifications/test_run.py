"""Running webhooks and notices: nothing is open before somebody wants something."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.notifications import run as module
from hub.notifications.entries import EntryReader
from hub.notifications.run import Notifications
from hub.notifications.webhooks.subscriptions import (
    Subscription,
    add_subscription,
    remove_subscription,
)
from hub.settings import Settings
from schemas.topic import CASES
from tests.hub.notifications.cases import entries_of
from tests.hub.notifications.receiver import running

NOTICES = """
receivers:
  群: {robot: wecom, url: 'URL', gather: 0}
rules:
  - {to: 群, when: [new]}
"""

Rounds = Callable[[], Awaitable[None]]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Let the reader read three entries once the returned event is set, without a broker."""
    ready = threading.Event()

    def run(reader: EntryReader, stopped: threading.Event) -> None:
        while not stopped.wait(0.02):
            if ready.is_set():
                now = datetime.now(UTC)
                entries = [entry.model_copy(update={"at": now}) for entry in entries_of()]
                reader.take(CASES.record(entry).value for entry in entries)
                ready.clear()

    monkeypatch.setattr(EntryReader, "run", run)
    return ready


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> Rounds:
    """Return a function that waits until the loops have run some rounds, with short pauses."""
    count, pause = 0, module._pause

    async def counted(stop: asyncio.Event, _: float) -> None:
        nonlocal count
        count += 1
        await pause(stop, 0.01)

    async def wait() -> None:
        target = count + 20
        await until(lambda: count >= target)

    monkeypatch.setattr(module, "_pause", counted)
    return wait


async def until(holds: Callable[[], bool]) -> None:
    """Wait until a condition holds; a test that waits too long fails by its timeout."""
    while not holds():
        await asyncio.sleep(0.02)


def test_files_that_appear_and_change_take_effect_without_a_restart(
    tmp_path: Path, read: threading.Event, rounds: Rounds
) -> None:
    """Before the first file there is no queue; a subscription that is removed gets no more."""
    settings = Settings(data=tmp_path, outbound_networks="127.0.0.0/8")

    async def play() -> None:
        stop = asyncio.Event()
        notifications = Notifications(settings, lambda *_: [], {"U-T": "城管所"})
        async with running() as (server, _):
            server.body = json.dumps({"errcode": 0})
            task = asyncio.create_task(notifications.run(stop))
            await rounds()
            assert not list(tmp_path.glob("*.db"))
            add_subscription(settings, Subscription("app", server.url, ()))
            (tmp_path / "notices.yaml").write_text(NOTICES.replace("URL", server.url + "/robot"))
            await until((tmp_path / "webhooks.db").exists)
            await rounds()
            read.set()
            await until(lambda: len(server.requests) == 4)
            paths = sorted(request.path for request in server.requests)
            assert paths == ["/hook", "/hook", "/hook", "/hook/robot"]
            remove_subscription(settings, "app")
            (tmp_path / "notices.yaml").write_text("- broken")
            await rounds()
            read.set()
            await until(lambda: not read.is_set())
            await rounds()
            assert len(server.requests) == 4
            stop.set()
            await task

    asyncio.run(asyncio.wait_for(play(), 60))
    assert (tmp_path / "notices.db").exists()


def test_a_stop_before_any_file_ends_at_once(tmp_path: Path, read: threading.Event) -> None:
    """Nothing was opened, so nothing is left."""

    async def play() -> None:
        stop = asyncio.Event()
        stop.set()
        await Notifications(Settings(data=tmp_path), lambda *_: [], {}).run(stop)

    asyncio.run(play())
    assert not read.is_set()
    assert list(tmp_path.iterdir()) == []
