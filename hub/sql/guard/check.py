"""The guard of the staff's SQL 查询守卫: it allows only what the lists of `hub.sql` name.

The engine's own parser and analyzer report which functions, tables and columns a statement names,
so no spelling gets past the guard. The guard checks names on the syntax tree before the analyzer
sees the statement, because the analyzer evaluates constant expressions.
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
    check_resolved,
    check_select,
)
from hub.sql.guard.statement import Token, tokens_of, tree_of
from hub.sql.guard.substitution import with_answers
from hub.sql.guard.system_tables import ANSWERED, literal_rows
from hub.sql.roles import Visibility

__all__ = ["Ask", "Context", "PreparedQuery", "RefusedError", "canonical", "prepare"]

Ask = Callable[[str, dict[str, Any]], list[str]]
"""Runs a statement with its parameters on a read-only client; returns the first column."""

EXPLAINED = re.compile(r"EXPLAIN (AST|SYNTAX) (?=SELECT|WITH)")
READS = (
    "send one SELECT, SHOW, DESCRIBE, EXISTS, EXPLAIN AST or EXPLAIN SYNTAX: statements that write,"
    " set or administer are refused"
)
KEYWORDS = "SELECT keyword FROM system.keywords"


@dataclass(frozen=True, slots=True)
class Context:
    """The session of a statement: catalogue, user name, limits, and the engine's keywords."""

    catalogue: Catalogue
    user: str = "staff"
    limits: Mapping[str, Any] = field(default_factory=dict)
    keywords: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PreparedQuery:
    """The checked statement that the engine runs; its parameters are literals in it."""

    sql: str


def keywords_of(phrases: list[str]) -> frozenset[str]:
    """Return the single words of the engine's keywords."""
    return frozenset(word for phrase in phrases for word in phrase.split())


def canonical(ask: Ask, sql: str) -> str:
    """Return the statement `sql` as the engine writes it; raises if there are several."""
    (text,) = ask("SELECT formatQuerySingleLine({q:String})", {"q": sql})
    return text


def prepare(
    ask: Ask,
    statement: str,
    parameters: dict[str, Any],
    visibility: Visibility,
    context: Context,
) -> PreparedQuery:
    """Return the query to run for a canonical statement; raises `RefusedError`, `FailedError`."""
    tokens = tokens_of(statement)
    if is_of_catalogue(tokens):
        return PreparedQuery(answer(tokens, context.catalogue, context.limits))
    explained = EXPLAINED.match(statement)
    if explained:
        statement = statement[explained.end() :]
        tokens = tokens_of(statement)
    plain, tokens = _with_parameters(ask, statement, tokens, parameters, context)
    whole, tokens = _with_answers(ask, plain, tokens, context)
    _check_staff(ask, whole, tokens, visibility, context)
    return _explained(ask, explained[1], plain) if explained else PreparedQuery(whole)


def _with_parameters(
    ask: Ask, text: str, tokens: list[Token], parameters: dict[str, Any], context: Context
) -> tuple[str, list[Token]]:
    """Return a SELECT with the values of its parameters in it, and its tokens."""
    if not tokens or tokens[0].text not in ("SELECT", "WITH", "("):
        word = tokens[0].text[:30] if tokens else "nothing"
        raise refusal(f"{word} is not allowed", READS)
    check_keywords(tokens, context.keywords)
    return _reformatted(ask, text, tokens, with_values(text, tokens, parameters))


def _with_answers(
    ask: Ask, text: str, tokens: list[Token], context: Context
) -> tuple[str, list[Token]]:
    """Return a SELECT with literals in place of system tables, and its tokens."""

    def rows(name: str) -> str:
        table = ANSWERED[name]
        return literal_rows(table.columns, table.rows(context.catalogue, context.limits))

    return _reformatted(ask, text, tokens, with_answers(text, tokens, context.user, rows))


def _reformatted(ask: Ask, before: str, tokens: list[Token], after: str) -> tuple[str, list[Token]]:
    """Return a statement and its tokens, in canonical form if it was changed."""
    if after == before:
        return before, tokens
    try:
        text = canonical(ask, after)
    except ClickHouseError as error:
        raise failure(error) from error
    return text, tokens_of(text)


def _check_staff(
    ask: Ask, text: str, tokens: list[Token], visibility: Visibility, context: Context
) -> None:
    check_keywords(tokens, context.keywords)
    try:
        tree = tree_of(ask(f"EXPLAIN AST {text}", {}))
    except ClickHouseError as error:
        raise failure(error) from error
    scope = Scope(visibility, context.catalogue.everything)
    check_select(tree, tokens, scope)
    try:
        resolved = ask(f"EXPLAIN QUERY TREE passes = 1 {text}", {})
    except ClickHouseError as error:
        raise failure(error) from error
    check_resolved(resolved, scope)


def _explained(ask: Ask, kind: str, plain: str) -> PreparedQuery:
    """Return the result of EXPLAIN for an allowed statement: its syntax tree or its text."""
    if kind == "AST":
        lines = ask(f"EXPLAIN AST {plain}", {})
    else:
        (text,) = ask("SELECT formatQuery({q:String})", {"q": plain})
        lines = text.split("\n")
    return PreparedQuery(literal_rows({"explain": "String"}, [{"explain": line} for line in lines]))
