"""Substitution 替换: literals replace system tables and functions such as `currentUser()`.

It works on the canonical text before the check, so the guard also checks the replacements.
"""

from collections.abc import Callable
from functools import cache

from hub.sql.guard.functions import Verdict, function_of
from hub.sql.guard.refusals import refusal
from hub.sql.guard.statement import END, Token, literal, replaced
from hub.sql.guard.system_tables import ANSWERED

SERVER = "minqing-hub"
OF_USER = frozenset({"currentuser", "current_user", "session_user", "user"})
FROM = frozenset({"FROM", "JOIN"})
MAX_SYSTEM_TABLES = 64
"""System tables that one statement may name; each becomes a subquery."""
ENDS = frozenset({"SELECT", "WHERE", "ON", "USING", "GROUP", "ORDER", "HAVING", "LIMIT", "WITH"})


Change = tuple[int, int, str]
"""Begin, end and replacement."""


def with_answers(text: str, tokens: list[Token], user: str, rows: Callable[[str], str]) -> str:
    """Return a text with all replacements; `rows` returns the SELECT for a system table."""
    return replaced(text, [*_functions(tokens, user), *_tables(tokens, cache(rows))])


def _functions(tokens: list[Token], user: str) -> list[Change]:
    """Return replacements of `hostName()` and the like, called without arguments."""
    changes = []
    for name, opened, closed in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if (opened.text, closed.text) != ("(", ")") or not name.name:
            continue
        entry = function_of(name.name)
        if entry is not None and entry.verdict is Verdict.ANSWERED:
            word = user if name.name.lower() in OF_USER else SERVER
            changes.append((name.begin, closed.end, literal(word)))
    return changes


def _tables(tokens: list[Token], rows: Callable[[str], str]) -> list[Change]:
    """Return replacements of system tables by subqueries, and of their column qualifiers."""
    changes, aliases = list[Change](), dict[str, str]()
    columns = list[tuple[str, Token, Token]]()
    padded = [*tokens, END, END, END, END, END]
    in_from = _positions_in_from(tokens)
    for at, token in enumerate(tokens):
        name = f"{token.name}.{padded[at + 2].name}".lower()
        if padded[at + 1].text != "." or name not in ANSWERED:
            continue
        if padded[at + 3].text == ".":
            columns.append((name, token, padded[at + 2]))
        elif in_from[at]:
            if len(changes) == MAX_SYSTEM_TABLES:
                raise refusal(
                    f"more than {MAX_SYSTEM_TABLES} system tables in one statement are not allowed",
                    "send several statements",
                )
            alias, after = padded[at + 2].text, padded[at + 3]
            is_named = after.text == "AS"
            aliases[name] = padded[at + 4].text if is_named else alias
            answer = f"({rows(name)})" + ("" if is_named else f" AS {alias}")
            changes.append((token.begin, padded[at + 2].end, answer))
    for name, first, last in columns:
        if name in aliases:
            changes.append((first.begin, last.end, aliases[name]))
    return changes


def _positions_in_from(tokens: list[Token]) -> list[bool]:
    """Return for each token whether it is in the table list after FROM or JOIN.

    One pass: the last clause keyword within the open parentheses decides.
    """
    positions, clauses = [], [False]
    for token in tokens:
        positions.append(clauses[-1])
        if token.text == "(":
            clauses.append(False)
        elif token.text == ")":
            if len(clauses) > 1:
                clauses.pop()
        elif token.text in FROM:
            clauses[-1] = True
        elif token.text in ENDS:
            clauses[-1] = False
    return positions
