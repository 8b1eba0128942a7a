"""Delivery of feedback: in order, retried after failures, dead letters with a reason, recorded."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from structlog.testing import capture_logs

from connectors.contract import CannotTellError
from hub.feedback.delivery import (
    ATTEMPTS,
    pause_after,
)
from hub.feedback.outbox import Outbox
from hub.feedback.transports import TryLaterError
from schemas.cases.case import Move
from schemas.cases.command import Command
from schemas.cases.feedback import DeadFeedback
from schemas.channel import Channel
from schemas.cloudevent import from_record
from schemas.topic import COMMANDS, FEEDBACK_DEAD
from tests.builders.town import NOON
from tests.hub.feedback.world import World, make_feedback, step


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
