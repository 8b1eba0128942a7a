"""The journal holds no message in clear: neither a new, nor an old, nor a damaged journal."""

import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from hub.admin.keys import open_sealed_file
from hub.journal import migration
from hub.journal.entry import opened, sealed_row
from hub.journal.journal import Journal
from hub.journal.keys import CLEAR, sealed_entries
from hub.journal.migration import seal_old
from hub.journal.salvage import salvage, seal_asides
from hub.processes.intake import open_journal
from hub.runtime.errors import HubError
from hub.security.keyring import make_sealer
from hub.security.sealing import (
    SEALED_BYTES_MORE,
    Sealer,
    SealError,
    key_id_of,
)
from hub.settings import Settings
from hub.settings.sealing import Suite
from schemas.reports.raw import RawMessage, Transport
from tests.builders.old_journal import write_old
from tests.builders.sealed_journal import (
    KEY,
    NATIVE_IDS,
    NOW,
    OTHER,
    SEALER,
    clear_in,
    contents,
    list_of,
    marked,
    no_progress,
)


def test_nothing_of_a_message_is_in_clear_on_the_disk(tmp_path: Path) -> None:
    """No file has content or native ids in clear, open or closed; all entries are read back."""
    path = tmp_path / "journal.db"
    messages = [marked(n, size) for n, size in enumerate((400, 9000, 100_000))]
    journal = Journal(path, SEALER, max_bytes=10**9)
    journal.append(messages)
    journal.keep_routes([("wechat_official", NATIVE_IDS[0], "429999001")])
    journal.keep_early([("wechat_official", NATIVE_IDS[1], messages[0].receipt_id)])
    assert {path.name for path in tmp_path.iterdir()} == {
        "journal.db",
        "journal.db-wal",
        "journal.db-shm",
    }
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}
    assert clear_in(tmp_path) == set()
    assert [raw for _, raw in journal.read(0, 9)] == messages
    assert [raw.source for raw in journal.since(NOW)] == ["10.9.8.7"] * 3
    assert journal.route("wechat_official", NATIVE_IDS[0]) == "429999001"
    assert journal.early([("wechat_official", NATIVE_IDS[1])]) == messages[:1]
    assert journal.route("open311", NATIVE_IDS[0]) is None
    journal.close()
    assert clear_in(tmp_path) == set()


def test_an_old_journal_is_sealed_and_leaves_no_trace(tmp_path: Path) -> None:
    """Free pages are overwritten too; numbers, order, cursors, routes and early follow-ups stay."""
    path = tmp_path / "journal.db"
    messages = [marked(n, size) for n, size in enumerate((400, 9000, 100_000) * 20)]
    write_old(path, messages, native_ids=NATIVE_IDS, forgotten=11)
    assert clear_in(tmp_path)
    progress: list[tuple[int, int]] = []
    seal_old(path, SEALER, lambda done, total: progress.append((done, total)))
    assert progress[-1] == (49, 49)
    assert clear_in(tmp_path) == set()
    assert {path.name for path in tmp_path.iterdir()} == {"journal.db"}
    journal = Journal(path, SEALER, max_bytes=10**9)
    assert journal.read(0, 100) == list(enumerate(messages, 1))[11:]
    assert journal.get("published") == "7"
    assert journal.route("wechat_official", NATIVE_IDS[1]) == "429999001"
    assert journal.early([("wechat_official", NATIVE_IDS[0])]) == messages[-1:]
    journal.append([marked(99)])
    assert journal.last_seq() == 61
    journal.close()
    progress.clear()
    seal_old(path, SEALER, lambda done, total: progress.append((done, total)))
    assert progress == []


def test_an_old_journal_is_read_before_it_is_sealed(tmp_path: Path) -> None:
    """Old and new entries are in one journal, and are counted by key."""
    path = tmp_path / "journal.db"
    old, new = [marked(1), marked(2)], marked(3)
    write_old(path, old)
    journal = Journal(path, SEALER, max_bytes=10**9)
    journal.append([new])
    assert [raw for _, raw in journal.read(0, 9)] == [*old, new]
    assert len(journal.since(NOW)) == 3
    journal.close()
    assert sealed_entries(path) == {CLEAR: 2, SEALER.key_id: 1}


class KilledError(RuntimeError):
    """Simulates a kill."""


