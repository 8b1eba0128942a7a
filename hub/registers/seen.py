"""Which key stands on which line 重复查找: in a temporary file, so memory hardly grows with rows.

The file holds no key in clear: each is hashed with a random key that no other run has. SQLite
deletes it when the connection ends, also after a crash.

A bitmap in memory says of most keys that they are new, without a look into the file. New rows are
written in portions in the order of their keys, which the file takes far faster than one by one.
"""

import sqlite3
from hashlib import blake2b
from secrets import token_bytes
from typing import NamedTuple

CACHE_KIBIBYTES = 65_536
KEY_BYTES, CONTENT_BYTES = 16, 8
PORTION = 50_000
"""Rows that wait in memory until they are written."""
BITS = 28
"""The bitmap has 2^28 bits, which are 32 MB; at five million keys one look in fifty is in vain."""
INSERT = "INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?)"
Seen = tuple[bytes, int, str, bool]
"""Digest of the content, number of the file, position, and whether the row counts."""


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
        self._bitmap = bytearray(2**BITS // 8)
        self._waiting: dict[bytes, Seen] = {}

    def add(
        self, key: str, content: bytes, file: int, position: str, *, counts: bool
    ) -> Earlier | None:
        """Remember a row; return the one with the same key that was remembered before it.

        Of two rows with one key the one that counts stays remembered, else the first.
        """
        hashed = blake2b(key.encode(), digest_size=KEY_BYTES, key=self._secret).digest()
        digest = blake2b(content, digest_size=CONTENT_BYTES, key=self._secret).digest()
        present = self._find(hashed)
        if present is not None:
            earlier = Earlier(present[1], present[2], bool(present[3]), present[0] == digest)
            if earlier.counts or not counts:
                return earlier
        else:
            earlier = None
        self._waiting[hashed] = (digest, file, position, counts)
        if len(self._waiting) >= PORTION:
            self._write()
        return earlier

    def close(self) -> None:
        """Delete the temporary file."""
        self._rows.close()

    def _find(self, hashed: bytes) -> Seen | None:
        """Return the row that is remembered under a hash, and mark the hash in the bitmap."""
        bit = int.from_bytes(hashed[:4], "big") >> (32 - BITS)
        byte, mask = bit >> 3, 1 << (bit & 7)
        if not self._bitmap[byte] & mask:
            self._bitmap[byte] |= mask
            return None
        if hashed in self._waiting:
            return self._waiting[hashed]
        row: Seen | None = self._rows.execute(
            "SELECT content, file, position, counts FROM seen WHERE key = ?", (hashed,)
        ).fetchone()
        return row

    def _write(self) -> None:
        rows = sorted((hashed, *seen) for hashed, seen in self._waiting.items())
        self._rows.execute("BEGIN")
        self._rows.executemany(INSERT, rows)
        self._rows.execute("COMMIT")
        self._waiting.clear()
