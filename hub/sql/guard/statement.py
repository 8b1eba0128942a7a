"""Parsed statements 语句: the tokens of the text, and the engine's syntax tree.

The engine writes the canonical text (`formatQuerySingleLine`) and prints the tree (`EXPLAIN AST`).
The tree omits parts (the argument of APPLY, whether a condition is a PREWHERE), so the guard checks
tokens and tree.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from hub.sql.guard.refusals import refusal

TOKEN = re.compile(
    r"(?P<space> +)"
    r"|(?P<string>'(?:[^'\\]|\\.)*')"
    r"|(?P<quoted>`[^`\\\x00-\x1f\x7f]*`)"
    r"|(?P<number>\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<parameter>\{[A-Za-z_$][\w$]*:[^{}]*\})"
    r"|(?P<sign>[-+*/%=<>!|&^~?:,.()\[\]])",
    re.DOTALL,
)
MOST = 4 * 1024 * 1024
"""Characters of a statement with its parameters and replaced system tables."""
LINE = re.compile(r"^( *)([A-Za-z:]+) ?(.*)$", re.DOTALL)
CHILDREN = re.compile(r" ?\(children \d+\)$")
ALIAS = re.compile(r" \(alias .*\)$", re.DOTALL)


class Token(NamedTuple):
    """One word, name, string, number or sign, with its offsets in the text."""

    kind: str
    text: str
    begin: int
    end: int

    @property
    def name(self) -> str:
        """Return a word, or a quoted name without its quotes; else empty."""
        if self.kind == "quoted":
            return self.text[1:-1]
        return self.text if self.kind == "word" else ""


END = Token("end", "", 0, 0)


def tokens_of(text: str) -> list[Token]:
    """Return the tokens of a canonical text; raises `RefusedError` for any other character."""
    tokens, at = [], 0
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise refusal(
                f"{text[at]!r} is not allowed",
                "write a parameter as {name:Type}, no SETTINGS, and names without quotes,"
                " backslashes and line breaks",
            )
        if match.lastgroup != "space":
            tokens.append(Token(match.lastgroup, match[0], at, match.end()))
        at = match.end()
    return tokens


def unquoted(string: str) -> str:
    """Return the value of a canonical string literal; single-character escapes only."""
    return re.sub(r"\\(.)", r"\1", string[1:-1], flags=re.DOTALL)


def literal(text: str) -> str:
    """Return a text as a string literal."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return "'" + escaped.replace("\0", "\\0").replace("\n", "\\n").replace("\r", "\\r") + "'"


def replaced(text: str, changes: "list[tuple[int, int, str]]") -> str:
    """Return a text with replacements (begin, end, text).

    Raises `RefusedError` if the result is too long.
    """
    parts, at = [], 0
    for begin, end, instead in sorted(changes):
        parts += [text[at:begin], instead]
        at = end
    parts.append(text[at:])
    if sum(map(len, parts)) > MOST:
        raise refusal(
            "the statement is too long with its parameters and system tables filled in",
            "name each of them once, in a WITH",
        )
    return "".join(parts)


@dataclass(slots=True)
class Node:
    """One node of the syntax tree: its kind as the engine names it, its name and its children."""

    kind: str
    name: str
    above: "Node | None" = None
    children: "list[Node]" = field(default_factory=list)

    def walk(self) -> Iterator["Node"]:
        """Yield this node and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()

    def over(self) -> Iterator["Node"]:
        """Yield the nodes above, the nearest first."""
        node = self.above
        while node is not None:
            yield node
            node = node.above

    @property
    def arguments(self) -> "list[Node]":
        """Return the arguments of a function."""
        return self.children[0].children if self.children else []


def tree_of(lines: list[str]) -> Node:
    """Return the root of a printed syntax tree; raises `RefusedError` if it cannot be parsed."""
    root = Node("Root", "")
    path = [root]
    for line in lines:
        match = LINE.match(line)
        if match is None or len(match[1]) + 1 > len(path):
            raise refusal("this statement could not be checked", "write it as one plain SELECT")
        name = CHILDREN.sub("", match[3])
        if match[2] != "Literal":
            name = ALIAS.sub("", name)
        path = path[: len(match[1]) + 1]
        node = Node(match[2], name, path[-1])
        path[-1].children.append(node)
        path.append(node)
    return root
