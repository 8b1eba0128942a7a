"""Readers of the embedded broker wait at a pipe, and producers wake them."""

import asyncio
import stat
from pathlib import Path

import pytest

from hub.broker import wakeup as waking
from hub.broker.wakeup import (
    LONGEST_PAUSE,
    PAUSE_WITHOUT_PIPE,
    READS,
    TopicReader,
    WakeUp,
    wake,
    wakeup_of,
)
from hub.settings import Settings
from hub.sink.rows import TABLES
from schemas.topic import COMMANDS, EVENTS, FEEDBACK

LONG = 30.0
"""Seconds that a test never waits: it fails by its timeout before."""


def rested(wakeup: WakeUp) -> WakeUp:
    """Return a wake-up whose next pause is far away, so that only a producer ends a wait."""
    wakeup._pause = wakeup._longest = LONG
    assert wakeup.wait(LONG)
    return wakeup


def opened(settings: Settings, reader: TopicReader) -> WakeUp:
    """Return the wake-up of a reader at the embedded broker."""
    wakeup = wakeup_of(settings, reader)
    assert wakeup is not None
    return wakeup


def test_a_producer_wakes_the_readers_of_its_topics_only(tmp_path: Path) -> None:
    """Each reader asks the broker for its own topics."""
    settings = Settings(data=tmp_path)
    worker = rested(opened(settings, TopicReader.WORKER))
    feedback = rested(opened(settings, TopicReader.FEEDBACK))
    wake(settings, [EVENTS.name])
    assert worker.wait(LONG)
    assert not feedback.wait(0.01)
    wake(settings, [FEEDBACK.name])
    assert feedback.wait(LONG)


def test_records_that_were_sent_before_the_wait_end_it(tmp_path: Path) -> None:
    """A byte stays in the pipe: no record is overlooked between two waits."""
    settings = Settings(data=tmp_path)
    worker = rested(opened(settings, TopicReader.WORKER))
    for _ in range(3):
        wake(settings, [COMMANDS.name])
    assert worker.wait(LONG)
    worker._pause = LONG
    worker._due += LONG
    assert not worker.wait(0.01)


def test_without_a_producer_the_reader_asks_after_a_pause(tmp_path: Path) -> None:
    """Other programs wake nobody. The pause doubles, up to its longest."""
    worker = opened(Settings(data=tmp_path), TopicReader.WORKER)
    pauses = []
    for _ in range(7):
        worker._due = 0.0
        assert worker.wait(LONG)
        pauses.append(worker._pause)
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE


def test_a_wait_that_is_too_short_does_not_end_the_pause(tmp_path: Path) -> None:
    """A reader that looks at its stop flag in between does not ask the broker more often."""
    worker = rested(opened(Settings(data=tmp_path), TopicReader.WORKER))
    assert [worker.wait(0.0) for _ in range(20)] == [False] * 20


@pytest.mark.parametrize("woken", [True, False])
def test_an_event_loop_waits_in_the_same_way(tmp_path: Path, woken: bool) -> None:
    """The worker's consumer waits in an event loop, which goes on meanwhile."""
    settings = Settings(data=tmp_path)
    worker = rested(opened(settings, TopicReader.WORKER))

    async def wait() -> bool:
        waiting = asyncio.create_task(worker.wait_in_loop(LONG if woken else 0.01))
        await asyncio.sleep(0)
        if woken:
            wake(settings, [EVENTS.name])
        return await waiting

    assert asyncio.run(wait()) is woken


def test_a_pipe_is_private_and_takes_the_place_of_a_file(tmp_path: Path) -> None:
    """A copied data folder may have a plain file there."""
    settings = Settings(data=tmp_path)
    path = tmp_path / "wakeups" / "worker"
    path.parent.mkdir()
    path.write_text("", encoding="utf-8")
    opened(settings, TopicReader.WORKER)
    mode = path.stat().st_mode
    assert stat.S_ISFIFO(mode)
    assert stat.S_IMODE(mode) == 0o600


def test_a_pipe_takes_the_place_of_a_link_to_nothing(tmp_path: Path) -> None:
    """Else the reader would ask the broker often for ever."""
    path = tmp_path / "wakeups" / "worker"
    path.parent.mkdir()
    path.symlink_to(tmp_path / "nowhere")
    opened(Settings(data=tmp_path), TopicReader.WORKER)
    assert stat.S_ISFIFO(path.lstat().st_mode)


@pytest.mark.parametrize("linked", [True, False])
def test_what_takes_the_place_of_a_pipe_is_not_written_to(tmp_path: Path, linked: bool) -> None:
    """A producer writes into pipes only: not into a file, nor through a link into a key."""
    path, key = tmp_path / "wakeups" / "worker", tmp_path / "seal.key"
    path.parent.mkdir()
    if linked:
        path.symlink_to(key)
    else:
        key = path
    key.write_text("key", encoding="utf-8")
    wake(Settings(data=tmp_path), [EVENTS.name])
    assert key.read_text(encoding="utf-8") == "key"


def test_without_pipes_the_reader_asks_often(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some file systems have no pipes; then the pauses stay short, and producers go on."""

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(waking.os, "mkfifo", refuse)
    settings = Settings(data=tmp_path)
    worker = opened(settings, TopicReader.WORKER)
    for _ in range(4):
        worker._due = 0.0
        assert worker.wait(LONG)
    assert worker._pause == PAUSE_WITHOUT_PIPE
    assert asyncio.run(worker.wait_in_loop(LONG))
    wake(settings, [EVENTS.name])


def test_a_cluster_has_no_pipes(tmp_path: Path) -> None:
    """The brokers of a cluster wait for records themselves, cheaply."""
    settings = Settings(data=tmp_path, kafka="broker:9092")
    assert wakeup_of(settings, TopicReader.SINK) is None
    wake(settings, [EVENTS.name])
    assert list(tmp_path.iterdir()) == []


def test_a_producer_without_readers_writes_nothing(tmp_path: Path) -> None:
    """A reader that has ended keeps no producer from sending."""
    settings = Settings(data=tmp_path)
    wake(settings, [EVENTS.name])
    assert list(tmp_path.iterdir()) == []


def test_the_sink_is_woken_for_every_table() -> None:
    """The catalogue of this layer cannot import the tables."""
    assert {table.topic for table in TABLES} <= READS[TopicReader.SINK]
