"""The stored form of an entry 入库: personal data sealed, a person's key hashed.

A person is found again only by his ID number and with the key ring: the store has a keyed hash of
it. The hash is of a kind of its own, so nobody can join the register with the reporters of events.
Of an entry that does not count any more no personal data is kept (个人信息保护法 art. 19).
"""

from collections.abc import Mapping
from typing import Any

import orjson

from hub.registers.column import Register
from hub.security.sealing import Sealer
from schemas.registers.document import DocumentKind
from schemas.registers.entry import Entry, RegisterKind

MATCH_KIND = "registered-person"


class EntrySealer:
    """Makes the rows of one register; the order is that of `Register.table_columns`."""

    def __init__(self, register: Register, sealer: Sealer) -> None:
        self._register, self._sealer = register, sealer

    def code_of(self, key: str) -> str:
        """Return the `code` under which the store has an entry."""
        if self._register.kind is RegisterKind.PEOPLE:
            return self._sealer.match_key(MATCH_KIND, key)
        return key

    def row(self, entry: Entry, division: str, ordinal: int) -> list[Any]:
        """Return the row of an entry; days are ISO 8601 texts, as JSON has them.

        `ordinal` is its number in the load, from 1: of two rows the one with the higher counts.
        """
        code = self.code_of(getattr(entry, self._register.key))
        fields = entry.model_dump(mode="json")
        values = {**fields, "code": code, "division_code": division}
        values["sealed"] = self._sealed(code, fields) if entry.counts else ""
        if not entry.counts and self._register.kind is RegisterKind.PEOPLE:
            values |= {"classes": [], "household": ""}
        values["ordinal"] = ordinal
        return [values[name] for name in self._register.table_columns]

    def open(self, code: str, sealed: str) -> Mapping[str, str]:
        """Return the sealed fields of a row; empty if it has none. Raises `SealError`."""
        if not sealed:
            return {}
        opened: dict[str, str] = orjson.loads(self._sealer.open(self._bound_to(code), sealed))
        return opened

    def _sealed(self, code: str, fields: Mapping[str, Any]) -> str:
        personal = {
            name: fields[name]
            for name in self._register.sealed
            if fields[name] and fields[name] != DocumentKind.ID_CARD
        }
        if not personal:
            return ""
        return self._sealer.seal(self._bound_to(code), orjson.dumps(personal))

    def _bound_to(self, code: str) -> str:
        return f"register/{self._register.kind}/{code}"
