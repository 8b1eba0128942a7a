"""The ring of keys 密钥环: the file of the keys that seal, and their rotation 轮换.

One key a line, 64 hexadecimal digits: the first seals, all open, the last one hashes. Processes
look at the file again by themselves; a key that has been dropped opens nothing any more.
"""

import os
from pathlib import Path

import click

from hub.runtime.private_file import create_private, write_private
from hub.runtime.watched_file import FollowedFile
from hub.security.sealing import KEY_BYTES, Key, Ring, Sealer, SealError
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


def key_path(settings: Settings) -> Path:
    """Return where the keys are."""
    return settings.key_file or settings.data / "seal.key"


def load_keys(settings: Settings) -> tuple[bytes, ...]:
    """Return the keys; raises `SealError` where there are none, or a line is no key."""
    path = key_path(settings)
    try:
        keys = tuple(bytes.fromhex(line) for line in path.read_text(encoding="ascii").split())
    except FileNotFoundError as error:
        raise SealError(f"no key at {path}: set HUB_KEY_FILE to the key that sealed") from error
    except ValueError as error:
        raise SealError(f"{path} is no key: 64 hexadecimal digits a line are expected") from error
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise SealError(f"{path} is no key: 64 hexadecimal digits a line are expected")
    return keys


class KeptSealer(Sealer):
    """A sealer that follows its file: what was rotated elsewhere seals and opens here too."""

    def __init__(self, settings: Settings) -> None:
        # Looked at before it is read: what changes in between is seen.
        self._settings, self._file = settings, FollowedFile(key_path(settings))
        super().__init__(*load_keys(settings), suite=settings.seal_with)

    def seal(self, bound_to: str, data: bytes) -> str:
        """Seal with the newest key."""
        self._follow()
        return super().seal(bound_to, data)

    def open(self, bound_to: str, sealed: str) -> bytes:
        """Open with any key that there is."""
        self._follow()
        return super().open(bound_to, sealed)

    def _follow(self) -> None:
        if self._file.has_changed():
            self._take(Ring(load_keys(self._settings), self._settings.seal_with))


def open_sealer(settings: Settings) -> Sealer:
    """Return what seals and opens, with the keys that are there; raises `SealError`."""
    return KeptSealer(settings)


def make_sealer(settings: Settings) -> Sealer:
    """Return the same; where there is no key yet, make one with mode 0600 and say so."""
    path = key_path(settings)
    if create_private(path, os.urandom(KEY_BYTES).hex() + "\n"):
        click.echo(f"hub: made the key that seals personal data: {path} (keep a copy)", err=True)
    return open_sealer(settings)


def rotate(settings: Settings) -> str:
    """Seal with a new key from now on; return its name. Raises `click.ClickException`."""
    keys = (os.urandom(KEY_BYTES), *_there(settings))
    _write(settings, keys)
    return Key(keys[0]).key_id


def drop(settings: Settings, key_id: str) -> None:
    """Let go of a key that has sealed nothing that is still there.

    Raises `click.ClickException` where it seals, hashes, or something in the store needs it.
    """
    keys = {Key(key).key_id: key for key in _there(settings)}
    if key_id not in keys:
        raise click.ClickException(f"no key {key_id}; these are there: {', '.join(keys)}")
    if key_id == next(iter(keys)):
        raise click.ClickException(f"key {key_id} seals now; hub keys rotate first")
    if key_id == list(keys)[-1]:
        raise click.ClickException(
            f"by key {key_id} people are recognised: without it everybody would be a stranger"
        )
    pieces = sealed_by(settings).get(key_id, 0)
    if pieces:
        raise click.ClickException(
            f"{pieces} pieces in the store were sealed with {key_id}: they go with their retention"
            " (HUB_KEEP_CONTACTS, HUB_KEEP_ROWS)"
        )
    _write(settings, tuple(key for name, key in keys.items() if name != key_id))


def sealed_by(settings: Settings) -> dict[str, int]:
    """Return how many pieces of the store each key has sealed; raises `click.ClickException`."""
    reader = Reader(settings)
    try:
        return {row["key"]: int(row["pieces"]) for row in reader.rows(SEALED)}
    except StoreAwayError as error:
        raise click.ClickException(str(error)) from error
    finally:
        reader.close()


def listed(settings: Settings) -> list[tuple[str, str, int]]:
    """Return name, purpose and pieces of each key, the one that seals first."""
    names = [Key(key).key_id for key in _there(settings)]
    pieces = sealed_by(settings)
    told = []
    for index, name in enumerate(names):
        uses = ["seals" if index == 0 else "opens"]
        uses += ["recognises people"] if index == len(names) - 1 else []
        told.append((name, ", ".join(uses), pieces.get(name, 0)))
    return told


def _there(settings: Settings) -> tuple[bytes, ...]:
    try:
        return load_keys(settings)
    except SealError as error:
        raise click.ClickException(str(error)) from error


def _write(settings: Settings, keys: tuple[bytes, ...]) -> None:
    write_private(key_path(settings), "".join(f"{key.hex()}\n" for key in keys))
