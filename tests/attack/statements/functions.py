"""Every function, table function, table and engine of the engine under attack, one at a time.

The lists are read from the engine when the test runs, so that functions of a new version are tried.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tests.attack.judge import Statement

ARGUMENTS = (
    "",
    "'{data}/notes.txt'",
    "'{data}/session.key', 'x'",
    "title",
    "title, 'own'",
    "'additional_table_filters'",
    "'additional_table_filters', 'x'",
    "'default', 'cases', 'body'",
    "'default.cases', 'title', 1",
    "seq",
    "seq, 2",
    "toString(seq), 3, 1",
    "opened_at",
    "opened_at, 'Asia/Shanghai'",
    "native_ids",
    "x -> x, native_ids",
    "body",
    "reporter_key, 'x'",
    "(SELECT max(body) FROM cases)",
    "tuple(title, seq)",
    "1, title, title, 1",
    "*",
)
"""Arguments with which a harmful function would do harm; some of them fit each function."""
PLACES = (
    "SELECT {call} FROM cases",
    "SELECT count() FROM cases WHERE toString({call}) LIKE '暗记A%'",
    "SELECT count() FROM cases PREWHERE toString({call}) LIKE '暗记A%'",
    "SELECT case_id FROM cases ORDER BY toString({call}), case_id",
    "SELECT count() FROM cases GROUP BY {call}",
    "SELECT case_id FROM cases LIMIT 1 BY {call}",
    "SELECT count() OVER (PARTITION BY {call}) FROM cases",
    "SELECT count() FROM cases WINDOW w AS (ORDER BY {call})",
    "SELECT max(toString({call})) FROM cases HAVING max(toString({call})) LIKE '暗记A%'",
    "SELECT x FROM cases ARRAY JOIN [{call}] AS x",
    "WITH {call} AS x SELECT x FROM cases",
    "SELECT (SELECT max(toString({call})) FROM cases)",
    "SELECT * FROM view(SELECT {call} FROM cases)",
    "SELECT arrayMap(y -> {call}, [1]) FROM cases",
    "SHOW TABLES WHERE toUInt64(concat('x', toString({call}))) = 1",
    "SHOW COLUMNS FROM cases WHERE toUInt64((SELECT concat('x', toString({call})) FROM cases)) = 1",
    "DESCRIBE (SELECT {call} FROM cases)",
    "EXPLAIN SYNTAX SELECT {call} FROM cases",
    "EXPLAIN SELECT {call} FROM cases",
    "SELECT {call} FROM events",
)
COMBINED = {
    "If": "(title, title LIKE '暗记A%')",
    "Array": "(native_ids)",
    "ForEach": "(native_ids)",
    "Map": "(map('a', title))",
    "Resample": "(0, 9, 1)(title, seq)",
    "ArgMin": "(title, body)",
    "ArgMax": "(title, seq)",
    "Tuple": "((title, seq))",
}
TABLE_ARGUMENTS = (
    "",
    "cases",
    "default, cases",
    "'default', 'cases'",
    "'default', '.*'",
    "'^cases$'",
    "SELECT body FROM cases",
    "'EXPLAIN', '', (SELECT body FROM cases)",
    "'{data}/notes.txt'",
    "'{data}/notes.txt', 'LineAsString'",
    "'{data}/notes.txt', 'LineAsString', 'x String'",
    "'file://{data}/notes.txt', 'LineAsString', 'x String'",
    "'http://127.0.0.1:1/', 'CSV', 'x String'",
    "'127.0.0.1:1', default.cases",
    "'127.0.0.1:1', 'default', 'cases', 'default', ''",
    "'default', default, cases",
    "'cat {data}/notes.txt', 'LineAsString', 'x String'",
    "LineAsString, '暗记'",
    "'SELECT body FROM cases'",
    "'default', 'cases', '_minmax_count_projection'",
    "'x String', (SELECT max(body) FROM cases)",
    "3",
)
TABLE_PLACES = (
    "SELECT * FROM {call}",
    "DESCRIBE {call}",
    "SELECT count() FROM {call}",
    "SELECT 1 IN (SELECT * FROM {call})",
    "SELECT count() FROM numbers(1) AS a CROSS JOIN {call} AS b",
    "EXPLAIN SELECT * FROM {call}",
    "INSERT INTO FUNCTION {call} SELECT title FROM cases",
    "CREATE TABLE x AS {call}",
    "EXISTS {call}",
    "SELECT * FROM view(SELECT * FROM {call})",
)
ENGINE_ARGUMENTS = (
    "",
    "()",
    "('{data}/notes.txt')",
    "(LineAsString, '{data}/notes.txt')",
    "(default, cases)",
    "('default', '.*')",
)
SYSTEM_PLACES = (
    "SELECT * FROM {table} LIMIT 200",
    "SELECT count() FROM {table}",
    "SELECT toUInt64(concat('x', toString(tuple(*)))) FROM {table} LIMIT 1",
    "SELECT * FROM view(SELECT * FROM {table}) LIMIT 200",
    "SELECT cityHash64(groupArray(tuple(*))) FROM (SELECT * FROM {table} ORDER BY ALL)",
    "SHOW CREATE TABLE {table}",
    "DESCRIBE {table}",
    "SELECT 1 WHERE 1 IN {table}",
)


@dataclass(frozen=True, slots=True)
class Known:
    """The functions, tables and settings of an engine, by name."""

    scalars: tuple[str, ...]
    aggregates: tuple[str, ...]
    combinators: tuple[str, ...]
    table_functions: tuple[str, ...]
    engines: tuple[str, ...]
    system_tables: tuple[str, ...]
    keywords: tuple[str, ...]
    statements: tuple[str, ...]
    settings: tuple[str, ...]
    examples: tuple[tuple[str, str], ...]
    """functions with the statements that the engine's own documentation shows"""


