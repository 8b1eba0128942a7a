"""Field mappings 字段映射: the names of another system become the fields of a channel's contract.

A mapping has a JMESPath expression for each field (https://jmespath.org/specification.html). A
plain name or a path such as `caller.mobile` is one. Fields without an expression keep their names,
and what the channel does not know stays with the report as usual.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from connectors.contract import Connector, DecodeContext, FaultError
from connectors.formats.inflate import payload
from connectors.formats.json_body import is_json, load_body
from connectors.formats.json_text import unpacked
from connectors.mapping.size import size_fault
from connectors.values.blank import is_blank
from schemas.channel import Channel
from schemas.reports.fact import Decoded
from schemas.reports.raw import RawMessage
from schemas.reports.rejected import Reason

MAPPED: Mapping[Channel, str] = {
    Channel.HOTLINE_12345: "",
    Channel.URBAN_12319: "tasks",
    Channel.POLICE_110: "",
    Channel.ENVIRONMENT_12369: "",
    Channel.SERVICE_ITEMS: "items",
}
"""Channels whose messages are reports in JSON → the field of a list, empty for a bare array."""
LONGEST_EXPRESSION = 500
UNFIT = (JMESPathError, ArithmeticError, ValueError, TypeError, LookupError, RecursionError)
"""What the library raises for a report that does not fit an expression."""


class MappingError(ValueError):
    """An expression cannot be used; the message names its field."""


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """The mapping of one channel.

    `items` is the expression of the list of reports, empty if a message is one report or a list.
    `fields` maps a field of the contract, `caller.phone` for one inside another, to its expression.
    `values` maps such a field to the contract's word for each word of the other system.
    """

    fields: Mapping[str, str]
    items: str = ""
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, expression in (("items", self.items), *self.fields.items()):
            if expression or name != "items":
                _check(name, expression)
        for name in self.fields:
            if not all(name.split(".")):
                raise MappingError(f"{name!r} is no field; write name or name.name")
        for name in self.values:
            if name not in self.fields:
                raise MappingError(f"values.{name}: fields has no {name}; add {name}: its name")

    def apply(self, body: Any) -> Any:
        """Return the body with the fields of the contract: a list of reports, or one report.

        Raises `FaultError` bad_value with the field and its expression.
        """
        reports = _search("items", self.items, body, "") if self.items else body
        if not isinstance(reports, list):
            return self._mapped(reports, "")
        return [self._mapped(report, f"/{index}") for index, report in enumerate(reports)]

    @property
    def columns(self) -> Mapping[str, str]:
        """The name of each field whose expression is a plain name: a column of a table."""
        parsed = {name: _compiled(name, text).parsed for name, text in self.fields.items()}
        return {name: node["value"] for name, node in parsed.items() if node["type"] == "field"}

    def row(self, cells: Mapping[str, Any], position: str) -> dict[str, Any]:
        """Return the cells of a row, by column, with the fields of the contract.

        Raises `FaultError` bad_value with the field and its expression.
        """
        return dict(self._mapped(dict(cells), position))

    def _mapped(self, report: Any, position: str) -> Any:
        report = unpacked(report)
        if not isinstance(report, dict):
            # The channel's decoder says what is wrong with it, and where.
            return report
        mapped = dict(report)
        for name, expression in self.fields.items():
            value = _search(name, expression, report, position)
            if not is_blank(value):
                _put(mapped, name, self.values.get(name, {}).get(_word(value), value))
        return mapped


def mapped_connector(connector: Connector, mapping: FieldMapping) -> Connector:
    """Return a connector that reads the other system's messages; it keeps the bytes as received."""

    def decode(raw: RawMessage, context: DecodeContext) -> Decoded:
        if connector.decode_table is not None:
            content = payload(raw, context.limits)
            if not is_json(content):
                return connector.decode_table(raw, content, context, mapping)
        body = mapping.apply(load_body(raw, context.limits))
        if isinstance(body, list) and MAPPED.get(connector.channel):
            body = {MAPPED[connector.channel]: body}
        known = json.dumps(body, ensure_ascii=False).encode()
        headers = {
            name: value for name, value in raw.headers.items() if name.lower() != "content-encoding"
        }
        changed = {"body": known, "content_type": "application/json", "headers": headers}
        return connector.decode(raw.model_copy(update=changed), context)

    return replace(connector, decode=decode)


def _word(value: Any) -> str:
    """Return a value as the message writes it: true, 1, text."""
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _check(name: str, expression: str) -> None:
    """Raise `MappingError` if an expression cannot be read, or may build values of any size."""
    try:
        fault = size_fault(_compiled(name, expression).parsed)
    except RecursionError as error:
        raise MappingError(f"{name}: the expression is nested too deeply") from error
    if fault:
        raise MappingError(f"{name}: {fault}")


def _compiled(name: str, expression: str) -> Any:
    if len(expression) > LONGEST_EXPRESSION:
        raise MappingError(f"{name}: an expression has at most {LONGEST_EXPRESSION} characters")
    if not expression.isascii() and expression.isidentifier():
        # The language has plain names in ASCII only; a Chinese one needs quotes, which people omit.
        expression = f'"{expression}"'
    try:
        return jmespath.compile(expression)
    except JMESPathError as error:
        why = " ".join(str(error).split())
        raise MappingError(f"{name}: {expression!r} is no JMESPath expression: {why}") from error


def _search(name: str, expression: str, report: Any, position: str) -> Any:
    try:
        return _compiled(name, expression).search(report)
    except UNFIT as error:
        detail = f"the mapping of {name} ({expression}) does not fit: {error}"
        raise FaultError(Reason.BAD_VALUE, detail, f"{position}/{name}") from error


def _put(report: dict[str, Any], name: str, value: Any) -> None:
    """Set a field, inside others if its name has dots; an object on the way is copied first."""
    *outer, last = name.split(".")
    for part in outer:
        inside = report.get(part)
        report[part] = dict(inside) if isinstance(inside, dict) else {}
        report = report[part]
    report[last] = value
