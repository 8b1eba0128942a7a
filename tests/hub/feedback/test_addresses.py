"""Feedback whose channel has no address: it waits, is named, and ends after a month."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.admin.messages import undelivered
from hub.feedback.addresses import AddressError, load_addresses
from hub.feedback.delivery import (
    UNADDRESSED_FOR,
)
from hub.settings import Settings
from schemas.cases.case import Move
from schemas.cases.feedback import DeadFeedback, DeliveryOutcome
from schemas.channel import Channel
from schemas.cloudevent import from_record
from schemas.topic import FEEDBACK_DEAD
from tests.hub.feedback.world import FAR, World, make_feedback, step


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
