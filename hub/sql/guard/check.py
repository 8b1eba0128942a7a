"""What may be asked by SQL 查询守卫: what is on the lists of `hub.sql`, and nothing else.

The engine itself reads the statement: its parser and its analyzer tell which functions, tables and
columns are named, so nothing can be spelt past us. Names are checked on the syntax tree before the
analyzer sees the statement, because it runs what it takes for a constant.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from clickhouse_connect.driver.exceptions import ClickHouseError

from hub.sql.guard.catalogue import Catalogue
from hub.sql.guard.catalogue_answers import answer, is_of_catalogue
from hub.sql.guard.keywords import check_keywords
from hub.sql.guard.parameters import with_values
from hub.sql.guard.refusals import RefusedError, failure, refusal
from hub.sql.guard.select import (
    Scope,
    check_function,
    check_reference,
    check_resolved,
    check_select,
)
from hub.sql.guard.statement import Token, tokens_of, tree_of
from hub.sql.guard.substitution import with_answers
from hub.sql.guard.system_tables import ANSWERED, literal_rows
from hub.sql.roles import Sight

__all__ = ["Ask", "Context", "Question", "RefusedError", "canonical", "check", "prepare"]

Ask = Callable[[str, dict[str, Any]], list[str]]
"""Asks the engine, by a client that is read-only; gives the first column."""

EXPLAINED = re.compile(r"EXPLAIN (AST|SYNTAX) (?=SELECT|WITH)")
READS = (
    "ask one SELECT, SHOW, DESCRIBE, EXISTS, EXPLAIN AST or EXPLAIN SYNTAX: what writes, sets or"
    " administers is not done by SQL"
)
OWN_METADATA = frozenset(
    {
        "ShowTables",
        "ShowColumns",
        "ShowFunctions",
        "ShowIndexes",
        "ShowEngineQuery",
        "DescribeQuery",
        "ExistsTableQuery",
        "ExistsViewQuery",
        "ExistsDatabaseQuery",
        "ShowCreateTableQuery",
        "ShowCreateViewQuery",
    }
)
OWN_EXPLAINED = re.compile(r"EXPLAIN (?:(?:AST|SYNTAX|PLAN|PIPELINE|ESTIMATE) )?(?=SELECT|WITH)")
KEYWORDS = "SELECT keyword FROM system.keywords"


@dataclass(frozen=True, slots=True)
class Context:
    """What is known of an asker: his catalogue, his name, his limits, the engine's keywords."""

    catalogue: Catalogue
    user: str = "staff"
    limits: Mapping[str, Any] = field(default_factory=dict)
    keywords: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Question:
    """What is run: a statement and the parameters that are still in it."""

    sql: str
    parameters: dict[str, Any]


def keywords_of(phrases: list[str]) -> frozenset[str]:
    """Return the single words of the engine's keywords."""
    return frozenset(word for phrase in phrases for word in phrase.split())


def canonical(ask: Ask, sql: str) -> str:
    """Return the one statement of `sql` as the engine writes it; raises where there are two."""
    (text,) = ask("SELECT formatQuerySingleLine({q:String})", {"q": sql})
    return text


def prepare(
    ask: Ask, statement: str, parameters: dict[str, Any], sight: Sight | None, context: Context
) -> Question:
    """Return what is run for a canonical statement; raises `RefusedError` and `FailedError`.

    Without a sight it is a statement of the hub's own processes, which only has to read.
    """
    if sight is None:
        _check_own(ask, statement, parameters, context)
        return Question(statement, parameters)
    tokens = tokens_of(statement)
    if is_of_catalogue(tokens):
        return Question(answer(tokens, context.catalogue, context.limits), {})
    explained = EXPLAINED.match(statement)
    asked = statement[explained.end() :] if explained else statement
    asked, plain = _substituted(ask, asked, parameters, context)
    _check_staff(ask, asked, sight, context)
    if explained:
        return _explained(ask, explained[1], plain)
    return Question(asked, {})


def check(
    ask: Ask,
    statement: str,
    parameters: dict[str, Any],
    sight: Sight | None,
    context: Context | None = None,
) -> None:
    """Raise `RefusedError` where a canonical statement is not for somebody of this sight."""
    prepare(ask, statement, parameters, sight, context or Context(Catalogue({}, frozenset())))


def _substituted(
    ask: Ask, asked: str, parameters: dict[str, Any], context: Context
) -> tuple[str, str]:
    """Return a statement with all that the hub puts in it, and with its parameters only."""
    first = tokens_of(asked)
    if not first or first[0].text not in ("SELECT", "WITH", "("):
        word = first[0].text[:30] if first else "nothing"
        raise refusal(f"{word} is not possible here", READS)
    check_keywords(first, context.keywords)

    def rows(name: str) -> str:
        table = ANSWERED[name]
        return literal_rows(table.columns, table.rows(context.catalogue, context.limits))

    plain = _again(ask, asked, with_values(asked, first, parameters))
    whole = with_answers(plain, tokens_of(plain), context.user, rows)
    return _again(ask, plain, whole), plain


def _again(ask: Ask, before: str, after: str) -> str:
    """Return a changed statement as the engine writes it."""
    if after == before:
        return before
    try:
        return canonical(ask, after)
    except ClickHouseError as error:
        raise failure(error) from error


def _check_staff(ask: Ask, asked: str, sight: Sight, context: Context) -> None:
    tokens: list[Token] = tokens_of(asked)
    check_keywords(tokens, context.keywords)
    try:
        tree = tree_of(ask(f"EXPLAIN AST {asked}", {}))
    except ClickHouseError as error:
        raise failure(error) from error
    scope = Scope(sight, context.catalogue.everything)
    check_select(tree, tokens, scope)
    try:
        resolved = ask(f"EXPLAIN QUERY TREE passes = 1 {asked}", {})
    except ClickHouseError as error:
        raise failure(error) from error
    check_resolved(resolved, scope)


def _explained(ask: Ask, kind: str, plain: str) -> Question:
    """Return the answer of EXPLAIN: syntax tree or text of a statement that may be asked."""
    if kind == "AST":
        lines = ask(f"EXPLAIN AST {plain}", {})
    else:
        (text,) = ask("SELECT formatQuery({q:String})", {"q": plain})
        lines = text.split("\n")
    return Question(literal_rows({"explain": "String"}, [{"explain": line} for line in lines]), {})


def _check_own(ask: Ask, statement: str, parameters: dict[str, Any], context: Context) -> None:
    """Raise where a statement of the hub's own processes does anything but read the store."""
    if re.search(r"\bINTO OUTFILE\b", statement):
        raise refusal("INTO OUTFILE is not possible here", READS)
    tree = tree_of(ask(f"EXPLAIN AST {statement}", parameters))
    kind = tree.children[0].kind
    explained = OWN_EXPLAINED.match(statement)
    if kind == "Explain" and explained:
        tree = tree_of(ask(f"EXPLAIN AST {statement[explained.end() :]}", parameters))
        kind = tree.children[0].kind
    if kind not in OWN_METADATA and kind != "SelectWithUnionQuery":
        raise refusal(f"{kind} is not possible here", READS)
    for node in tree.walk():
        # A view that takes a parameter is called like a table function.
        if node.kind == "Function" and node.name not in context.catalogue.everything:
            check_function(node)
        elif node.kind == "Identifier":
            check_reference(node)
