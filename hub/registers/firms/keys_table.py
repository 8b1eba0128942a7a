"""The keys of all firms 检索键表: a table beside the register, made again for each version.

The table is filled in portions, so that the process that also stores events never waits long, and
exchanged when it is whole. Its comment is the basis: the version of the register, and of the rules.
"""

from collections.abc import Iterable
from typing import Any

from hub.registers.tables import COMMENT
from hub.store.client import Store
from streams.matching.firms.keys import keys_of
from streams.matching.firms.name import registered_names

RULES = 1
"""Version of the rules of keys and evidence; a higher one makes everything anew."""
PORTION = 10_000
"""Firms of one portion: about a fifth of a second."""
NEXT = """
SELECT code, name FROM firms FINAL WHERE code > {after:String}
ORDER BY code LIMIT {most:UInt32}"""
AREAS = "SELECT name FROM areas"
ENDS = ("街道办事处", "街道", "社区", "开发区", "省", "市", "区", "县", "镇", "乡", "村")


def basis_of(store: Store) -> str:
    """Return the basis that the table should have; empty before the first load of firms."""
    rows = store.rows(COMMENT, {"name": "firms"})
    version = str(rows[0][0]) if rows else ""
    return f"{version}/{RULES}" if version else ""


def regions_of(store: Store) -> frozenset[str]:
    """Return the names of the town's areas as names of firms have them: 石桥 of 石桥镇."""
    return frozenset(name for (full,) in store.rows(AREAS) if len(name := _bare(str(full))) > 1)


def _bare(name: str) -> str:
    return next((name.removesuffix(end) for end in ENDS if name.endswith(end)), name)


def _keys_of(name: str, regions: frozenset[str]) -> Iterable[str]:
    return dict.fromkeys(key for each in registered_names(name, regions) for key in keys_of(each))


class KeysTable:
    """Fills `firm_keys` for one basis, a portion at a time."""

    def __init__(self, store: Store, basis: str) -> None:
        self._store, self._basis = store, basis
        self._regions = regions_of(store)
        self._after = ""
        self._is_begun = False

    def is_current(self) -> bool:
        """Whether the table in use has this basis. Raises engine errors, as all methods do."""
        ((comment,),) = self._store.rows(COMMENT, {"name": "firm_keys"})
        return str(comment) == self._basis

    def fill(self) -> int:
        """Add the keys of the next firms; return their number, 0 when the table is in use."""
        if not self._is_begun:
            self._store.command("DROP TABLE IF EXISTS firm_keys_next SYNC")
            self._store.command("CREATE TABLE firm_keys_next AS firm_keys")
            self._is_begun = True
        firms = self._store.rows(NEXT, {"after": self._after, "most": PORTION})
        if not firms:
            self._publish()
            return 0
        rows: list[list[Any]] = [
            [key, code] for code, name in firms for key in _keys_of(str(name), self._regions)
        ]
        if rows:
            self._store.insert("firm_keys_next", ("key", "code"), rows)
        self._after = str(firms[-1][0])
        return len(firms)

    def _publish(self) -> None:
        self._store.command(f"ALTER TABLE firm_keys_next MODIFY COMMENT '{self._basis}'")
        self._store.command("EXCHANGE TABLES firm_keys_next AND firm_keys")
        self._store.command("DROP TABLE IF EXISTS firm_keys_next SYNC")
