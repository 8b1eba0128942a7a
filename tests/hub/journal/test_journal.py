"""The journal: messages are durable, bounded, and read back unchanged."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from hub.journal.journal import Journal, JournalFullError
from hub.journal.writer import JournalWriter
from hub.security.sealing import Sealer
from schemas.reports.raw import RawMessage, Transport

SEALER = Sealer(b"k" * 32)
NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)


def raw(body: bytes, receipt_id: UUID | None = None) -> RawMessage:
    """Return a message with `body`."""
    return RawMessage(
        receipt_id=receipt_id or uuid4(),
        channel="open311",
        transport=Transport.HTTP,
        received_at=NOW,
        headers={"content-encoding": "gzip"},
        body=body,
    )


def test_entries_are_read_back_as_they_were_after_a_reopen(tmp_path: Path) -> None:
    """Any bytes, the headers and the order survive."""
    messages = [raw(bytes(range(256))), raw(b""), raw("路灯".encode("gb18030"))]
    first = Journal(tmp_path / "j.db", SEALER, max_bytes=10**9)
    assert first.append(messages) == [True, True, True]
    first.close()
    again = Journal(tmp_path / "j.db", SEALER, max_bytes=10**9)
    assert [message for _, message in again.read(0, 10)] == messages
    again.close()


def test_a_delivery_that_names_itself_is_kept_once(tmp_path: Path) -> None:
    """The second append of one receipt id reports the repetition and changes nothing."""
    journal = Journal(tmp_path / "j.db", SEALER, max_bytes=10**9)
    message = raw(b"x")
    assert journal.append([message]) == [True]
    assert journal.append([message]) == [False]
    assert len(journal.read(0, 10)) == 1
    journal.close()


def test_a_journal_over_its_bound_refuses_and_keeps_nothing(tmp_path: Path) -> None:
    """The sender gets an error, never a false 202."""
    journal = Journal(tmp_path / "j.db", SEALER, max_bytes=1)
    with pytest.raises(JournalFullError, match="HUB_JOURNAL_MAX"):
        journal.append([raw(b"x")])
    assert journal.last_seq() == 0
    journal.close()


def test_waiting_senders_share_a_commit_and_all_are_kept(tmp_path: Path) -> None:
    """A thousand submissions at once are all durable when they return."""
    journal = Journal(tmp_path / "j.db", SEALER, max_bytes=10**9)

    async def send() -> list[bool]:
        writer = JournalWriter(journal)
        fresh = await asyncio.gather(*(writer.submit(raw(b"%d" % n)) for n in range(1000)))
        await writer.close()
        return fresh

    assert all(asyncio.run(send()))
    assert journal.last_seq() == 1000
    journal.close()


def test_a_first_route_stays(tmp_path: Path) -> None:
    """A later route of one native id does not move it."""
    journal = Journal(tmp_path / "j.db", SEALER, max_bytes=10**9)
    journal.keep_routes([("open311", "a", "421299001")])
    journal.keep_routes([("open311", "a", "421299002")])
    assert journal.route("open311", "", "missing", "a") == "421299001"
    journal.close()


def test_only_settled_and_old_entries_are_forgotten(tmp_path: Path) -> None:
    """An entry stays while it is young or has a number above the settled mark."""
    journal = Journal(tmp_path / "j.db", SEALER, max_bytes=10**9)
    journal.append([raw(b"1"), raw(b"2"), raw(b"3")])
    assert journal.forget(2, NOW - timedelta(days=1)) == 0
    assert journal.forget(2, NOW + timedelta(days=1)) == 2
    assert [seq for seq, _ in journal.read(0, 10)] == [3]
    journal.close()


def test_recent_entries_are_read_without_reading_the_old(tmp_path: Path) -> None:
    """The engine takes as many steps for ten entries as for a thousand, so that a start is fast."""
    journal = Journal(tmp_path / "j.db", SEALER, max_bytes=10**9)
    later = NOW + timedelta(days=1)
    steps: list[int] = []

    def counts() -> tuple[int, int]:
        steps.clear()
        first = journal.first_since(later)
        return first, len(steps)

    journal._db.set_progress_handler(lambda: steps.append(1), 1)
    journal.append([raw(b"x") for _ in range(10)])
    assert counts()[0] == 0
    journal.append([raw(b"y").model_copy(update={"received_at": later})])
    first, few = counts()
    assert first == 11
    journal.append([raw(b"z") for _ in range(1000)])
    assert counts() == (11, few)
    journal.close()


def test_a_full_disk_refuses_a_whole_group_and_later_accepts_it(tmp_path: Path) -> None:
    """SQLite's own "disk is full" refuses the whole group; once there is space, it is accepted."""
    journal = Journal(tmp_path / "j.db", SEALER, max_bytes=10**9)
    journal.append([raw(b"before")])
    database = journal._db
    (pages,) = database.execute("PRAGMA page_count").fetchone()
    database.execute(f"PRAGMA max_page_count={pages + 4}")
    group = [raw(b"small"), raw(b"x" * 100_000)]
    with pytest.raises(JournalFullError, match="full"):
        journal.append(group)
    assert [entry.body for _, entry in journal.read(0, 10)] == [b"before"]
    database.execute("PRAGMA max_page_count=1000000")
    assert journal.append(group) == [True, True]
    journal.close()


def test_a_read_ends_at_the_limit_of_bytes(tmp_path: Path) -> None:
    """At least one entry is read, however large it is; the rest comes with the next read."""
    journal = Journal(tmp_path / "j.db", SEALER, max_bytes=10**9)
    bodies = [b"x" * 100, b"y" * 10, b"z" * 10]
    journal.append([raw(body) for body in bodies])
    entries = journal.read(0, 10, most_bytes=50)
    assert [entry.body for _, entry in entries] == bodies[:1]
    rest = journal.read(entries[-1][0], 10, most_bytes=50)
    assert [entry.body for _, entry in rest] == bodies[1:]
    journal.close()


def test_one_message_that_cannot_be_written_costs_only_itself(tmp_path: Path) -> None:
    """Every sender of a group commit gets an answer, and the other messages are on disk."""
    good, bad = raw(b"good"), raw(b"bad").model_copy(update={"source": object()})

    async def whole() -> list[object]:
        journal = Journal(tmp_path / "j.db", SEALER, max_bytes=10**9)
        writer = JournalWriter(journal)
        answers = await asyncio.gather(
            *(writer.submit(message) for message in (good, bad, raw(b"more"))),
            return_exceptions=True,
        )
        kept = [message.body for _, message in journal.read(0, 10)]
        await writer.close()
        journal.close()
        assert kept == [b"good", b"more"]
        return list(answers)

    first, fault, last = asyncio.run(whole())
    assert (first, last) == (True, True)
    assert isinstance(fault, Exception)
