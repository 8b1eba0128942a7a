"""Checks of a SELECT 查询检查: every word, every node of its syntax tree, every table and column.

All names are checked before the analyzer runs: it evaluates constant expressions, so it would run
a subquery while the guard is still deciding whether the subquery is allowed.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from hub.sql.guard.functions import Verdict, function_of, refused_function, refused_table_function
from hub.sql.guard.keywords import ALLOWED
from hub.sql.guard.refusals import RefusedError, refusal
from hub.sql.guard.statement import END, Node, Token, unquoted
from hub.sql.roles import HIDDEN, Visibility
from hub.store.catalogue import DATA

DATABASE = "default."
DATABASES = frozenset({"default", "system", "information_schema"})
REAL_SYSTEM = frozenset({"system.one", "system.numbers"})
"""System tables that the engine reads; the hub answers the others."""
ASTERISKS = frozenset(
    {
        "Asterisk",
        "QualifiedAsterisk",
        "ColumnsRegexpMatcher",
        "QualifiedColumnsRegexpMatcher",
    }
)
NODES = ASTERISKS | frozenset(
    {
        "Root",
        "SelectWithUnionQuery",
        "SelectIntersectExceptQuery",
        "SelectQuery",
        "ExpressionList",
        "Subquery",
        "WithElement",
        "TablesInSelectQuery",
        "TablesInSelectQueryElement",
        "TableExpression",
        "TableJoin",
        "TableIdentifier",
        "ArrayJoin",
        "Identifier",
        "Literal",
        "Function",
        "ColumnsListMatcher",
        "QualifiedColumnsListMatcher",
        "ColumnsTransformerList",
        "ColumnsExceptTransformer",
        "ColumnsReplaceTransformer",
        "ColumnsReplaceTransformer::Replacement",
        "OrderByElement",
        "WindowListElement",
        "WindowDefinition",
        "InterpolateElement",
    }
)
"""Reviewed kinds of syntax tree nodes."""
CLAUSES = {"Set": "SETTINGS", "SampleRatio": "SAMPLE", "ColumnsApplyTransformer": "APPLY"}
FAMILIES = """
array nullable lowcardinality tuple map variant fixedstring datetime datetime64 time64 enum
enum8 enum16 decimal decimal32 decimal64 decimal128 decimal256 dynamic numeric dec varchar char
"""
PARAMETRIC_TYPES = frozenset(FAMILIES.split())
SETS = re.compile(r"(?:global)?(?:not)?(?:null)?in", re.IGNORECASE)
TABLE = re.compile(r"\bTABLE id: (\d+),.*?table_name: ([\w.]+)")
COLUMN = re.compile(r"\bCOLUMN id: \d+,.*?column_name: (\S+), .*?source_id: (\d+)")
FUNCTION = re.compile(r"^ *FUNCTION id: \d+, function_name: (\w+)", re.MULTILINE)
TABLE_FUNCTION = re.compile(r"TABLE_FUNCTION id: \d+,.*?table_function_name: (\w+)")


INSERTED = frozenset({"getSubcolumn"})
"""Functions that the analyzer inserts, besides those whose names begin with `_`. A user cannot have
written them: the syntax tree was checked before."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a statement may name: the role's relations, and the names of all relations."""

    visibility: Visibility
    relations: frozenset[str]


def check_select(tree: Node, tokens: list[Token], scope: Scope) -> None:
    """Raise `RefusedError` unless every part of a SELECT is on a list."""
    for node in tree.walk():
        if node.kind not in NODES:
            clause = CLAUSES.get(node.kind, node.kind)
            raise refusal(f"{clause} is not allowed", "send one plain SELECT")
        if node.kind == "Function":
            check_function(node)
        elif node.kind == "Identifier":
            check_reference(node)
        elif node.kind == "TableExpression" and _renames(node):
            raise refusal(
                "a list of column names after the alias of a table is not allowed",
                "name the columns in the SELECT, with AS",
            )
    tables = _tables(tree, tokens, scope)
    hidden = _hidden(tables)
    for node in tree.walk():
        if node.kind == "Identifier" and not _is_excluded(node) and _parts(node.name) & hidden:
            raise own_columns(tables)
    _check_calls(tokens)
    _check_words(tokens, hidden, tables)
    _check_sets(tree, tokens, scope)
    for node in tree.walk():
        if node.kind in ASTERISKS:
            _check_asterisk(node)


