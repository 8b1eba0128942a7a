"""Which key stands on which line 重复查找: in a temporary file, so memory does not grow with rows.

The file holds no key in clear: each is hashed with a random key that no other run has. SQLite
deletes it when the connection ends, also after a crash.
"""

import sqlite3
from hashlib import blake2b
from secrets import token_bytes
from typing import NamedTuple

CACHE_KIBIBYTES = 65_536
KEY_BYTES, CONTENT_BYTES = 16, 8


class Earlier(NamedTuple):
    """An earlier row with the same key: where it stands, and whether it counts and is the same."""

    file: int
    position: str
    counts: bool
    is_same: bool


class SeenKeys:
    """The keys of one load; used by one thread."""

    def __init__(self) -> None:
        self._secret = token_bytes(32)
        # An empty name is a private temporary file that SQLite deletes.
        self._rows = sqlite3.connect("", isolation_level=None)
        self._rows.execute("PRAGMA journal_mode=OFF")
        self._rows.execute("PRAGMA synchronous=OFF")
        self._rows.execute(f"PRAGMA cache_size=-{CACHE_KIBIBYTES}")
        self._rows.execute(
            "CREATE TABLE seen (key BLOB PRIMARY KEY, content BLOB, file INT, position TEXT,"
            " counts INT) WITHOUT ROWID"
        )

    def add(
        self, key: str, content: bytes, file: int, position: str, *, counts: bool
    ) -> Earlier | None:
        """Remember a row; return the one with the same key that was remembered before it.

        Of two rows with one key the one that counts stays remembered, else the first.
        """
        hashed = blake2b(key.encode(), digest_size=KEY_BYTES, key=self._secret).digest()
        digest = blake2b(content, digest_size=CONTENT_BYTES, key=self._secret).digest()
        row = (hashed, digest, file, position, counts)
        insert = "INSERT OR IGNORE INTO seen VALUES (?, ?, ?, ?, ?)"
        if self._rows.execute(insert, row).rowcount:
            return None
        present = self._rows.execute(
            "SELECT file, position, counts, content FROM seen WHERE key = ?", (hashed,)
        ).fetchone()
        earlier = Earlier(present[0], present[1], bool(present[2]), present[3] == digest)
        if counts and not earlier.counts:
            self._rows.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?)", row)
        return earlier

    def close(self) -> None:
        """Delete the temporary file."""
        self._rows.close()
