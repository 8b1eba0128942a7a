"""Delivery of feedback: in order, retried after failures, dead letters with a reason, recorded."""

import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from kafka import TopicPartition
from kafka.errors import KafkaError
from structlog.testing import capture_logs

from connectors.contract import CannotTellError, Outgoing
from connectors.registry import load_connectors
from hub.admin.messages import undelivered
from hub.broker.consumer import PartitionConsumer
from hub.feedback.addresses import AddressError, load_addresses
from hub.feedback.delivery import (
    ATTEMPTS,
    UNADDRESSED_FOR,
    ChannelDelivery,
    DeliveryContext,
    pause_after,
)
from hub.feedback.loops import IDLE_SECONDS, FeedbackConsumer, announce_due, deliver_forever
from hub.feedback.outbox import Outbox
from hub.feedback.transports import TryLaterError
from hub.security.sealing import Sealer
from hub.settings import Settings
from hub.store.reader import StoreAwayError
from schemas.cases.case import Move, State
from schemas.cases.command import Command
from schemas.cases.feedback import DeadFeedback, Delivery, DeliveryOutcome, Feedback
from schemas.channel import Channel
from schemas.cloudevent import Record, from_record
from schemas.topic import COMMANDS, DELIVERIES, FEEDBACK, FEEDBACK_DEAD
from tests.builders.town import NOON

FAR = 1e10
"""Epoch seconds: a time long after these tests."""


def make_feedback(native_id: str = "N-1", move: Move = Move.OPEN, **more: Any) -> Feedback:
    """Return a feedback."""
    fields = {
        "feedback_id": uuid4(),
        "case_id": UUID(int=1),
        "channel": Channel.HOTLINE_12345,
        "native_id": native_id,
        "event_id": uuid4(),
        "state": State.RECEIVED,
        "text": "已受理",
        "at": NOON,
        "move": move,
        "route": "421299001",
    }
    return Feedback.model_validate(fields | more)


