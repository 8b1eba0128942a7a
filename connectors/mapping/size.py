"""Bounds what an expression of a field mapping may build 表达式规模, before it is used.

`[@, @]` doubles a report, and ten of these in a row make a thousand of it. The bound follows from
the expression alone, whatever the report is.
"""

from collections.abc import Mapping
from math import prod
from typing import Any

from jmespath.functions import Functions

MOST_COPIES = 64
"""How many times as large as the report a value may become."""
CHARACTERS = 10
"""Characters of a fixed text that count as one more copy."""
REFUSED = frozenset({"to_string"})
"""Functions that make texts whose length depends on the nesting of the report."""
CHAINED = frozenset(
    {
        "pipe",
        "subexpression",
        "index_expression",
        "projection",
        "value_projection",
        "filter_projection",
        "flatten",
        "expref",
        "not_expression",
        "key_val_pair",
    }
)
"""Kinds of nodes whose parts work one after the other; those of the others stand side by side."""


def size_fault(parsed: Mapping[str, Any]) -> str:
    """Return why a parsed JMESPath expression is refused; empty if what it builds is bounded.

    Raises `RecursionError` if the expression is nested too deeply.
    """
    for node in _nodes(parsed):
        if node["type"] != "function_expression":
            continue
        if node["value"] not in Functions.FUNCTION_TABLE:
            return f"there is no function {node['value']}"
        if node["value"] in REFUSED:
            return f"{node['value']} is refused: its text can have any size"
        if node["value"] == "join" and [part["type"] for part in _parts(node)[:1]] != ["literal"]:
            return "the text between the parts of join must be fixed, as in join('。', [a, b])"
    copies = _copies(parsed)
    if copies > MOST_COPIES:
        return f"it can make {copies} copies of a report, and {MOST_COPIES} is the most; shorten it"
    return ""


def _nodes(node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [node, *(other for part in _parts(node) for other in _nodes(part))]


def _parts(node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    # A slice has numbers instead of nodes.
    return [part for part in node["children"] if isinstance(part, dict)]


def _copies(node: Mapping[str, Any]) -> int:
    """Return how many copies of its input a node builds at most, those on the way included."""
    kind, parts = node["type"], _parts(node)
    if kind == "literal":
        return _weight(node["value"])
    sizes = [_copies(part) for part in parts]
    if kind == "function_expression" and parts:
        # An argument such as &name is applied to each entry of the others.
        applied = [size for part, size in zip(parts, sizes, strict=True) if _is_applied(part)]
        plain = [size for part, size in zip(parts, sizes, strict=True) if not _is_applied(part)]
        if node["value"] == "join":
            return max(1, prod(sizes))
        return max(1, sum(plain)) * prod(applied)
    if kind in CHAINED:
        name = len(node["value"]) // CHARACTERS if kind == "key_val_pair" else 0
        return max(1, prod(sizes)) + name
    return max(1, sum(sizes))


def _is_applied(node: Mapping[str, Any]) -> bool:
    return bool(node["type"] == "expref")


def _weight(value: Any) -> int:
    """Return how many copies a fixed value counts as: one, and more for each part of it."""
    if isinstance(value, str):
        return 1 + len(value) // CHARACTERS
    if isinstance(value, dict):
        return 1 + sum(map(_weight, (*value, *value.values())))
    return 1 + sum(map(_weight, value)) if isinstance(value, list) else 1
