"""The sealing keys: created once, rotated under running processes, deleted when not needed."""

import stat
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hub.admin.keys import drop_key, list_keys
from hub.journal.journal import Journal
from hub.journal.keys import journal_path
from hub.runtime import watched_file as followed_file
from hub.runtime.errors import HubError
from hub.security import keyring as keys
from hub.security.keyring import key_path, load_keys, make_sealer, open_sealer
from hub.security.sealing import Sealer, SealError
from hub.settings import Settings
from hub.settings.sealing import Suite
from hub.store.client import Store
from schemas.reports.raw import RawMessage
from tests.builders.fortnight import fill
from tests.hub.journal.test_journal import NOW, raw


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return settings with a key; the file is read each time."""
    monkeypatch.setattr(followed_file, "CHECK_EVERY", 0.0)
    rows = Settings(data=tmp_path)
    make_sealer(rows)
    return rows


def test_the_key_is_created_once_with_mode_0600(settings: Settings) -> None:
    """The second start keeps the first key; another key does not open its values."""
    first = load_keys(settings)
    sealed = make_sealer(settings).seal("e", b"text")
    assert load_keys(settings) == first
    assert stat.S_IMODE(key_path(settings).stat().st_mode) == 0o600
    with pytest.raises(SealError, match="sealed with key"):
        Sealer(bytes(32)).open("e", sealed)


def test_a_rotated_key_seals_in_running_processes_and_older_ones_open(settings: Settings) -> None:
    """A rotation does not change the keys by which reporters are recognised."""
    running = open_sealer(settings)
    before, person = running.seal("e", "张三".encode()), running.match_key("phone", "138")
    name = keys.rotate(settings)
    after = running.seal("e", "张三".encode())
    assert name in after
    assert name not in before
    for sealer in (running, open_sealer(settings)):
        assert sealer.open("e", before) == sealer.open("e", after) == "张三".encode()
        assert sealer.match_key("phone", "138") == person
    assert stat.S_IMODE(key_path(settings).stat().st_mode) == 0o600


@pytest.mark.parametrize("suite", Suite)
def test_each_cipher_opens_its_values_after_a_change_of_cipher(suite: Suite) -> None:
    """SM4 and AES seal deterministically, bound to an id, and detect damage."""
    sealer = Sealer(b"k" * 32, suite=suite)
    sealed = sealer.seal("e", b"text")
    assert sealed == sealer.seal("e", b"text") != sealer.seal("f", b"text")
    for other in Suite:
        opens = Sealer(b"k" * 32, suite=other)
        assert opens.open("e", sealed) == b"text"
        with pytest.raises(SealError, match="belongs to another id"):
            opens.open("f", sealed)
    version, key_id, blob = sealed.split(".")
    altered = blob[:-6] + ("A" if blob[-6] != "A" else "B") + blob[-5:]
    with pytest.raises(SealError, match="damaged"):
        sealer.open("e", f"{version}.{key_id}.{altered}")


def test_the_suites_do_not_seal_alike() -> None:
    """Each has its own version and subkey."""
    sealed = [Sealer(b"k" * 32, suite=suite).seal("e", b"text") for suite in Suite]
    assert [item[:2] for item in sealed] == ["v1", "v2"]
    assert len({item.rpartition(".")[2] for item in sealed}) == 2


def test_an_unused_key_can_be_deleted(
    settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not deleted: the sealing key, the reporters' key, and a key with sealed values left."""

    class StoreReader:
        def __init__(self, _: Settings) -> None:
            self.rows, self.close = store.named, lambda: None

    monkeypatch.setattr("hub.admin.ask.Reader", StoreReader)
    fill(store)
    key_path(settings).write_text(f"{(b'k' * 32).hex()}\n{load_keys(settings)[0].hex()}\n")
    middle = keys.rotate(settings)
    newest = keys.rotate(settings)
    rows_by_key = list_keys(settings)
    assert [uses for _, uses, *_ in rows_by_key] == [
        "seals",
        "opens",
        "opens",
        "opens, recognises people",
    ]
    filled, oldest = rows_by_key[2], rows_by_key[3]
    assert filled[2] > 0
    for name, why in (
        (newest, "seals now"),
        (filled[0], "were sealed"),
        (oldest[0], "stranger"),
        ("other", "no key"),
    ):
        with pytest.raises(HubError, match=why):
            drop_key(settings, name)
    drop_key(settings, middle)
    assert [name for name, *_ in list_keys(settings)] == [newest, filled[0], oldest[0]]


def test_an_invalid_key_file_is_refused(settings: Settings) -> None:
    """No value is ever sealed with a partial key."""
    key_path(settings).write_text("abcd\n")
    with pytest.raises(SealError, match="64 hexadecimal digits"):
        open_sealer(settings)
    with pytest.raises(HubError, match="64 hexadecimal digits"):
        keys.rotate(settings)


def test_a_key_stays_while_the_journal_has_entries_that_it_sealed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entries are listed by key; after their retention the key can be deleted."""
    monkeypatch.setattr("hub.admin.keys.count_sealed", lambda _: {})
    journal = Journal(journal_path(settings), make_sealer(settings), max_bytes=10**9)
    journal.append([raw(b"1")])
    middle = keys.rotate(settings)
    journal.append([raw(b"2"), raw(b"3")])
    newest = keys.rotate(settings)
    journal.append([raw(b"4")])
    rows = list_keys(settings)
    assert [(name, entries) for name, _, _, entries in rows[:2]] == [(newest, 1), (middle, 2)]
    assert [entries for *_, entries in rows] == [1, 2, 1]
    with pytest.raises(HubError, match="2 entries of the journal were sealed with"):
        drop_key(settings, middle)
    assert journal.forget(3, NOW + timedelta(days=1)) == 3
    drop_key(settings, middle)
    assert [name for name, *_ in list_keys(settings)] == [newest, rows[2][0]]
    assert [item.body for _, item in journal.read(0, 9)] == [b"4"]
    journal.close()


def test_no_entry_is_appended_while_a_key_is_dropped(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pending appends are awaited and counted, so that no entry is left without its key."""
    monkeypatch.setattr("hub.admin.keys.count_sealed", lambda _: {})
    path = journal_path(settings)
    Journal(path, make_sealer(settings), max_bytes=10**9).close()
    middle = keys.rotate(settings)
    keys.rotate(settings)
    writer = Journal(path, Sealer(load_keys(settings)[1]), max_bytes=10**9)
    append_started, dropped = threading.Event(), threading.Event()
    errors: list[str] = []

    def drop() -> None:
        append_started.wait(10)
        try:
            drop_key(settings, middle)
        except HubError as error:
            errors.append(str(error))
        dropped.set()

    def slow() -> Iterator[RawMessage]:
        yield raw(b"1")
        append_started.set()
        # The drop must not end before this append; the test checks that.
        assert not dropped.wait(0.3)
        yield raw(b"2")

    thread = threading.Thread(target=drop)
    thread.start()
    writer.append(slow())  # type: ignore[arg-type]
    thread.join(20)
    assert len(errors) == 1
    assert errors[0].startswith("2 entries of the journal")
    writer.close()
    assert middle in [name for name, *_ in list_keys(settings)]
