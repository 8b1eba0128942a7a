"""What may be asked by SQL 查询守卫: one reading statement, of tables and columns in sight.

The engine itself reads the statement: its parser and its analyzer tell which functions, tables and
columns are named, so nothing can be spelt past us. Whatever is not known to be harmless is refused.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from clickhouse_connect.driver.exceptions import ClickHouseError

from hub.sql.roles import HIDDEN, SYSTEM, Sight
from hub.store.catalogue import DATA

Ask = Callable[[str, dict[str, Any]], list[str]]
"""Asks the engine, by a client that is read-only; gives the first column."""

EXPLAINED = re.compile(r"EXPLAIN (?:(?:AST|SYNTAX|PLAN|PIPELINE|ESTIMATE) )?(?=SELECT|WITH)")
METADATA = frozenset({
    "ShowTables", "ShowColumns", "ShowFunctions", "ShowIndexes", "ShowEngineQuery",
    "ExistsTableQuery", "ExistsViewQuery", "ExistsDatabaseQuery", "ShowCreateTableQuery",
    "ShowCreateViewQuery",
})  # fmt: skip
"""Statements, by the engine's name of them, that show names and types only."""
TABLE_FUNCTIONS = frozenset({
    "numbers", "numbers_mt", "zeros", "zeros_mt", "values", "generateseries", "generate_series",
    "view", "null", "primes", "sqlstandardvalues",
})  # fmt: skip
FORBIDDEN = re.compile(
    r"file|ai[A-Z].*|AI.*|.*dictget.*|dictHas|dictIs.*|joinget.*|sleep.*|logtrace|showcertificate"
    r"|fuzzquery|eval.*|catboost.*|naivebayes.*|getmacro|getclienthttpheader|currentrequesturl"
    r"|filesystem.*|region.*|addressto.*|demangle|initializeaggregation|__.*|obfuscate.*|throwif",
    re.IGNORECASE,
)
"""Functions that reach beyond the store, wait, or could tell words in an error."""
FUNCTION = re.compile(r"^( *)Function (\w+)")
NODE = re.compile(r"^( *)(\w+)")
NAMED = re.compile(r"^ *(TableIdentifier|Identifier) (\S+)")
TABLE = re.compile(r"\bTABLE id: (\d+),.*?table_name: ([\w.]+)")
COLUMN = re.compile(r"\bCOLUMN id: \d+,.*?column_name: (\S+), .*?source_id: (\d+)")
TABLE_FUNCTION = re.compile(r"TABLE_FUNCTION id: \d+,.*?table_function_name: (\w+)")
CODE = re.compile(r"Code: (\d+)")
TOLD = frozenset({
    "42", "43", "46", "47", "60", "62", "63", "80", "164", "179", "184", "207", "215", "386", "403",
    "456", "457",
})  # fmt: skip
"""Errors of the analyzer that speak of names and types; another could tell what a row says."""


class RefusedError(ValueError):
    """A statement that is not for this asker; the message begins with ClickHouse's code."""


def _refuse(why: str) -> RefusedError:
    return RefusedError(f"Code: 497. {why}")


def canonical(ask: Ask, sql: str) -> str:
    """Return the one statement of `sql` as the engine writes it; raises where there are two."""
    (text,) = ask("SELECT formatQuerySingleLine({q:String})", {"q": sql})
    return text


