"""The publisher: every part of a message has an outcome, and cursors wait for the broker."""

import asyncio
import json
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import cast
from uuid import uuid4

import pytest
from kafka.errors import KafkaConnectionError

from connectors.contract import Connector
from connectors.registry import load_connectors
from hub.journal.journal import Journal
from hub.publish import publisher as publishing
from hub.publish.publisher import (
    BATCH,
    CURSOR,
    GATHER,
    IDLE_SECONDS,
    Publisher,
    publish_batch,
    publish_forever,
)
from hub.runtime.process import in_thread
from hub.security.sealing import Sealer, SealError
from schemas.channel import Channel
from schemas.cloudevent import Record, from_record
from schemas.reports.event import UnifiedEvent
from schemas.reports.fact import Decoded
from schemas.reports.raw import RawMessage, Transport
from schemas.reports.receipt import Receipt
from schemas.reports.rejected import Reason, Rejected
from schemas.topic import EVENTS, RECEIPTS, REJECTED
from tests.builders.town import REGISTER

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
ORDER = {"workOrderNo": "1", "callTime": "2026-03-02 16:00:00", "content": "幸福小区路灯不亮"}


class Broker:
    """Accepts records, or fails for the first few calls."""

    def __init__(self, away: int = 0) -> None:
        self.away = away
        self.records: list[Record] = []

    def send_all(self, records: Sequence[Record]) -> None:
        """Accept all or none."""
        if self.away:
            self.away -= 1
            raise KafkaConnectionError("away")
        self.records.extend(records)

    def of(self, name: str) -> list[bytes]:
        """Return the values on a topic."""
        return [record.value for record in self.records if record.topic == name]


def publisher(folder: Path, broker: Broker, *bodies: bytes) -> tuple[Publisher, Journal]:
    """Return a publisher, and a journal that holds `bodies` as 12345 orders."""
    journal = Journal(folder / "j.db", Sealer(bytes(32)), max_bytes=10**9)
    journal.append(
        [
            RawMessage(
                receipt_id=uuid4(),
                channel=Channel.HOTLINE_12345,
                transport=Transport.HTTP,
                received_at=NOW,
                body=body,
            )
            for body in bodies
        ]
    )
    return Publisher(journal, load_connectors(), {}, REGISTER, Sealer(bytes(32)), broker), journal


def test_every_part_is_an_event_a_rejection_or_a_duplicate(tmp_path: Path) -> None:
    """Good, bad and doubled orders of one message add up in its receipt."""
    broker = Broker()
    orders = [ORDER, ORDER, {**ORDER, "workOrderNo": ""}, {**ORDER, "workOrderNo": "2"}]
    publish_batch(*publisher(tmp_path, broker, json.dumps({"orders": orders}).encode()))
    (receipt,) = (from_record(Receipt, value) for value in broker.of(RECEIPTS.name))
    assert (len(receipt.event_ids), len(receipt.rejected_ids), receipt.duplicates) == (2, 1, 1)
    assert len(broker.of(EVENTS.name)) == 2
    (rejected,) = (from_record(Rejected, value) for value in broker.of(REJECTED.name))
    assert rejected.reason is Reason.MISSING_FIELD
    assert rejected.position == "/orders/2/workOrderNo"


@pytest.mark.parametrize("times", [1, 2])
def test_a_follow_up_before_its_report_is_published_again_after_it(
    tmp_path: Path, times: int
) -> None:
    """It gets its report's route, even if it names another place; a replay does the same."""
    other_city = {"content": "请尽快", "areaCode": "510104001001"}
    reminder = {**ORDER, **other_city, "workOrderNo": "2", "callType": "催办", "originalNo": "1"}
    orders = [reminder, {**reminder, "workOrderNo": "3"}, {**ORDER, "content": "路灯不亮"}]
    broker = Broker()
    rows, journal = publisher(tmp_path, broker, *(json.dumps(item).encode() for item in orders))
    for _ in range(times):
        broker.records.clear()
        journal.set(CURSOR, "0")
        publish_batch(rows, journal)
    sent = [from_record(UnifiedEvent, value) for value in broker.of(EVENTS.name)]
    assert [event.native_id for event in sent] == ["2", "3", "1", "2", "3"]
    assert {event.route for event in sent[2:]} == {"421200"}
    assert [event.event_id for event in sent[3:]] == [event.event_id for event in sent[:2]]
    assert len(broker.of(RECEIPTS.name)) == len(orders)
    if times == 1:
        assert {event.route for event in sent[:2]} == {"510100"}


