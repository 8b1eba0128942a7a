"""The loops around the delivery: offsets, the announcement of due feedback, the wait for it."""

import asyncio
import time
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from kafka import TopicPartition

from hub.broker.consumer import PartitionConsumer
from hub.feedback.delivery import (
    ChannelDelivery,
)
from hub.feedback.loops import IDLE_SECONDS, FeedbackConsumer, announce_due, deliver_forever
from hub.feedback.outbox import Outbox
from hub.settings import Settings
from schemas.channel import Channel
from schemas.topic import FEEDBACK
from tests.hub.feedback.world import FAR, make_feedback


def test_offsets_move_when_the_feedback_of_all_partitions_is_on_disk(tmp_path: Path) -> None:
    """Feedback is stored before its offset is committed; an invalid record holds nothing up."""
    outbox = Outbox(tmp_path / "feedback.db")
    item, two = make_feedback("N-1"), make_feedback("N-2")
    fields = {
        TopicPartition(FEEDBACK.name, 1): [(4, b"{}"), (5, item.model_dump_json().encode())],
        TopicPartition(FEEDBACK.name, 3): [(8, two.model_dump_json().encode())],
    }
    committed: dict[TopicPartition, int] = {}

    def commit(offsets: dict[TopicPartition, int]) -> None:
        assert {entry.feedback for entry in outbox.due(item.channel, FAR, 9)} == {item, two}
        committed.update(offsets)

    records = [
        SimpleNamespace(topic=part.topic, partition=part.partition, offset=offset, value=value)
        for part, some in fields.items()
        for offset, value in some
    ]
    consumer = SimpleNamespace(gather=lambda *_, **__: records, commit=commit)
    FeedbackConsumer(Settings(), outbox).step(cast(PartitionConsumer, consumer))
    assert list(committed.values()) == [6, 9]
    outbox.close()


def test_only_channels_with_due_feedback_are_announced(tmp_path: Path) -> None:
    """Postponed feedback wakes its channel when its time has come; the stop wakes all."""
    outbox = Outbox(tmp_path / "feedback.db")
    outbox.put([make_feedback("A")])
    channels = (str(Channel.HOTLINE_12345), str(Channel.MAYOR_MAILBOX))
    assert outbox.channels_due(channels, time.time()) == [channels[0]]
    outbox.later(outbox.due(channels[0], FAR, 1), time.time() + 60, "")
    assert outbox.channels_due(channels, time.time()) == []
    assert outbox.channels_due(channels, time.time() + 90) == [channels[0]]

    async def announced() -> tuple[list[bool], list[bool]]:
        stop, due = asyncio.Event(), {name: asyncio.Event() for name in channels}
        outbox.put([make_feedback("B")])
        announcing = asyncio.create_task(announce_due(outbox, due, stop))
        await asyncio.wait_for(due[channels[0]].wait(), 30)
        before = [event.is_set() for event in due.values()]
        stop.set()
        await asyncio.wait_for(announcing, 30)
        return before, [event.is_set() for event in due.values()]

    assert asyncio.run(announced()) == ([True, False], [True, True])
    outbox.close()


def test_a_channel_waits_until_its_feedback_is_due() -> None:
    """It delivers until nothing is left, and then waits to be announced again."""
    results, steps = [3, 1, 0], list[int]()

    async def step() -> int:
        steps.append(len(steps))
        return results.pop(0)

    async def run() -> None:
        stop, due = asyncio.Event(), asyncio.Event()
        channel = cast(ChannelDelivery, SimpleNamespace(step=step))
        delivering = asyncio.create_task(deliver_forever(channel, due, stop, IDLE_SECONDS))
        await asyncio.sleep(0)
        assert steps == []
        due.set()
        while len(steps) < 3:
            await asyncio.sleep(0)
        assert not due.is_set()
        results.append(0)
        stop.set()
        due.set()
        await asyncio.wait_for(delivering, 30)

    asyncio.run(run())