def check(ask: Ask, statement: str, parameters: dict[str, Any], sight: Sight | None) -> None:
    """Raise `RefusedError` where a canonical statement is not for somebody of this sight.

    Without a sight all tables are his, and still nothing that writes or reaches out.
    """
    if re.search(r"\bINTO OUTFILE\b", statement):
        raise _refuse("INTO OUTFILE is not possible here: the endpoint is read-only")
    tree = ask(f"EXPLAIN AST {statement}", parameters)
    kind = tree[0].split(" ", 1)[0]
    if kind in METADATA:
        return
    if kind == "DescribeQuery":
        _check_described(tree)
        return
    asked = statement
    if kind == "Explain":
        found = EXPLAINED.match(statement)
        if not found:
            raise _refuse("of EXPLAIN only PLAN, PIPELINE, SYNTAX, AST and ESTIMATE of a SELECT")
        asked = statement[found.end() :]
        tree = ask(f"EXPLAIN AST {asked}", parameters)
        kind = tree[0].split(" ", 1)[0]
    if kind != "SelectWithUnionQuery":
        raise _refuse("only what reads is possible here: SELECT, SHOW, DESCRIBE, EXISTS, EXPLAIN")
    _check_functions(tree)
    if sight is None:
        return
    _check_named(tree, sight)
    _check_sets(tree)
    try:
        resolved = ask(f"EXPLAIN QUERY TREE {asked}", parameters)
    except ClickHouseError as error:
        found = CODE.search(str(error))
        if found and found[1] in TOLD:
            raise RefusedError(str(error)) from error
        raise _own_or_failing() from error
    _check_tables(resolved, sight)


def _check_named(tree: list[str], sight: Sight) -> None:
    """Raise for a table out of sight before the analyzer runs what it takes for a constant."""
    for line in tree:
        found = NAMED.match(line)
        if not found:
            continue
        name = found[2].removeprefix("default.")
        if (found[1] == "TableIdentifier" and "." in name) or name in DATA:
            _check_name(found[2], sight)


def _check_described(tree: list[str]) -> None:
    named = [found[2] for line in tree if (found := NAMED.match(line))
             if found[1] == "TableIdentifier"]  # fmt: skip
    if len(named) != 1 or any(FUNCTION.match(line) for line in tree):
        raise _refuse("DESCRIBE names one table or view")


def _nodes(tree: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield each line with the nodes above it, the nearest last; a function by its name."""
    path: list[str] = []
    for line in tree:
        node, function = NODE.match(line), FUNCTION.match(line)
        if node:
            path = path[: len(node[1])]
            yield line, path
            path = [*path, function[2] if function else node[2]]


def _check_functions(tree: list[str]) -> None:
    """Raise for a function that reaches out; one right below TableExpression is a table's."""
    for line, above in _nodes(tree):
        found = FUNCTION.match(line)
        if not found:
            continue
        if above[-1:] == ["TableExpression"]:
            if found[2].lower() not in TABLE_FUNCTIONS:
                raise _refuse(f"table function {found[2]} is not possible here")
        elif FORBIDDEN.fullmatch(found[2]):
            raise _refuse(f"function {found[2]} is not possible here")


def _check_sets(tree: list[str]) -> None:
    """Raise for `IN table`, which compares with all columns, those of the hub itself too."""
    for line, above in _nodes(tree):
        named = NAMED.match(line)
        if named and named[2].removeprefix("default.") in HIDDEN:
            within = above[-2].lower() if len(above) > 1 else ""
            if within.endswith("in"):
                raise _own_or_failing()


def _check_tables(resolved: list[str], sight: Sight) -> None:
    """Raise for a table out of sight, or a column that is the hub's own."""
    text = "\n".join(resolved)
    names: dict[str, set[str]] = {}
    for number, name in TABLE.findall(text):
        names.setdefault(number, set()).add(_check_name(name, sight))
    for name in TABLE_FUNCTION.findall(text):
        if name.lower() not in TABLE_FUNCTIONS:
            raise _refuse(f"table function {name} is not possible here")
    for column, number in COLUMN.findall(text):
        for name in names.get(number, ()):
            if column.split(".")[0] in HIDDEN.get(name, ()):
                raise _own_or_failing()


def _check_name(told: str, sight: Sight) -> str:
    """Return the name of a table without its database, where it is in sight."""
    name = told.removeprefix("default.")
    if "." not in name and name in sight.names:
        return name
    if name.lower() in SYSTEM or name.startswith("_table_function"):
        return name
    raise _refuse(f"{told} is no table or view that you may ask")


def _own_or_failing() -> RefusedError:
    """Return one answer for both: which of them it was would tell what a hidden column says."""
    own = "; ".join(f"{table}: {', '.join(columns)}" for table, columns in HIDDEN.items())
    return _refuse(
        f"The query fails on a row, or names a column that is for the hub itself ({own})."
        " Name the columns that you want, or ask SELECT * EXCEPT (…)"
    )
