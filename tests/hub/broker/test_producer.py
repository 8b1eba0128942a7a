"""`KafkaSender` replaces a producer that hangs, even if the producer does not close."""

from typing import Any

import pytest
from kafka.errors import KafkaError, KafkaTimeoutError

from hub.broker import producer as sending
from hub.broker.producer import SEND_TIMEOUT, KafkaSender
from hub.settings import Settings
from schemas.cloudevent import Record

RECORD = Record("events.v1", 0, b"k", b"v", [])


class Sent:
    """The future that a producer returns for a record."""

    def __init__(self, waited: list[float], *, hangs: bool) -> None:
        self._waited, self._hangs = waited, hangs

    def get(self, timeout: float) -> None:
        """Return, or raise the timeout."""
        self._waited.append(timeout)
        if self._hangs:
            raise KafkaTimeoutError("still not there")


class Producer:
    """A producer; the first one hangs and raises again when it is closed."""

    created: list["Producer"]
    waited: list[float]
    knows_partition = True

    def __init__(self, **_: Any) -> None:
        self.hangs = not self.created
        self.created.append(self)

    def send(self, *_: Any, **__: Any) -> Sent:
        """Accept a record; without knowing its partition raise as kafka-python does."""
        if not self.knows_partition:
            raise ValueError("Unrecognized partition 5 for topic commands.v1")
        return Sent(self.waited, hangs=self.hangs)

    def close(self, timeout: float) -> None:
        """Raise if this producer hangs."""
        assert timeout
        if self.hangs:
            raise KafkaTimeoutError("still not there")


def test_a_producer_that_hangs_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next call sends with a new producer; all records of a call share one deadline."""
    monkeypatch.setattr(Producer, "created", [], raising=False)
    monkeypatch.setattr(Producer, "waited", [], raising=False)
    monkeypatch.setattr(sending, "KafkaProducer", Producer)
    sender = KafkaSender(Settings())
    with pytest.raises(KafkaError):
        sender.send_all([RECORD])
    sender.send_all([RECORD] * 9)
    assert len(Producer.created) == 2
    assert all(waited <= SEND_TIMEOUT for waited in Producer.waited)
    sender.send_all([RECORD])
    assert len(Producer.created) == 2
    sender.close()


def test_a_producer_that_does_not_know_a_partition_is_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A broker that has just started listed too few partitions; the caller tries again."""
    monkeypatch.setattr(Producer, "created", [], raising=False)
    monkeypatch.setattr(Producer, "waited", [], raising=False)
    monkeypatch.setattr(Producer, "knows_partition", False)
    monkeypatch.setattr(sending, "KafkaProducer", Producer)
    sender = KafkaSender(Settings())
    with pytest.raises(KafkaError, match="Unrecognized partition"):
        sender.send_all([RECORD])
    monkeypatch.setattr(Producer, "knows_partition", True)
    sender.send_all([RECORD])
    assert len(Producer.created) == 2
    sender.close()