def test_a_waiting_follow_up_is_dropped_with_its_message(tmp_path: Path) -> None:
    """The journal deletes a message after its retention, together with waiting follow-ups."""
    early = json.dumps({**ORDER, "callType": "撤诉", "originalNo": "0"}).encode()
    rows, journal = publisher(tmp_path, Broker(), early)
    publish_batch(rows, journal)
    assert [raw.body for raw in journal.early([(Channel.HOTLINE_12345, "0")])] == [early]
    journal.forget(1, datetime.now(UTC))
    assert journal.early([(Channel.HOTLINE_12345, "0")]) == []


def test_a_broker_that_is_away_only_fills_the_journal(tmp_path: Path) -> None:
    """The cursor stays; once the broker is back every record is published, once."""
    broker = Broker(away=1)
    rows, journal = publisher(tmp_path, broker, json.dumps(ORDER).encode())
    with pytest.raises(KafkaConnectionError):
        publish_batch(rows, journal)
    assert journal.get(CURSOR) is None
    broker.away = 1
    publish_forever(rows, journal, lambda: bool(broker.records))
    assert journal.get(CURSOR) == "1"
    assert len(broker.of(EVENTS.name)) == 1
    assert publish_batch(rows, journal) == 0


def test_a_key_that_is_away_only_fills_the_journal(tmp_path: Path) -> None:
    """A fact that cannot be sealed for lack of a key is not rejected; it is published later."""

    class Away(Sealer):
        def seal(self, bound_to: str, data: bytes) -> str:
            raise SealError(f"no key for {bound_to}, {len(data)} bytes")

    broker = Broker()
    order = {**ORDER, "caller": {"name": "张三", "phone": "13812345678"}}
    sending, journal = publisher(tmp_path, broker, json.dumps({"orders": [order]}).encode())
    sending.sealer = Away(bytes(32))
    with pytest.raises(SealError, match="no key"):
        publish_batch(sending, journal)
    assert broker.records == []
    assert journal.get(CURSOR) is None
    sending.sealer = Sealer(bytes(32))
    assert publish_batch(sending, journal) == 1
    (receipt,) = (from_record(Receipt, value) for value in broker.of(RECEIPTS.name))
    assert (len(receipt.event_ids), len(receipt.rejected_ids)) == (1, 0)
    journal.close()


def test_single_messages_are_gathered_into_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full batch is followed by the next at once, any other by a short wait.

    Without a message the publisher first waits until the journal has one.
    """
    done, waited = iter([BATCH, BATCH, 3, 0]), list[tuple[int, float]]()
    journal = SimpleNamespace(
        wait_for_append=lambda seconds: waited.append((len(left), seconds)),
    )
    left = [4, 3, 2, 1]

    def batch(*_: object) -> int:
        left.pop()
        return next(done)

    monkeypatch.setattr(publishing, "publish_batch", batch)
    monkeypatch.setattr(
        publishing.time, "sleep", lambda seconds: waited.append((len(left), seconds))
    )
    publish_forever(cast(Publisher, None), cast(Journal, journal), lambda: not left)
    assert waited == [(1, GATHER), (0, IDLE_SECONDS), (0, GATHER)]


def test_a_decoder_failure_is_rejected_for_replay(tmp_path: Path) -> None:
    """A fact whose decoding fails is rejected, and does not hold up later ones."""
    broker = Broker()
    rows, journal = publisher(tmp_path, broker, json.dumps(ORDER).encode(), b"{}")
    good = rows.connectors[Channel.HOTLINE_12345]

    def decode_far_off(raw: RawMessage, context: object) -> Decoded:
        fact = good.decode(raw, context).facts[0]
        return Decoded(facts=(fact.model_copy(update={"place": None}),))

    rows.connectors = {
        **rows.connectors,
        good.channel: Connector(good.channel, (), decode_far_off, good.reply),
    }
    assert publish_batch(rows, journal) == 2
    reasons = [from_record(Rejected, value).reason for value in broker.of(REJECTED.name)]
    assert reasons == [Reason.DECODER_FAULT, Reason.MISSING_FIELD]
    assert len(broker.of(RECEIPTS.name)) == 2


def test_a_thread_that_fails_ends_its_process() -> None:
    """A process without its publisher would accept messages and never publish them."""

    async def scenario() -> None:
        stop = asyncio.Event()
        task = asyncio.create_task(in_thread(stop, lambda: threading.Event().wait("no time")))
        await stop.wait()
        with pytest.raises(TypeError):
            await task

    asyncio.run(scenario())