def check_function(node: Node) -> None:
    """Raise for a function that the list does not allow; in a FROM it is a table function."""
    above = node.above
    if above is not None and above.kind == "TableExpression":
        refused = refused_table_function(node.name)
        if refused is None and node.name.lower() == "values" and node.arguments:
            first = node.arguments[0]
            if first.kind == "Literal" and first.name.startswith("'"):
                _check_type(first)
    else:
        refused = refused_function(node.name)
        entry = function_of(node.name)
        if refused is None and entry is not None and entry.verdict is Verdict.TYPED:
            of_json = entry.name.startswith("JSON")
            for argument in node.arguments[-1:] if of_json else node.arguments[1:2]:
                _check_type(argument)
    if refused is not None:
        raise refused


def check_reference(node: Node) -> None:
    """Raise for the bare name of a function: the engine takes `arrayMap(f, …)` for a call of f."""
    entry = function_of(node.name)
    if entry is not None and entry.verdict in (Verdict.REFUSED, Verdict.TYPED):
        raise refused_function(node.name) or refusal(
            f"{node.name} is not allowed without its arguments", "write x -> CAST(x, 'Type')"
        )


def _renames(node: Node) -> bool:
    return any(child.kind == "ExpressionList" for child in node.children)


def _check_type(argument: Node) -> None:
    """Raise for a type that is not a literal, or that names a function or an unknown family."""
    text = unquoted(argument.name) if argument.name.startswith("'") else ""
    plain = re.sub(r"'(?:[^'\\]|\\.)*'|`\w+` (?=\w)", "", text)
    families = {family.lower() for family in re.findall(r"(\w+)\s*\(", plain)}
    is_plain = argument.kind == "Literal" and text and not re.search(r"--|/\*|[#`;]", plain)
    if not is_plain or families - PARAMETRIC_TYPES:
        raise refusal(
            "only plain types are allowed",
            "write the name of a type as a literal, such as 'UInt64' or 'Array(String)'",
        )


def own_columns(tables: Mapping[str, object] | frozenset[str]) -> RefusedError:
    """Return the refusal of hidden columns, with the query to use instead."""
    own = [table for table in HIDDEN if table in tables]
    named = "; ".join(f"{table}: {', '.join(HIDDEN[table])}" for table in own)
    asked = " or ".join(
        f"SELECT * EXCEPT ({', '.join(HIDDEN[table])}) FROM {table}" for table in own
    )
    return refusal(
        f"the query reads a column that only the hub may read ({named})",
        f"name the columns that you need, or use {asked}",
    )


def relation(name: str) -> str:
    """Return the name of a table without the hub's database."""
    return name.removeprefix(DATABASE)


def _tables(tree: Node, tokens: list[Token], scope: Scope) -> frozenset[str]:
    """Return the tables and views that a statement names; raises for one that is not visible."""
    ctes = _ctes(tokens)
    named = set()
    for node in tree.walk():
        if node.kind == "TableIdentifier":
            name = relation(node.name)
            known = name in scope.visibility.names or name.lower() in REAL_SYSTEM
            is_cte = name in ctes and "." not in name and name not in scope.relations
            if not known and (name in DATA or not is_cte):
                raise not_visible(node.name)
            named.add(name)
    return frozenset(named)


def not_visible(name: str) -> RefusedError:
    """Return the refusal of a table that is not visible or does not exist."""
    return refusal(
        f"{name[:80]} is not a table or view that you may query",
        "SHOW TABLES lists those that you may query",
    )


def _ctes(tokens: list[Token]) -> set[str]:
    """Return the names that WITH gives to subqueries."""
    return {
        name.name
        for before, name, word, bracket in zip(
            tokens, tokens[1:], tokens[2:], tokens[3:], strict=False
        )
        if before.text in ("WITH", ",")
        and word.text == "AS"
        and (bracket.text in ("(", "MATERIALIZED", "NOT"))
    }


def _check_words(tokens: list[Token], hidden: set[str], tables: frozenset[str]) -> None:
    """Raise for a name of a hidden column in any clause, and for names that the engine uses."""
    for token in _outside_except(tokens):
        parts = _parts(token.name)
        if parts & hidden:
            raise own_columns(tables)
        if any(part.startswith("_") for part in parts):
            raise refusal(
                f"{token.name[:40]} is not allowed: the engine uses such names itself",
                "choose an alias that begins with a letter",
            )
        if token.kind == "quoted" and parts & DATABASES and "." in token.name:
            # The engine also matches row filters by alias, so this alias would get one.
            raise refusal(f"{token.text[:40]} is not allowed", "choose an alias without a database")


def _check_calls(tokens: list[Token]) -> None:
    """Raise for a call that the printed tree may omit: a name before a parenthesis."""
    for token, after in pairwise(tokens):
        if not token.name or after.text != "(" or token.text in ALLOWED:
            continue
        refused = refused_function(token.name)
        if refused is not None and refused_table_function(token.name) is not None:
            raise refused


