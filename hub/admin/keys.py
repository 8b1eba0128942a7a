"""`hub keys` 密钥: what each key of the ring has sealed, and dropping one that nothing needs."""

import os
import time
from pathlib import Path

from hub.journal.keys import held_journal, journal_path, sealed_entries
from hub.runtime import watched_file
from hub.runtime.errors import HubError
from hub.security.keyring import key_path, keys_there, open_sealer, write_keys
from hub.security.sealed_file import open_chunks
from hub.security.sealing import Key, SealError
from hub.settings import Settings
from hub.store.reader import Reader, StoreAwayError

SEALED = """
SELECT key, sum(n) AS pieces FROM (
  SELECT splitByChar('.', reporter_sealed)[2] AS key, count() AS n FROM events
    WHERE reporter_sealed != '' GROUP BY key
  UNION ALL
  SELECT splitByChar('.', arrayJoin(pieces))[2] AS key, count() AS n FROM (
    SELECT arrayFilter(one -> one != '', [JSONExtractString(body, 'raw', 'body'),
      JSONExtractString(body, 'part')]) AS pieces FROM rejected) GROUP BY key)
GROUP BY key
"""


def listed(settings: Settings) -> list[tuple[str, str, int, int]]:
    """Return name, purpose, pieces in the store and entries of the journal; what seals is first."""
    names = [Key(key).key_id for key in keys_there(settings)]
    pieces, entries = sealed_by(settings), sealed_entries(journal_path(settings))
    rows = []
    for index, name in enumerate(names):
        uses = ["seals" if index == 0 else "opens"]
        uses += ["recognises people"] if index == len(names) - 1 else []
        rows.append((name, ", ".join(uses), pieces.get(name, 0), entries.get(name, 0)))
    return rows


def drop(settings: Settings, key_id: str) -> None:
    """Let go of a key that has sealed nothing that is still there.

    Raises `HubError` where it seals, hashes, or store or journal need it.
    """
    keys = {Key(key).key_id: key for key in keys_there(settings)}
    if key_id not in keys:
        raise HubError(f"no key {key_id}; these are there: {', '.join(keys)}")
    if key_id == next(iter(keys)):
        raise HubError(f"key {key_id} seals now; hub keys rotate first")
    if key_id == list(keys)[-1]:
        raise HubError(
            f"by key {key_id} people are recognised: without it everybody would be a stranger"
        )
    _wait_until_followed(settings)
    # Nothing is appended while the journal is held: what is counted is all that there can be.
    with held_journal(journal_path(settings)) as entries:
        _check_unused(key_id, sealed_by(settings).get(key_id, 0), entries.get(key_id, 0))
        write_keys(settings, tuple(key for name, key in keys.items() if name != key_id))


def sealed_by(settings: Settings) -> dict[str, int]:
    """Return how many pieces of the store each key has sealed; raises `HubError`."""
    reader = Reader(settings)
    try:
        return {row["key"]: int(row["pieces"]) for row in reader.rows(SEALED)}
    except StoreAwayError as error:
        raise HubError(str(error)) from error
    finally:
        reader.close()


def _check_unused(key_id: str, pieces: int, entries: int) -> None:
    if entries:
        raise HubError(
            f"{entries} entries of the journal were sealed with {key_id}: they go with their"
            " retention (HUB_JOURNAL_KEEP)"
        )
    if pieces:
        raise HubError(
            f"{pieces} pieces in the store were sealed with {key_id}: they go with their retention"
            " (HUB_KEEP_CONTACTS, HUB_KEEP_ROWS)"
        )


def _wait_until_followed(settings: Settings) -> None:
    """Wait until every process has seen the last rotation and seals with the newest key."""
    age = time.time() - key_path(settings).stat().st_mtime
    time.sleep(max(0.0, min(2.0, 2 * watched_file.CHECK_EVERY - age)))


def open_file(settings: Settings, sealed: Path, target: Path) -> None:
    """Write what a sealed file holds to another one; raises `HubError`."""
    try:
        sealer = open_sealer(settings)
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as written:
            for chunk in open_chunks(sealed, sealer):
                written.write(chunk)
    except FileExistsError as error:
        raise HubError(f"{target} is there already; name another file") from error
    except (OSError, SealError) as error:
        raise HubError(str(error)) from error
