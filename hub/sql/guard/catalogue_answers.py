"""SHOW, DESCRIBE and EXISTS 目录问答: answered from the catalogue, never run by the engine.

Each becomes a SELECT over one literal, so the engine only formats the answer.
"""

import fnmatch
import re
from collections.abc import Mapping
from typing import Any

from hub.sql.guard.catalogue import DATABASE, Catalogue, VisibleRelation
from hub.sql.guard.refusals import RefusedError, refusal
from hub.sql.guard.statement import END, Token, unquoted
from hub.sql.guard.system_tables import Row, function_rows, literal_rows, setting_rows

STRING, FLAG = "String", "UInt8"
POSSIBLE = (
    "SHOW DATABASES, SHOW TABLES, SHOW COLUMNS FROM a table, SHOW CREATE of a table or view,"
    " SHOW FUNCTIONS and SHOW SETTINGS, each with LIKE 'pattern', DESCRIBE and EXISTS are allowed"
)
FIRST = frozenset({"SHOW", "DESCRIBE", "EXISTS"})


def is_of_catalogue(tokens: list[Token]) -> bool:
    """Return whether this module answers the statement."""
    return bool(tokens) and tokens[0].text in FIRST


def answer(tokens: list[Token], catalogue: Catalogue, limits: Mapping[str, Any]) -> str:
    """Return the SELECT that answers a statement; raises `RefusedError` if it has no answer."""
    words = _Words(tokens)
    if words.skip("DESCRIBE"):
        words.skip("TABLE")
        return _described(words, catalogue)
    if words.skip("EXISTS"):
        return _exists(words, catalogue)
    words.need("SHOW")
    if words.skip("CREATE"):
        return _create(words, catalogue)
    words.skip("FULL", "EXTENDED", "CHANGED")
    words.skip("FULL")
    for word, shown in (
        ("DATABASES", _databases),
        ("TABLES", _tables),
        ("COLUMNS", _columns),
        ("FUNCTIONS", _functions),
        ("SETTINGS", _settings),
    ):
        if words.skip(word):
            return shown(words, catalogue, limits)
    raise refusal(f"SHOW {words.current.text[:30]} is not allowed", POSSIBLE)


