"""Columns 列: how the columns of a table are computed from the body of a record. Pure.

A body is a model of `schemas`, or a struct of `hub/sink/own_records.py` with the same fields.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from schemas.base import BEIJING, Frozen

Column = Callable[[Any], Any]
"""Computes the value of a column from a body, or from a part of it."""
Columns = Mapping[str, Column]
"""By the name of the column."""


json_text = json.JSONEncoder(ensure_ascii=False, default=str).encode
"""Return JSON with the characters as they are."""


def fields(names: str) -> dict[str, Column]:
    """Return the columns that are fields of the same names, separated by spaces."""
    return {name: attrgetter(name) for name in names.split()}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the body, such as its place, and the columns that are computed from it alone.

    The part is looked up once for all its columns. If a body has no such part, the columns are
    computed from `otherwise`, which has the same fields.
    """

    columns: Columns
    of: Column | None = None
    """Returns the part; None: the part is the body."""
    otherwise: Any = None

    def of_bodies(self, bodies: list[Any]) -> list[Any]:
        """Return the part of each body."""
        if self.of is None:
            return bodies
        parts = list(map(self.of, bodies))
        if self.otherwise is None:
            return parts
        return [self.otherwise if part is None else part for part in parts]


@dataclass(frozen=True, slots=True)
class Hidden:
    """What confidential rows have instead of some columns 保密: values, or other columns.

    The offices that may see the original read it in the column `words`, as JSON.
    """

    is_confidential: Column
    shown: Mapping[str, Any]
    keeps_words: bool = True

    def replace(self, columns: dict[str, list[Any]], bodies: list[Any]) -> None:
        """Replace the values of the confidential bodies."""
        flags = list(map(self.is_confidential, bodies))
        words = [""] * len(flags)
        for row in (row for row, flag in enumerate(flags) if flag):
            words[row] = json_text({name: columns[name][row] for name in self.shown})
            for name, instead in self.shown.items():
                columns[name][row] = instead(bodies[row]) if callable(instead) else instead
        if self.keeps_words:
            columns["words"] = words


def or_empty(name: str, empty: Any = "") -> Column:
    """Return the column of a field that may be absent; `empty` if it is."""
    read = attrgetter(name)
    return lambda body: read(body) or empty


def evaluation_text(names: str) -> Column:
    """Return the column with these fields of an evaluation as JSON; without one it is empty."""
    listed = names.split()
    return lambda evaluation: (
        compact_json({name: getattr(evaluation, name) for name in listed}) if evaluation else ""
    )


def service_text(service: Any) -> str:
    """Return a stage of a service item as JSON; empty where the event is none."""
    if service is None:
        return ""
    promised = service.promised_at
    names = "item_code item_name theme stage step promised_days department unit"
    values = {name: getattr(service, name) for name in names.split()}
    values["promised_at"] = promised.astimezone(BEIJING).isoformat() if promised else ""
    return compact_json(values)


def compact_json(value: Any) -> str:
    """Return JSON without spaces, as pydantic writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def snapshot_text(entry: Any) -> str:
    """Return the snapshot in an entry as JSON; a struct has it as it came."""
    snapshot = entry.case
    if isinstance(snapshot, Frozen):
        return snapshot.model_dump_json()
    return bytes(entry.case_json).decode()


def column_values(
    parts: Iterable[Part], hidden: Hidden | None, bodies: Iterable[Any]
) -> dict[str, list[Any]]:
    """Return the values of all columns, one for each body."""
    listed, columns = list(bodies), dict[str, list[Any]]()
    for part in parts:
        read = part.of_bodies(listed)
        for name, column in part.columns.items():
            columns[name] = list(map(column, read))
    if hidden is not None:
        hidden.replace(columns, listed)
    return columns