def test_a_killed_sealing_continues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed after any transaction or before any step of the last, it loses and doubles nothing."""
    monkeypatch.setattr(migration, "BATCH_ROWS", 4)
    monkeypatch.setattr(migration, "NATIVE_IDS", 1)
    path = tmp_path / "live" / "journal.db"
    path.parent.mkdir()
    messages = [marked(n, size) for n, size in enumerate((400, 9000) * 10)]
    write_old(path, messages, native_ids=NATIVE_IDS)
    copies: list[Path] = []

    def copy_then(step: Callable[..., object]) -> Callable[..., object]:
        def both(*values: object) -> object:
            copies.append(tmp_path / f"copy{len(copies)}")
            shutil.copytree(path.parent, copies[-1])
            return step(*values)

        return both

    for name in ("transaction", "_hash_native_ids", "_write_anew", "_sync", "_take_alone"):
        monkeypatch.setattr(migration, name, copy_then(getattr(migration, name)))
    seal_old(path, SEALER, no_progress)
    monkeypatch.undo()
    assert len(copies) > 12
    for copy in copies:
        seal_old(copy / "journal.db", SEALER, no_progress)
        assert contents(copy / "journal.db") == messages
        assert clear_in(copy) == set()
        assert [path.name for path in copy.iterdir()] == ["journal.db"]


def test_without_space_the_journal_is_sealed_and_rewritten_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The intake starts even if the disk has no space to rewrite the journal."""
    path = tmp_path / "journal.db"
    messages = [marked(n) for n in range(30)]
    write_old(path, messages, native_ids=NATIVE_IDS, forgotten=5)
    real = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(migration.shutil, "disk_usage", lambda _: real._replace(free=1000))
    seal_old(path, SEALER, no_progress)
    assert sealed_entries(path) == {SEALER.key_id: 25}
    assert contents(path) == messages[5:]
    monkeypatch.undo()
    seal_old(path, SEALER, no_progress)
    assert contents(path) == messages[5:]
    assert clear_in(tmp_path) == set()


def test_a_journal_that_another_process_reads_is_rewritten_later(tmp_path: Path) -> None:
    """The file is not replaced while a reader has it open."""
    path = tmp_path / "journal.db"
    write_old(path, [marked(1)])
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM entries").fetchone() == (1,)
        seal_old(path, SEALER, no_progress)
        reader.execute("ROLLBACK")
    assert not path.with_name("journal.db.compacted").exists()
    seal_old(path, SEALER, no_progress)
    assert clear_in(tmp_path) == set()
    assert len(contents(path)) == 1


def test_a_changed_entry_of_an_old_journal_is_set_aside_sealed(tmp_path: Path) -> None:
    """It is stored with its bytes, although they are no longer valid text."""
    path = tmp_path / "journal.db"
    write_old(path, [marked(1), marked(2)])
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE entries SET meta = CAST(x'ff' || meta AS TEXT) WHERE seq = 1")
        db.execute(
            "INSERT INTO damaged SELECT 77, receipt_id, received_at, meta, body FROM entries"
            " WHERE seq = 2"
        )
    seal_old(path, SEALER, no_progress)
    assert clear_in(tmp_path) == set()
    journal = Journal(path, SEALER, max_bytes=10**9)
    assert [seq for seq, _ in journal.read(0, 9)] == [2]
    assert journal.damaged().keys() == {1, 77}
    journal.close()
    with closing(sqlite3.connect(path)) as db:
        receipt, body = db.execute("SELECT receipt_id, body FROM damaged WHERE seq = 1").fetchone()
    opened_body = SEALER.open_bytes(f"journal/body/{uuid_of(receipt)}", body)
    assert opened_body.startswith(b"1:1381234")


def uuid_of(receipt: bytes) -> str:
    """Return a receipt id as text."""
    return f"{receipt.hex()[:8]}-{receipt.hex()[8:12]}-{receipt.hex()[12:16]}-" + (
        f"{receipt.hex()[16:20]}-{receipt.hex()[20:]}"
    )


def test_a_damaged_old_journal_leaves_nothing_in_clear_either(tmp_path: Path) -> None:
    """The file that is set aside is sealed; with the key it opens to its former content."""
    path = tmp_path / "journal.db"
    settings = Settings(data=tmp_path, kafka="127.0.0.1:1")
    sealer = make_sealer(settings)
    messages = [marked(n, 9000) for n in range(40)]
    write_old(path, messages, native_ids=NATIVE_IDS)
    with path.open("r+b") as file:
        file.seek(6 * 4096)
        file.write(b"\xff" * 4096)
    before = path.read_bytes()
    open_journal(settings, sealer).close()
    assert clear_in(tmp_path) == set()
    (sealed,) = tmp_path.glob("journal.db.damaged-*.sealed")
    open_sealed_file(settings, sealed, tmp_path / "opened")
    assert (tmp_path / "opened").read_bytes() == before
    (report,) = tmp_path.glob("*.txt")
    assert f"{len(list_of(path, sealer))} entries were read" in report.read_text(encoding="utf-8")
    assert len(list_of(path, sealer)) > 20
    with pytest.raises(HubError, match="is there already"):
        open_sealed_file(settings, sealed, tmp_path / "opened")
    sealed.write_bytes(sealed.read_bytes()[:-5])
    with pytest.raises(HubError, match="damaged"):
        open_sealed_file(settings, sealed, tmp_path / "again")


