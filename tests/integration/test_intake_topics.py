"""Records of `intake.*` reach the journal even if the journal fails for a while."""

import asyncio
from typing import Any, cast

from kafka import KafkaProducer

from hub.broker.connection import options
from hub.broker.topics import ensure_topics
from hub.intake.collectors.source import Source
from hub.intake.collectors.topics import IntakeTopics
from hub.intake.receiver import Receiver
from hub.journal.journal import Journal, JournalFullError
from hub.settings import Settings
from tests.integration.parts import broker, free_port


class FullOnce:
    """Accepts all records but the second, for which the disk is full."""

    def __init__(self) -> None:
        self.tries = 0
        self.taken: list[bytes] = []

    async def take(self, _: str, __: Any, body: bytes, **___: Any) -> None:
        """Accept a record, or fail."""
        self.tries += 1
        if self.tries == 2:
            raise JournalFullError("disk is full")
        self.taken.append(body)


def test_records_that_a_full_journal_refused_are_taken_later() -> None:
    """The consumer seeks back to refused records and reads them again."""
    port, journal = free_port(), FullOnce()
    settings = Settings(broker_port=port)
    with broker(port):
        ensure_topics(settings)
        producer = KafkaProducer(**options(settings), acks="all", enable_idempotence=False)
        for body in (b"1", b"2", b"3"):
            producer.send("intake.police_110", body).get(timeout=10)
        producer.close()
        topics = IntakeTopics(Source(settings, cast("Receiver", journal), cast("Journal", None)))

        async def until_taken() -> None:
            refused = 0
            while len(set(journal.taken)) < 3:
                try:
                    await topics.collect()
                except JournalFullError:
                    refused += 1
            assert refused == 1

        asyncio.run(asyncio.wait_for(until_taken(), 60))
        topics.close()
    assert set(journal.taken) == {b"1", b"2", b"3"}
