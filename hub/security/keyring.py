"""The key ring 密钥环: the file of the keys that seal personal data, and their rotation 轮换.

Each line is one key of 64 hexadecimal digits. The first key seals, every key opens, the last one
hashes. Processes reread the file when it changes. Values of a dropped key cannot be opened.
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
    """Return the path of the key file."""
    return settings.key_file or DataPaths(settings.data).seal_key


def load_keys(settings: SealingSettings) -> tuple[bytes, ...]:
    """Return the keys; raises `SealError` if there is none, or a line is not a key."""
    path = key_path(settings)
    try:
        keys = tuple(bytes.fromhex(line) for line in path.read_text(encoding="ascii").split())
    except FileNotFoundError as error:
        raise SealError(f"there is no key file {path}: set HUB_KEY_FILE to its path") from error
    except ValueError as error:
        raise SealError(f"{path} is invalid: each line must be 64 hexadecimal digits") from error
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise SealError(f"{path} is invalid: each line must be 64 hexadecimal digits")
    return keys


class KeptSealer(Sealer):
    """A sealer that reads its key file again when another process has rotated the keys."""

    def __init__(self, settings: SealingSettings) -> None:
        # Create the watcher before the first read, so that no change between the two is missed.
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
        # Stay stale until the file was read: never seal with a key that may be in no file.
        self._stale = True
        self._take(Ring(load_keys(self._settings), self._settings.seal_with))
        self._stale = False


def open_sealer(settings: SealingSettings) -> Sealer:
    """Return a sealer with the existing keys; raises `SealError` if there is none."""
    return KeptSealer(settings)


def make_sealer(settings: SealingSettings) -> Sealer:
    """Return a sealer. Without a key file, create one (mode 0600) and print its path on stderr."""
    path = key_path(settings)
    if create_private(path, os.urandom(KEY_BYTES).hex() + "\n"):
        sys.stderr.write(f"hub: created the key that seals personal data: {path} (keep a copy)\n")
    return open_sealer(settings)


def rotate(settings: SealingSettings) -> str:
    """Add a new key, which seals from now on; return its id. Raises `SealError`."""
    keys = (os.urandom(KEY_BYTES), *load_keys(settings))
    write_keys(settings, keys)
    return Key(keys[0]).key_id


def write_keys(settings: SealingSettings, keys: tuple[bytes, ...]) -> None:
    """Replace the key file; the first key seals."""
    write_private(key_path(settings), "".join(f"{key.hex()}\n" for key in keys))
