"""Messages that the store lacks are published again at a start."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from hub.journal.journal import Journal
from hub.recovery.resend import rewind
from hub.security.sealing import Sealer
from schemas.reports.raw import RawMessage, Transport


def received(ago: timedelta) -> RawMessage:
    """Return a message that was received some time ago."""
    return RawMessage(
        receipt_id=uuid4(),
        channel="open311",
        transport=Transport.HTTP,
        received_at=datetime.now(UTC) - ago,
        body=b"x",
    )


class Store:
    """Knows the settled receipts, and records the receipts of its queries."""

    def __init__(self, *settled: RawMessage) -> None:
        self.settled = {str(item.receipt_id) for item in settled}
        self.queried: set[str] = set()

    def rows(self, _: str, parameters: dict[str, Any]) -> list[dict[str, str]]:
        """Return the rows of the settled receipts."""
        self.queried |= set(parameters["ids"])
        return [{"receipt_id": item} for item in parameters["ids"] if item in self.settled]


@pytest.fixture
def messages(tmp_path: Path) -> tuple[Journal, list[RawMessage]]:
    """Return a journal of one old and two new messages, all of them recorded as stored."""
    journal = Journal(tmp_path / "j.db", Sealer(bytes(32)), max_bytes=10**9)
    received_messages = [
        received(timedelta(hours=1)),
        received(timedelta(0)),
        received(timedelta(0)),
    ]
    journal.append(received_messages)
    journal.set("published", "3")
    journal.set("settled", "3")
    return journal, received_messages


def test_rows_lost_in_a_power_failure_are_published_again(
    messages: tuple[Journal, list[RawMessage]],
) -> None:
    """The most recent rows are requested again; older rows are on the store's disk."""
    journal, (old, fresh, lost) = messages
    store = Store(old, fresh)
    assert rewind(journal, store) == 1  # type: ignore[arg-type]
    assert journal.read(int(journal.get("published") or 0), 9) == [(3, lost)]
    assert str(old.receipt_id) not in store.queried
    journal.close()


def test_stored_rows_are_not_published_again(
    messages: tuple[Journal, list[RawMessage]],
) -> None:
    """Rows that the store has stay settled."""
    journal, received_messages = messages
    assert rewind(journal, Store(*received_messages)) == 0  # type: ignore[arg-type]
    assert journal.waiting() == 0
    journal.close()
