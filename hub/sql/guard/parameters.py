"""Parameters of a query 查询参数: `{name:Type}` becomes a literal of that type before any check.

The guard therefore checks the text that runs. A parameter that names a table or column is refused.
"""

import re
from collections.abc import Mapping
from typing import Any

from hub.sql.guard.refusals import refusal
from hub.sql.guard.statement import Token, literal, replaced

PLACE = re.compile(r"\{([A-Za-z_$][\w$]*):\s*(.*)\}", re.DOTALL)


def with_values(text: str, tokens: list[Token], parameters: Mapping[str, Any]) -> str:
    """Return a text with its parameters replaced by their values; raises `RefusedError`."""
    return replaced(
        text,
        [
            (token.begin, token.end, _value(token.text, parameters))
            for token in tokens
            if token.kind == "parameter"
        ],
    )


def _value(place: str, parameters: Mapping[str, Any]) -> str:
    match = PLACE.fullmatch(place)
    if match is None:
        raise refusal(f"parameter {place[:40]} is invalid", "write {name:Type}")
    name, type_name = match[1], match[2].strip()
    if type_name.lower() == "identifier":
        raise refusal(
            f"parameter {name} may not name a table or a column", "write the name in the statement"
        )
    if type_name.lower().startswith("map("):
        raise refusal(
            f"parameter {name} may not be a map", "send its keys and its values as two arrays"
        )
    if name not in parameters:
        raise refusal(f"parameter {name} has no value", f"send param_{name}")
    value = parameters[name]
    if value is None:
        return "NULL"
    return f"CAST({literal(_text(value))}, {literal(type_name)})"


def _text(value: Any) -> str:
    """Return a value as ClickHouse parses it: arrays with quoted strings, the rest unchanged."""
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_element(item) for item in value) + "]"
    return str(value)


def _element(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return _text(value)
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    return literal(value) if isinstance(value, str) else str(value)