class World:
    """The outbox, a store, a broker and a receiver that fail as a test sets them."""

    def __init__(self, folder: Path) -> None:
        self.outbox = Outbox(folder / "feedback.db")
        self.sent: list[Record] = []
        self.handed: list[str] = []
        self.fails: list[Exception] = []
        self.unstored: set[str] = set()
        self.away = self.broken = False

    def delivery(self, channel: Channel = Channel.HOTLINE_12345, **more: Any) -> ChannelDelivery:
        """Return the delivery to a channel."""
        context = DeliveryContext(
            self.outbox, self, self.rows, Sealer(bytes(32)), lambda _: "", 0.0
        )
        return ChannelDelivery(load_connectors()[channel], more.get("transport", self), context)

    def rows(self, _: str, fields: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the rows of stored events."""
        if self.away:
            raise StoreAwayError("away")
        return [
            {"id": item, "title": "", "reporter_sealed": "", "native": "{}"}
            for item in fields["ids"]
            if item not in self.unstored
        ]

    def send_all(self, records: Sequence[Record]) -> None:
        """Accept records, unless the broker is broken."""
        if self.broken:
            raise KafkaError("broken")
        self.sent += records

    async def deliver(self, message: Outgoing, key: str) -> str:
        """Accept a message, or raise the next failure."""
        if self.fails:
            raise self.fails.pop(0)
        self.handed.append(message.body.decode())
        return f"taken {key}"

    def deliveries(self) -> list[Delivery]:
        """Return the published outcomes."""
        return [from_record(Delivery, r.value) for r in self.sent if r.topic == DELIVERIES.name]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Return a world with an empty outbox."""
    world_under_test = World(tmp_path)
    yield world_under_test
    world_under_test.outbox.close()


def step(delivery: ChannelDelivery) -> int:
    """Run one round."""
    return asyncio.run(delivery.step())


def test_feedback_of_a_report_stays_in_order_and_delays_no_other(world: World) -> None:
    """A failed delivery holds up its own report only."""
    first, second, other = (
        make_feedback("A", text="一"),
        make_feedback("A", text="二"),
        make_feedback("B", text="三"),
    )
    world.outbox.put([first, second, other])
    delivery = world.delivery()
    world.fails = [TryLaterError("HTTP 503")]
    assert step(delivery) == 1
    assert [text for body in world.handed for text in "一二三" if text in body] == ["三"]
    while step(delivery):
        pass
    assert [text for body in world.handed for text in "一二三" if text in body] == list("三一二")
    assert [item.attempts for item in world.deliveries()] == [1, 2, 1]


def test_a_repeated_feedback_is_delivered_once(world: World) -> None:
    """The topic may repeat a feedback, before and after its delivery."""
    item = make_feedback()
    assert world.outbox.put([item, item]) == 1
    assert step(world.delivery()) == 1
    assert world.outbox.put([item]) == 0
    assert step(world.delivery()) == 0


def test_a_delivery_is_recorded_by_a_command_to_its_case(world: World) -> None:
    """The command has the same id each time, the role of the hub, and the partition of the case."""
    answer = make_feedback(move=Move.RESOLVE, answer="已更换")
    world.outbox.put([answer])
    step(world.delivery())
    (record,) = [r for r in world.sent if r.topic == COMMANDS.name]
    command = from_record(Command, record.value)
    assert (command.move, command.case_id, command.township) == (
        Move.FEED_BACK,
        answer.case_id,
        "421299001",
    )
    assert command.data["event_id"] == str(answer.event_id)
    assert record.key == b"421299001"


def test_a_permanent_failure_goes_to_the_dead_letters_and_can_be_retried(world: World) -> None:
    """A permanent failure goes to the dead-letter topic with its reason; a retry delivers it."""
    item = make_feedback()
    world.outbox.put([item])
    world.fails = [CannotTellError("HTTP 410 gone")]
    assert step(world.delivery()) == 1
    (dead,) = [
        from_record(DeadFeedback, r.value) for r in world.sent if r.topic == FEEDBACK_DEAD.name
    ]
    assert (dead.feedback, dead.reason) == (item, "HTTP 410 gone")
    assert world.outbox.put([item]) == 0
    assert world.outbox.put([item.model_copy(update={"again": 1})]) == 1
    assert step(world.delivery()) == 1
    assert [str(d.outcome) for d in world.deliveries()] == ["dead", "delivered"]


def test_a_delivery_ends_after_the_last_retry(world: World) -> None:
    """The dead letter has the last reason, and later feedback of the same report is delivered."""
    world.outbox.put([make_feedback("A"), make_feedback("A", text="后来")])
    world.fails = [TryLaterError("HTTP 503")] * ATTEMPTS
    delivery = world.delivery()
    for _ in range(ATTEMPTS):
        step(delivery)
    (dead,) = world.deliveries()
    assert (dead.outcome, dead.attempts, dead.reason) == ("dead", ATTEMPTS, "HTTP 503")
    assert step(delivery) == 1
    assert "后来" in world.handed[0]


def test_pauses_grow_to_an_hour() -> None:
    """Each pause is twice the one before, up to an hour."""
    assert [pause_after(n, 5.0) for n in (1, 2, 3, 16)] == [5.0, 10.0, 20.0, 3600.0]


def test_retry_after_is_respected(world: World) -> None:
    """No further attempt is made before the time that `Retry-After` asks for."""
    world.outbox.put([make_feedback()])
    world.fails = [TryLaterError("HTTP 429", 600.0)]
    step(world.delivery())
    assert world.outbox.due(Channel.HOTLINE_12345, time.time() + 590, 9) == []
    assert len(world.outbox.due(Channel.HOTLINE_12345, time.time() + 610, 9)) == 1


def test_feedback_without_an_address_waits(world: World) -> None:
    """A missing address is no failure: feedback is delivered in order once an address is set."""
    now = datetime.now(UTC)
    first, later = make_feedback(at=now), make_feedback(at=now, move=Move.RESOLVE)
    world.outbox.put([first])
    assert step(world.delivery(transport="url is needed")) == 0
    world.outbox.put([later])
    assert world.outbox.due(Channel.HOTLINE_12345, FAR, 9) == []
    assert world.outbox.waiting() == {"hotline_12345": 2}
    world.outbox.wake()
    (entry,) = world.outbox.due(Channel.HOTLINE_12345, 0.0, 9)
    assert (entry.attempts, entry.reason) == (0, "no address: url is needed")
    assert step(world.delivery()) == step(world.delivery()) == 1
    ended = [str(item.move) for item in world.deliveries()]
    assert ended == [first.move, later.move]


def test_feedback_without_an_address_is_dead_after_a_month(world: World) -> None:
    """After a month it is a dead letter with its reason and can be retried; newer waits."""
    now = datetime.now(UTC)
    old, young = make_feedback("A", at=now - timedelta(days=29)), make_feedback("B", at=now)
    world.outbox.put([old, young])
    without = world.delivery(transport="url is needed")
    assert step(without) == 0
    old_by_now = old.model_copy(update={"at": now - timedelta(days=31)})
    world.outbox._messages._db.execute(
        "UPDATE outbox SET at = ?, body = ? WHERE key = 'A'",
        (old_by_now.at.timestamp(), old_by_now.model_dump_json().encode()),
    )
    world.outbox.wake((now - UNADDRESSED_FOR).timestamp())
    assert step(without) == 1
    assert world.outbox.waiting() == {"hotline_12345": 1}
    (end,) = world.deliveries()
    assert (end.outcome, end.reason) == (DeliveryOutcome.DEAD, "no address: url is needed")
    (dead_letter,) = [r for r in world.sent if r.topic == FEEDBACK_DEAD.name]
    assert from_record(DeadFeedback, dead_letter.value).feedback == old_by_now


def test_dead_letters_of_the_same_reason_share_a_log_line(world: World) -> None:
    """A month of feedback without an address is a single line of the log."""
    long_ago = datetime.now(UTC) - timedelta(days=31)
    world.outbox.put([make_feedback(f"N{number}", at=long_ago) for number in range(50)])
    with capture_logs() as lines:
        assert step(world.delivery(transport="url is needed")) == 50
    (line,) = lines
    assert line["log_level"] == "error"
    assert line["event"] == "feedback_dead"
    assert line["reason"] == "no address: url is needed"
    assert line["feedbacks"] == 50
    assert set(line["native_ids"]) < {f"N{number}" for number in range(50)}


def test_waiting_entries_do_not_slow_down_the_due_ones(world: World) -> None:
    """A postponed entry holds up later ones of its report, and is not read again meanwhile.

    To read the due entries, or to add one, the engine takes as many steps however many wait.
    """
    reports = [f"N{number}" for number in range(50)]
    world.outbox.put([make_feedback(item) for item in reports])
    entries = world.outbox.due(Channel.HOTLINE_12345, 0.0, 99)
    world.outbox.later(entries[:40], FAR, "HTTP 503", failed=True)
    world.outbox.put([make_feedback(item, move=Move.RESOLVE) for item in reports])
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    world.outbox._messages._db.set_progress_handler(count, 1)
    assert len(world.outbox.due(Channel.HOTLINE_12345, 0.0, 99)) == 10
    few, steps = steps, 0
    world.outbox.put([make_feedback("N-one")])
    few_to_put, steps = steps, 0
    world.outbox.put([make_feedback(f"M{number}") for number in range(500)])
    waiting = world.outbox.due(Channel.HOTLINE_12345, 0.0, 999)[10:]
    world.outbox.later(waiting, FAR, "HTTP 503")
    steps = 0
    assert len(world.outbox.due(Channel.HOTLINE_12345, 0.0, 99)) == 10
    assert steps == few
    steps = 0
    world.outbox.put([make_feedback("N-two")])
    assert steps <= 2 * few_to_put
    world.outbox.end(entries[40:])
    assert [item.key for item in world.outbox.due(Channel.HOTLINE_12345, 0.0, 99)] == [
        *(item.key for item in entries[40:]),
        "N-two",
    ]


def test_moves_that_a_channel_does_not_want_are_not_delivered(world: World) -> None:
    """The public board gets the first and the last moves, not every move."""
    world.outbox.put([make_feedback(channel=Channel.LEADER_BOARD, move=Move.ASSIGN)])
    assert step(world.delivery(Channel.LEADER_BOARD)) == 1
    assert [str(item.outcome) for item in world.deliveries()] == ["not_told"]
    assert world.handed == []


def test_a_store_that_is_behind_or_away_counts_no_attempt(world: World) -> None:
    """The delivery waits for the event, and no attempt is counted."""
    item = make_feedback(at=NOON.replace(year=2099))
    world.outbox.put([item])
    world.unstored = {str(item.event_id)}
    assert step(world.delivery()) == 0
    (entry,) = world.outbox.due(Channel.HOTLINE_12345, time.time() + 60, 9)
    assert entry.attempts == 0
    world.unstored, world.away = set(), True
    world.outbox.later([entry], 0.0, "")
    assert step(world.delivery()) == 0
    world.away = False
    world.outbox.later([entry], 0.0, "")
    assert step(world.delivery()) == 1


def test_a_delivery_that_was_not_recorded_is_repeated(world: World) -> None:
    """Delivery is at least once: the receiver recognises the repetition by its key."""
    world.outbox.put([make_feedback()])
    world.broken = True
    assert step(world.delivery()) == 0
    world.broken = False
    (entry,) = world.outbox.due(Channel.HOTLINE_12345, time.time() + 60, 9)
    world.outbox.later([entry], 0.0, "")
    assert step(world.delivery()) == 1
    assert len(world.handed) == 2
    assert world.handed[0] == world.handed[1]


def test_an_outbox_opened_again_goes_on(world: World, tmp_path: Path) -> None:
    """Pending deliveries survive the end of the process."""
    world.outbox.put([make_feedback("A"), make_feedback("B")])
    first = world.outbox.due(Channel.HOTLINE_12345, 1.0, 1)
    world.outbox.end(first)
    again = Outbox(tmp_path / "feedback.db")
    assert [item.feedback.native_id for item in again.due(Channel.HOTLINE_12345, 1.0, 9)] == ["B"]
    assert again.forget(NOON.timestamp() + 1) == 1
    again.close()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("- a", "must map"),
        ("nobody: {url: x}", "no channel nobody"),
        ("hotline_12345: {uri: x}", "may have only"),
        ("a: [", "not valid YAML"),
    ],
)
def test_a_bad_file_of_addresses_is_named(tmp_path: Path, text: str, what: str) -> None:
    """The error names the fault in the file."""
    (tmp_path / "feedback.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(AddressError, match=what):
        load_addresses(Settings(data=tmp_path))


def test_waiting_feedback_names_the_missing_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`hub feedback ls` names the missing setting of a channel; a configured channel has none."""
    (tmp_path / "feedback.yaml").write_text("leader_board: {url: https://board.example}\n")
    fields = [("hotline_12345", ""), ("hotline_12345", "HTTP 410"), ("leader_board", "")]
    rows = [{"channel": channel, "reason": reason} for channel, reason in fields]
    monkeypatch.setattr(undelivered, "ask_store", lambda *_: rows)
    shown = undelivered.list_undelivered(Settings(data=tmp_path), limit=9, as_json=True)
    reasons = [json.loads(line)["reason"] for line in shown.splitlines()]
    assert reasons == ["no address: url is needed", "HTTP 410", ""]


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