def test_a_damaged_sealed_journal_is_salvaged_without_its_key(tmp_path: Path) -> None:
    """Entries are restored as sealed; the file that is set aside needs no further sealing."""
    path = tmp_path / "journal.db"
    messages = [marked(n, 9000) for n in range(40)]
    journal = Journal(path, SEALER, max_bytes=10**9)
    journal.append(messages)
    journal.keep_routes([("wechat_official", NATIVE_IDS[0], "429999001")])
    journal.close()
    with path.open("r+b") as file:
        file.seek(6 * 4096)
        file.write(b"\xff" * 4096)
    stranger = Sealer(OTHER)
    report = salvage(path, stranger, max_bytes=10**9, now=NOW)
    seal_asides(path, stranger)
    assert report.aside.exists()
    assert report.kept > 20
    there = contents(path)
    assert len(there) == report.kept
    assert all(message in messages for message in there)
    journal = Journal(path, SEALER, max_bytes=10**9)
    assert journal.route("wechat_official", NATIVE_IDS[0]) == "429999001"
    journal.close()
    assert clear_in(tmp_path) == set()


def test_a_killed_salvage_is_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed before or after its report, the next start finds the files that were set aside."""
    settings = Settings(data=tmp_path, kafka="127.0.0.1:1")
    path, sealer = tmp_path / "journal.db", make_sealer(settings)
    journal = Journal(path, sealer, max_bytes=10**9)
    journal.append([marked(n, 9000) for n in range(40)])
    journal.close()
    with path.open("r+b") as file:
        file.seek(6 * 4096)
        file.write(b"\xff" * 4096)
    for name in ("write_text", "rename"):
        real: Callable[..., object] = getattr(Path, name)

        def killed(
            self: Path, *values: object, real: Callable[..., object] = real, **named: object
        ) -> object:
            if self.name.endswith((".txt", ".salvaging")):
                raise KilledError
            return real(self, *values, **named)

        with monkeypatch.context() as patched:
            patched.setattr(Path, name, killed)
            with pytest.raises(KilledError):
                open_journal(settings, sealer)
    assert not path.exists()
    open_journal(settings, sealer).close()
    (report,) = tmp_path.glob("*.txt")
    assert len(list_of(path, sealer)) > 20
    assert f"{len(list_of(path, sealer))} entries" in report.read_text(encoding="utf-8")
    assert not list(tmp_path.glob("*.salvaging*"))


TEXT = st.text(max_size=40)
RAWS = st.builds(
    RawMessage,
    receipt_id=st.uuids(),
    channel=TEXT,
    transport=st.sampled_from(Transport),
    received_at=st.datetimes(timezones=st.just(UTC)),
    source=TEXT,
    content_type=TEXT,
    headers=st.dictionaries(TEXT, TEXT, max_size=4),
    body=st.binary(max_size=3000),
)


@given(raw=RAWS, suite=st.sampled_from(Suite), older=st.lists(st.just(OTHER), max_size=2))
@examples(max_examples=150, deadline=None, database=None)
def test_a_sealed_message_opens_unchanged(
    raw: RawMessage, suite: Suite, older: list[bytes]
) -> None:
    """Both ciphers open with any key of the ring; the size grows by a fixed number."""
    row = sealed_row(raw, Sealer(KEY, suite=suite))
    assert len(row.body) == len(raw.body) + SEALED_BYTES_MORE
    assert row.key == key_id_of(row.body) == Sealer(KEY).key_id
    assert isinstance(row.meta, bytes)
    assert opened(raw.receipt_id, row.meta, row.body, Sealer(*older, KEY)) == raw


@given(
    raw=RAWS,
    place=st.integers(0),
    change=st.integers(1, 255),
    cut=st.booleans(),
    of_body=st.booleans(),
)
@examples(max_examples=200, deadline=None, database=None)
def test_changed_bytes_never_open(
    raw: RawMessage, place: int, change: int, *, cut: bool, of_body: bool
) -> None:
    """Seal and checksum each detect any byte that is changed or cut off."""
    row = sealed_row(raw, SEALER)
    meta = row.meta if isinstance(row.meta, bytes) else b""
    altered = bytearray(row.body if of_body else meta)
    at = place % len(altered)
    if cut:
        del altered[at:]
    else:
        altered[at] ^= change
    changed_meta, changed_body = (meta, bytes(altered)) if of_body else (bytes(altered), row.body)
    assert not migration.is_whole(changed_meta, changed_body, row.sum)
    with pytest.raises(SealError):
        opened(raw.receipt_id, changed_meta, changed_body, SEALER)


def test_the_two_parts_of_an_entry_cannot_change_places() -> None:
    """Parts of two entries cannot be exchanged either: each is bound to its part and receipt."""
    entry, other = sealed_row(marked(1), SEALER), sealed_row(marked(2), SEALER)

    def parts() -> Iterable[tuple[bytes | str, bytes | str]]:
        yield entry.meta, entry.meta
        yield entry.body, entry.body
        yield entry.body, entry.meta
        yield entry.meta, other.body
        yield other.meta, other.body

    receipt = marked(1).receipt_id.__class__(bytes=entry.receipt_id)
    for meta, body in parts():
        assert isinstance(body, bytes)
        with pytest.raises(SealError, match="damaged, or belongs to another id"):
            opened(receipt, meta, body, SEALER)