def _parts(name: str) -> set[str]:
    """Return the parts of a name between dots, in lower case."""
    return {part.strip(" `:^").lower() for part in name.split(".")}


def _hidden(tables: frozenset[str]) -> set[str]:
    return {column for table in tables for column in HIDDEN.get(table, ())}


def _is_excluded(node: Node) -> bool:
    return node.above is not None and node.above.kind == "ColumnsExceptTransformer"


def _outside_except(tokens: list[Token]) -> Iterator[Token]:
    """Yield the tokens except those that `* EXCEPT (…)` excludes."""
    at = 0
    while at < len(tokens):
        token, before = tokens[at], tokens[at - 1] if at else END
        if token.text == "EXCEPT" and before.text in ("*", ")"):
            after = at + 1 + (tokens[at + 1 : at + 2] != [] and tokens[at + 1].text == "STRICT")
            end = _end_of_names(tokens, after)
            if end > after:
                at = end
                continue
        yield token
        at += 1


def _end_of_names(tokens: list[Token], at: int) -> int:
    """Return where the list of bare names at `at` ends; `at` itself if there is none."""
    if at < len(tokens) and tokens[at].name and tokens[at].text != "SELECT":
        return at + 1
    if at >= len(tokens) or tokens[at].text != "(":
        return at
    end = at + 1
    while end < len(tokens) and (tokens[end].name or tokens[end].text == ","):
        if tokens[end].text in ("SELECT", "WITH", "FROM"):
            return at
        end += 1
    return end + 1 if end < len(tokens) and tokens[end].text == ")" else at


def _check_sets(tree: Node, tokens: list[Token], scope: Scope) -> None:
    """Raise for `IN table`: it compares with all columns, hidden ones included."""
    ctes = _ctes(tokens)
    for node in tree.walk():
        if node.kind != "Function" or not SETS.fullmatch(node.name):
            continue
        for argument in node.arguments[1:2]:
            if argument.kind not in ("Identifier", "TableIdentifier"):
                continue
            name = relation(argument.name)
            if name in HIDDEN:
                raise own_columns(frozenset({name}))
            if name not in ctes or name in scope.relations:
                raise refusal(
                    f"IN {name[:80]} is not allowed",
                    "write IN (SELECT column FROM table), or has(array, value)",
                )


def _check_asterisk(node: Node) -> None:
    """Raise for a `*` or COLUMNS('…') that does not exclude hidden columns first."""
    above = node.above
    counted = above.above if above is not None else None
    if (
        node.kind == "Asterisk"
        and not node.children
        and counted is not None
        and counted.kind == "Function"
        and counted.name.lower() == "count"
    ):
        return
    selects = [above for above in node.over() if above.kind == "SelectQuery"]
    if not node.kind.startswith("Qualified"):
        selects = selects[:1]
    tables = frozenset(table for select in selects for table in _direct_tables(select))
    if _hidden(tables) - _excluded(node):
        raise own_columns(tables)


def _direct_tables(select: Node) -> Iterator[str]:
    for part in select.children:
        if part.kind == "TablesInSelectQuery":
            for element in part.children:
                for expression in element.children:
                    if expression.kind == "TableExpression":
                        yield from (
                            relation(table.name)
                            for table in expression.children
                            if table.kind == "TableIdentifier"
                        )


def _excluded(node: Node) -> set[str]:
    """Return the names that the first transformer of a `*` excludes."""
    for transformers in node.children:
        if transformers.kind == "ColumnsTransformerList" and transformers.children:
            first = transformers.children[0]
            if first.kind == "ColumnsExceptTransformer":
                return {child.name for child in first.children if child.kind == "Identifier"}
    return set()


def check_resolved(resolved: list[str], scope: Scope) -> None:
    """Check the analyzer's tree again: raise for an invisible table or a hidden column."""
    text = "\n".join(resolved)
    names: dict[str, set[str]] = {}
    for number, name in TABLE.findall(text):
        table = relation(name)
        is_builtin = table.startswith(("_table_function", "system.one", "system.numbers"))
        if table not in scope.visibility.names and not is_builtin:
            raise not_visible(name)
        names.setdefault(number, set()).add(table)
    for name in TABLE_FUNCTION.findall(text):
        if refused := refused_table_function(name):
            raise refused
    for name in FUNCTION.findall(text):
        is_inserted = name.startswith("_") or name in INSERTED
        if not is_inserted and (refused := refused_function(name)):
            raise refused
    for column, number in COLUMN.findall(text):
        for name in names.get(number, ()):
            if column.split(".")[0] in HIDDEN.get(name, ()):
                raise own_columns(frozenset({name}))
