"""What the hub puts in the place of names of the engine 替换: system tables and who asks where.

Works on the canonical text before it is checked, so what is put in is checked like the rest.
"""

from collections.abc import Callable
from functools import cache

from hub.sql.guard.functions import Verdict, function_of
from hub.sql.guard.statement import END, Token, literal, replaced
from hub.sql.guard.system_tables import ANSWERED

SERVER = "minqing-hub"
OF_USER = frozenset({"currentuser", "current_user", "session_user", "user"})
FROM = frozenset({"FROM", "JOIN"})
ENDS = frozenset({"SELECT", "WHERE", "ON", "USING", "GROUP", "ORDER", "HAVING", "LIMIT", "WITH"})


Change = tuple[int, int, str]
"""Where it begins, where it ends, and what stands there instead."""


def with_answers(text: str, tokens: list[Token], user: str, rows: Callable[[str], str]) -> str:
    """Return a text with what the hub answers in it; `rows` gives the SELECT for a system table."""
    return replaced(text, [*_functions(tokens, user), *_tables(tokens, cache(rows))])


def _functions(tokens: list[Token], user: str) -> list[Change]:
    """Return changes of `hostName()` and its like, called without arguments, to words of ours."""
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
    """Return changes of system tables to subqueries, and of their columns to the alias's."""
    changes, aliases, columns = [], dict[str, str](), list[tuple[str, Token, Token]]()
    padded = [*tokens, END, END, END, END, END]
    for at, token in enumerate(tokens):
        name = f"{token.name}.{padded[at + 2].name}".lower()
        if padded[at + 1].text != "." or name not in ANSWERED:
            continue
        if padded[at + 3].text == ".":
            columns.append((name, token, padded[at + 2]))
        elif _in_from(tokens, at):
            alias, after = padded[at + 2].text, padded[at + 3]
            is_named = after.text == "AS"
            aliases[name] = padded[at + 4].text if is_named else alias
            answer = f"({rows(name)})" + ("" if is_named else f" AS {alias}")
            changes.append((token.begin, padded[at + 2].end, answer))
    for name, first, last in columns:
        if name in aliases:
            changes.append((first.begin, last.end, aliases[name]))
    return changes


def _in_from(tokens: list[Token], at: int) -> bool:
    """Return whether a table stands there: after FROM or JOIN, or after a comma of such a list."""
    depth = 0
    for token in reversed(tokens[:at]):
        if token.text in ")(":
            depth += 1 if token.text == ")" else -1
        if depth < 0 or (depth == 0 and token.text in ENDS):
            return False
        if depth == 0 and token.text in FROM:
            return True
    return False