class _Words:
    """Reads tokens from the left."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens, self._at = tokens, 0

    @property
    def current(self) -> Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else END

    def skip(self, *texts: str) -> bool:
        is_there = self.current.kind == "word" and self.current.text in texts
        self._at += is_there
        return is_there

    def need(self, text: str) -> None:
        if not self.skip(text):
            raise self.refused()

    def name(self) -> str:
        """Return the name at the current token and move past it."""
        name = self.current.name
        if not name:
            raise self.refused()
        self._at += 1
        return name

    def relation(self) -> tuple[str, str]:
        """Return database and name; the database is empty if the statement names none."""
        first = self.name()
        if self.current.text != ".":
            return "", first
        self._at += 1
        return first, self.name()

    def pattern(self) -> "tuple[str, bool, bool] | None":
        """Return a pattern, whether it is negated, and whether case does not matter."""
        negated = self.skip("NOT")
        if not self.skip("LIKE", "ILIKE"):
            if negated:
                raise self.refused()
            return None
        ignores_case = self._tokens[self._at - 1].text == "ILIKE"
        if self.current.kind != "string":
            raise self.refused()
        self._at += 1
        return unquoted(self._tokens[self._at - 1].text), negated, ignores_case

    def limit(self) -> int | None:
        if not self.skip("LIMIT"):
            return None
        if self.current.kind != "number" or not self.current.text.isdigit():
            raise self.refused()
        self._at += 1
        return int(self._tokens[self._at - 1].text)

    def end(self) -> None:
        """Raise `RefusedError` if tokens are left, such as a WHERE, which the engine would run."""
        if self.current is not END:
            raise self.refused()

    def refused(self) -> RefusedError:
        text = self.current.text[:30] or "the end"
        if text == "WHERE":
            return refusal(
                "WHERE is not allowed in SHOW",
                "use LIKE 'pattern', or SELECT … FROM system.tables WHERE …",
            )
        if text == "(":
            return refusal(
                "DESCRIBE takes one table or view, not a query",
                "run the query with LIMIT 0 and FORMAT TabSeparatedWithNamesAndTypes",
            )
        return refusal(f"{text!r} is not allowed in this statement", POSSIBLE)


def _rest(words: _Words, columns: dict[str, str], rows: list[Row]) -> str:
    """Return the rows whose first column matches LIKE, at most LIMIT of them."""
    pattern, limit = words.pattern(), words.limit()
    words.end()
    first = next(iter(columns))
    if pattern is not None:
        text, negated, ignores_case = pattern
        known = like(text, ignores_case=ignores_case)
        rows = [row for row in rows if bool(known.fullmatch(str(row[first]))) != negated]
    return literal_rows(columns, rows[:limit])


def like(pattern: str, *, ignores_case: bool) -> re.Pattern[str]:
    """Return a LIKE pattern as a regular expression: % any text, _ one character."""
    parts, at = [], 0
    while at < len(pattern):
        sign = pattern[at]
        if sign == "\\" and at + 1 < len(pattern):
            at += 1
            parts.append(_shell(pattern[at]))
        else:
            parts.append({"%": "*", "_": "?"}.get(sign) or _shell(sign))
        at += 1
    # Use fnmatch, because its regular expressions do not backtrack.
    return re.compile(fnmatch.translate("".join(parts)), re.IGNORECASE if ignores_case else 0)


def _shell(sign: str) -> str:
    return f"[{sign}]" if sign in "*?[" else sign


def _databases(words: _Words, _: Catalogue, __: Mapping[str, Any]) -> str:
    return _rest(words, {"name": STRING}, [{"name": DATABASE}])


def _tables(words: _Words, catalogue: Catalogue, _: Mapping[str, Any]) -> str:
    database = words.name() if words.skip("FROM", "IN") else DATABASE
    names = catalogue.relations if database == DATABASE else {}
    return _rest(words, {"name": STRING}, [{"name": name} for name in names])


def _columns(words: _Words, catalogue: Catalogue, _: Mapping[str, Any]) -> str:
    if not words.skip("FROM", "IN"):
        raise words.refused()
    database, name = words.relation()
    if words.skip("FROM", "IN"):
        database = words.name()
    rows = [
        {
            "field": column.name,
            "type": column.type,
            "comment": column.comment,
            "null": "YES" if column.type.startswith("Nullable") else "NO",
        }
        for column in _known(catalogue, database, name).columns
    ]
    names = ("field", "type", "null", "key", "default", "extra", "comment")
    return _rest(words, dict.fromkeys(names, STRING), rows)


def _functions(words: _Words, catalogue: Catalogue, limits: Mapping[str, Any]) -> str:
    columns = {"name": STRING, "is_aggregate": FLAG, "origin": STRING, "description": STRING}
    return _rest(words, columns, function_rows(catalogue, limits))


def _settings(words: _Words, catalogue: Catalogue, limits: Mapping[str, Any]) -> str:
    columns = {"name": STRING, "type": STRING, "value": STRING}
    return _rest(words, columns, setting_rows(catalogue, limits))


def _described(words: _Words, catalogue: Catalogue) -> str:
    if words.current.text == "(":
        raise words.refused()
    relation = _known(catalogue, *words.relation())
    words.end()
    rows = [
        {"name": column.name, "type": column.type, "comment": column.comment}
        for column in relation.columns
    ]
    names = (
        "name",
        "type",
        "default_type",
        "default_expression",
        "comment",
        "codec_expression",
        "ttl_expression",
    )
    return literal_rows(dict.fromkeys(names, STRING), rows)


def _exists(words: _Words, catalogue: Catalogue) -> str:
    is_database, is_view = words.skip("DATABASE"), words.skip("VIEW")
    if not is_database and not is_view:
        words.skip("TEMPORARY")
        words.skip("TABLE")
    if is_database:
        exists = words.name() == DATABASE
    else:
        relation = catalogue.find(*words.relation())
        exists = relation is not None and (relation.is_view or not is_view)
    words.end()
    return literal_rows({"result": FLAG}, [{"result": int(exists)}])


def _create(words: _Words, catalogue: Catalogue) -> str:
    words.skip("TABLE", "VIEW")
    relation = _known(catalogue, *words.relation())
    words.end()
    kind = "VIEW" if relation.is_view else "TABLE"
    columns = ",\n".join(f"    `{column.name}` {column.type}" for column in relation.columns)
    statement = f"CREATE {kind} {DATABASE}.{relation.name}\n(\n{columns}\n)"
    return literal_rows({"statement": STRING}, [{"statement": statement}])


def _known(catalogue: Catalogue, database: str, name: str) -> VisibleRelation:
    relation = catalogue.find(database, name)
    if relation is None:
        shown = f"{database}.{name}" if database else name
        raise refusal(
            f"{shown[:80]} is not a table or view that you may query",
            "SHOW TABLES lists those that you may query",
        )
    return relation
