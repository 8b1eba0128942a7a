"""The ring of keys 密钥环: the file of the keys that seal, and their rotation 轮换.

One key a line, 64 hexadecimal digits: the first seals, all open, the last one hashes. Processes
look at the file again by themselves; a key that has been dropped opens nothing any more.
"""

import os
import sys
from pathlib import Path

from hub.runtime.paths import DataPaths
from hub.runtime.private_file import create_private, write_private
from hub.runtime.watched_file import WatchedFile
from hub.security.sealing import (
    KEY_BYTES,
    Key,
    Keys,
    Ring,
    Sealer,
    SealError,
    UnknownKeyError,
)
from hub.settings.sealing import SealingSettings


def key_path(settings: SealingSettings) -> Path:
    """Return where the keys are."""
    return settings.key_file or DataPaths(settings.data).seal_key


def load_keys(settings: SealingSettings) -> tuple[bytes, ...]:
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
    """A sealer that reads its key file again when another process has rotated the keys."""

    def __init__(self, settings: SealingSettings) -> None:
        # Looked at before it is read: what changes in between is seen.
        self._settings, self._file, self._stale = settings, WatchedFile(key_path(settings)), False
        super().__init__(*load_keys(settings), suite=settings.seal_with)

    def _current(self) -> Keys:
        if self._file.has_changed() or self._stale:
            self._read_again()
        return self._keys

    def _key(self, key_id: str) -> Key:
        try:
            return super()._key(key_id)
        except UnknownKeyError:
            # Another process may have rotated the key since this one last looked at the file.
            self._read_again()
            return super()._key(key_id)

    def _read_again(self) -> None:
        # Until the file has been read, nothing is sealed with a key that may be nowhere else.
        self._stale = True
        self._take(Ring(load_keys(self._settings), self._settings.seal_with))
        self._stale = False


def open_sealer(settings: SealingSettings) -> Sealer:
    """Return what seals and opens, with the keys that are there; raises `SealError`."""
    return KeptSealer(settings)


def make_sealer(settings: SealingSettings) -> Sealer:
    """Return the same; where there is no key yet, make one with mode 0600 and say so."""
    path = key_path(settings)
    if create_private(path, os.urandom(KEY_BYTES).hex() + "\n"):
        sys.stderr.write(f"hub: made the key that seals personal data: {path} (keep a copy)\n")
    return open_sealer(settings)


def rotate(settings: SealingSettings) -> str:
    """Seal with a new key from now on; return its id. Raises `SealError`."""
    keys = (os.urandom(KEY_BYTES), *load_keys(settings))
    write_keys(settings, keys)
    return Key(keys[0]).key_id


def write_keys(settings: SealingSettings, keys: tuple[bytes, ...]) -> None:
    """Replace the file of the keys, the one that seals first."""
    write_private(key_path(settings), "".join(f"{key.hex()}\n" for key in keys))
