"""A producer that hangs is made anew: also where it does not even close."""

from typing import Any

import pytest
from kafka.errors import KafkaError, KafkaTimeoutError

from hub.broker import producer as sending
from hub.broker.producer import SENT_WITHIN, KafkaSender
from hub.settings import Settings
from schemas.cloudevent import Record

RECORD = Record("events.v1", 0, b"k", b"v", [])


class Sent:
    """What a producer gives for a record."""

    def __init__(self, waited: list[float], *, hangs: bool) -> None:
        self._waited, self._hangs = waited, hangs

    def get(self, timeout: float) -> None:
        """Return, or say that it took too long."""
        self._waited.append(timeout)
        if self._hangs:
            raise KafkaTimeoutError("still not there")


class Producer:
    """The first one hangs, and says so again when it is closed."""

    made: list["Producer"]
    waited: list[float]

    def __init__(self, **_: Any) -> None:
        self.hangs = not self.made
        self.made.append(self)

    def send(self, *_: Any, **__: Any) -> Sent:
        """Take a record."""
        return Sent(self.waited, hangs=self.hangs)

    def close(self, timeout: float) -> None:
        """Send what is left, which is not possible."""
        assert timeout
        if self.hangs:
            raise KafkaTimeoutError("still not there")


def test_one_that_hangs_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it had comes again, by the next; all records of one sending share one deadline."""
    monkeypatch.setattr(Producer, "made", [], raising=False)
    monkeypatch.setattr(Producer, "waited", [], raising=False)
    monkeypatch.setattr(sending, "KafkaProducer", Producer)
    sender = KafkaSender(Settings())
    with pytest.raises(KafkaError):
        sender.send_all([RECORD])
    sender.send_all([RECORD] * 9)
    assert len(Producer.made) == 2
    assert all(waited <= SENT_WITHIN for waited in Producer.waited)
    sender.send_all([RECORD])
    assert len(Producer.made) == 2
    sender.close()