def functions(known: Known) -> Iterator[list[Statement]]:
    """Yield, for each function, calls with all arguments; each call uses the next place."""
    for number, name in enumerate((*known.scalars, *known.aggregates)):
        called = name if name.isidentifier() else f"`{name}`"
        calls = [f"{called}({argument})" for argument in ARGUMENTS]
        yield [
            Statement(
                PLACES[(number + n) % len(PLACES)].replace("{call}", call), f"function {name}"
            )
            for n, call in enumerate(calls)
        ]


def documented(known: Known) -> Iterator[list[Statement]]:
    """Yield, for each function, its calls in the engine's documentation, over our columns too."""
    for name, text in known.examples:
        calls = sorted(set(_calls(name, text)))[:4]
        changed = [
            change(call)
            for call in calls
            for change in (_as_it_is, _texts_ours, _names_ours("title"), _names_ours("seq"))
        ]
        yield [
            Statement(PLACES[n % len(PLACES)].replace("{call}", call), f"function {name}")
            for n, call in enumerate(dict.fromkeys(changed))
        ]


def _calls(name: str, text: str) -> Iterator[str]:
    """Yield the calls of a function in a text, each to its closing parenthesis."""
    for match in re.finditer(rf"\b{re.escape(name)}\(", text):
        depth, at = 0, match.end() - 1
        while at < len(text):
            depth += {"(": 1, ")": -1}.get(text[at], 0)
            at += 1
            if depth == 0 and text[at : at + 1] != "(":
                yield " ".join(text[match.start() : at].split())
                break


def _as_it_is(call: str) -> str:
    return call


def _texts_ours(call: str) -> str:
    """Return a call whose first text is replaced by a column of the hub."""
    return re.sub(r"'[^']*'", "title", call, count=1)


def _names_ours(column: str) -> Callable[[str], str]:
    """Return a call whose unknown column names are replaced by columns of the hub."""
    return lambda call: re.sub(r"(?<=[(, ])[a-z]\w*(?=[,)])(?![^']*'[,)])", column, call)


def combined(known: Known) -> Iterator[list[Statement]]:
    """Yield, for each aggregate function, its calls with every combinator."""
    for name in known.aggregates:
        yield [
            Statement(
                f"SELECT {name}{end}{COMBINED.get(end, '(title)')} FROM cases",
                f"function {name}{end}",
            )
            for end in known.combinators
        ]


def tables(known: Known) -> Iterator[list[Statement]]:
    """Yield, for each table function, engine and table of the engine, its uses."""
    for number, name in enumerate(known.table_functions):
        calls = [f"{name}({argument})" for argument in TABLE_ARGUMENTS]
        yield [
            Statement(place.replace("{call}", call), f"table function {name}")
            for n, call in enumerate(calls)
            for place in (TABLE_PLACES[0], TABLE_PLACES[1 + (number + n) % (len(TABLE_PLACES) - 1)])
        ]
    for name in known.engines:
        yield [
            Statement(f"{create} ENGINE = {name}{argument}", f"engine {name}")
            for argument in ENGINE_ARGUMENTS
            for create in (
                "CREATE TABLE x (x String)",
                "CREATE TEMPORARY TABLE x (x String)",
                "ATTACH TABLE x (x String)",
            )
        ]
    for name in known.system_tables:
        yield [
            Statement(place.replace("{table}", name), f"table {name}") for place in SYSTEM_PLACES
        ]


def settings(known: Known) -> Iterator[list[Statement]]:
    """Yield, for each setting of the engine, the ways to set and to read it."""
    for name in known.settings:
        yield [
            Statement(sql.replace("{name}", name), f"setting {name}")
            for sql in (
                "SELECT title FROM cases SETTINGS {name} = 1",
                "SELECT getSetting('{name}')",
                "SHOW SETTINGS LIKE '{name}'",
                "SET {name} = 0",
            )
        ]


def quoted(names: Sequence[str]) -> tuple[str, ...]:
    """Return names of tables of the engine with their database."""
    return tuple(name if "." in name else f"system.{name}" for name in names)
