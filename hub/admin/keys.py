"""`hub keys` 密钥: what each key of the ring has sealed, and dropping a key that nothing needs."""

import os
import time
from pathlib import Path

from hub.admin.ask import ask_store
from hub.journal.keys import held_journal, journal_path, sealed_entries
from hub.runtime import watched_file
from hub.runtime.errors import HubError
from hub.security.keyring import key_path, load_keys, open_sealer, write_keys
from hub.security.sealed_file import open_chunks
from hub.security.sealing import Key
from hub.settings import Settings
from hub.settings.sealing import SealingSettings
from hub.settings.store import StoreSettings

SEALED = """
SELECT key, sum(n) AS pieces FROM (
  SELECT splitByChar('.', reporter_sealed)[2] AS key, count() AS n FROM events
    WHERE reporter_sealed != '' GROUP BY key
  UNION ALL
  SELECT splitByChar('.', arrayJoin(pieces))[2] AS key, count() AS n FROM (
    SELECT arrayFilter(piece -> piece != '', [JSONExtractString(body, 'raw', 'body'),
      JSONExtractString(body, 'part')]) AS pieces FROM rejected) GROUP BY key
  UNION ALL
  SELECT splitByChar('.', sealed)[2] AS key, count() AS n FROM (
    SELECT sealed FROM people UNION ALL SELECT sealed FROM firms UNION ALL
    SELECT sealed FROM premises UNION ALL SELECT sealed FROM dwellings UNION ALL
    SELECT sealed FROM registered_households) WHERE sealed != '' GROUP BY key)
GROUP BY key
"""


def list_keys(settings: Settings) -> list[tuple[str, str, int, int]]:
    """Return each key: its name, its uses, and how many items it has sealed.

    The items are counted in the store (sealed fields) and in the journal (entries). The first key
    seals, and the last one hashes identities. Raises `HubError`.
    """
    names = [Key(key).key_id for key in load_keys(settings)]
    pieces, entries = count_sealed(settings), sealed_entries(journal_path(settings))
    rows = []
    for index, name in enumerate(names):
        uses = ["seals" if index == 0 else "opens"]
        uses += ["recognises people"] if index == len(names) - 1 else []
        rows.append((name, ", ".join(uses), pieces.get(name, 0), entries.get(name, 0)))
    return rows


def drop_key(settings: Settings, key_id: str) -> None:
    """Delete a key from the key file.

    Raises `HubError` if the key is unknown, seals new data, hashes identities, or has sealed
    something that the store or the journal still holds.
    """
    keys = {Key(key).key_id: key for key in load_keys(settings)}
    if key_id not in keys:
        raise HubError(f"no key {key_id}; these are there: {', '.join(keys)}")
    if key_id == next(iter(keys)):
        raise HubError(f"key {key_id} seals now; hub keys rotate first")
    if key_id == list(keys)[-1]:
        raise HubError(
            f"by key {key_id} people are recognised: without it everybody would be a stranger"
        )
    _wait_until_processes_follow(settings)
    # Nothing can be appended while the journal is locked, so the counts cannot change.
    with held_journal(journal_path(settings)) as entries:
        _check_unused(key_id, count_sealed(settings).get(key_id, 0), entries.get(key_id, 0))
        write_keys(settings, tuple(key for name, key in keys.items() if name != key_id))


def count_sealed(settings: StoreSettings) -> dict[str, int]:
    """Return how many items of the store each key has sealed, by key; raises `HubError`."""
    return {row["key"]: int(row["pieces"]) for row in ask_store(settings, SEALED)}


def _check_unused(key_id: str, pieces: int, entries: int) -> None:
    if entries:
        raise HubError(
            f"{entries} entries of the journal were sealed with {key_id}: they go with their"
            " retention (HUB_JOURNAL_KEEP)"
        )
    if pieces:
        raise HubError(
            f"{pieces} pieces in the store were sealed with {key_id}: they go with their retention"
            " (HUB_KEEP_CONTACTS, HUB_KEEP_ROWS), and those of registers with the next full load"
        )


def _wait_until_processes_follow(settings: SealingSettings) -> None:
    """Wait until every process has read the last rotation and seals with the newest key."""
    age = time.time() - key_path(settings).stat().st_mtime
    time.sleep(max(0.0, min(2.0, 2 * watched_file.CHECK_EVERY - age)))


def open_sealed_file(settings: SealingSettings, sealed: Path, target: Path) -> None:
    """Write the content of a sealed file to the new file `target`; raises `HubError`."""
    try:
        sealer = open_sealer(settings)
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            for chunk in open_chunks(sealed, sealer):
                file.write(chunk)
    except FileExistsError as error:
        raise HubError(f"{target} is there already; name another file") from error
    except OSError as error:
        raise HubError(str(error)) from error
