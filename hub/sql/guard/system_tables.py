"""System tables 系统表: answered from the catalogue, never read.

Clients query `system.tables`, `system.columns`, `system.settings` and `information_schema` when
they connect. The guard replaces each such name by a subquery over one literal, so a statement
reaches no path, no row filter and no name that its role may not see.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import orjson

from hub.sql.guard.catalogue import DATABASE, Catalogue
from hub.sql.guard.formats import FORMATS
from hub.sql.guard.functions import Kind, Verdict, listed
from hub.sql.guard.statement import literal

Row = dict[str, Any]
TYPES = """
Array Bool Date Date32 DateTime DateTime64 Decimal Enum16 Enum8 FixedString Float32 Float64 IPv4
IPv6 Int128 Int16 Int256 Int32 Int64 Int8 LowCardinality Map Nullable String Tuple UInt128
UInt16 UInt256 UInt32 UInt64 UInt8 UUID
"""
NUMBER = "Nullable(UInt64)"
NO_ID = "00000000-0000-0000-0000-000000000000"


class SystemTable(NamedTuple):
    """A system table: its columns with their types, and the function that returns its rows."""

    columns: dict[str, str]
    rows: Callable[[Catalogue, Mapping[str, Any]], list[Row]]


def literal_rows(columns: Mapping[str, str], rows: list[Row]) -> str:
    """Return a SELECT of rows in one literal; a missing value is empty."""
    # Numbered, because the engine reserves some names of tuple elements.
    places = {name: f"c{number}" for number, name in enumerate(columns)}
    types = ", ".join(f"{places[name]} {type_name}" for name, type_name in columns.items())
    placed = [{place: row[name] for name, place in places.items() if name in row} for row in rows]
    text = literal(orjson.dumps(placed).decode())
    named = ", ".join(f"r.{place} AS `{name}`" for name, place in places.items())
    return (
        f"SELECT {named} FROM (SELECT arrayJoin(JSONExtract({text},"
        f" {literal(f'Array(Tuple({types}))')})) AS r)"
    )


def table_rows(catalogue: Catalogue, _: Mapping[str, Any]) -> list[Row]:
    """Return a row for each table and view that the role sees."""
    return [
        {
            "database": DATABASE,
            "name": relation.name,
            "engine": relation.engine,
            "comment": relation.comment,
            "uuid": NO_ID,
            "has_own_data": int(not relation.is_view),
        }
        for relation in catalogue.relations.values()
    ]


def column_rows(catalogue: Catalogue, _: Mapping[str, Any]) -> list[Row]:
    """Return a row for each column that the role sees."""
    return [
        {
            "database": DATABASE,
            "table": relation.name,
            "name": column.name,
            "type": column.type,
            "position": position,
            "comment": column.comment,
        }
        for relation in catalogue.relations.values()
        for position, column in enumerate(relation.columns, 1)
    ]


def database_rows(_: Catalogue, __: Mapping[str, Any]) -> list[Row]:
    """Return the one database."""
    return [{"name": DATABASE, "engine": "Atomic", "uuid": NO_ID}]


def setting_rows(_: Catalogue, limits: Mapping[str, Any]) -> list[Row]:
    """Return the limits of the session, which it cannot change."""
    return [
        {
            "name": name,
            "value": str(value),
            "default": str(value),
            "readonly": 1,
            "type": "UInt64",
            "tier": "Production",
        }
        for name, value in sorted(limits.items())
    ]


def function_rows(_: Catalogue, __: Mapping[str, Any]) -> list[Row]:
    """Return the functions that the guard allows."""
    return [
        {
            "name": entry.name,
            "is_aggregate": int(entry.kind is Kind.AGGREGATE),
            "origin": "System",
            "description": entry.why,
        }
        for entry in listed()
        if entry.kind in (Kind.SCALAR, Kind.AGGREGATE) and entry.verdict is not Verdict.REFUSED
    ]


def _table_functions(_: Catalogue, __: Mapping[str, Any]) -> list[Row]:
    return [
        {"name": entry.name, "description": entry.why, "allow_readonly": 1}
        for entry in listed()
        if entry.kind is Kind.TABLE and entry.verdict is Verdict.ALLOWED
    ]


def _types(_: Catalogue, __: Mapping[str, Any]) -> list[Row]:
    return [{"name": name} for name in TYPES.split()]


def _formats(_: Catalogue, __: Mapping[str, Any]) -> list[Row]:
    return [{"name": name, "is_output": 1} for name in sorted(FORMATS)]


def _zones(_: Catalogue, __: Mapping[str, Any]) -> list[Row]:
    return [{"time_zone": name} for name in ("Asia/Shanghai", "UTC")]


def _engines(_: Catalogue, __: Mapping[str, Any]) -> list[Row]:
    return [{"name": name} for name in ("MergeTree", "View")]


def _nothing(_: Catalogue, __: Mapping[str, Any]) -> list[Row]:
    return []


def _standard_tables(catalogue: Catalogue, _: Mapping[str, Any]) -> list[Row]:
    return _both_cases(
        [
            {
                "table_catalog": DATABASE,
                "table_schema": DATABASE,
                "table_name": relation.name,
                "table_type": "VIEW" if relation.is_view else "BASE TABLE",
                "table_comment": relation.comment,
            }
            for relation in catalogue.relations.values()
        ]
    )


def _standard_columns(catalogue: Catalogue, _: Mapping[str, Any]) -> list[Row]:
    return _both_cases(
        [
            {
                "table_catalog": DATABASE,
                "table_schema": DATABASE,
                "table_name": relation.name,
                "column_name": column.name,
                "ordinal_position": position,
                "data_type": column.type,
                "column_type": column.type,
                "column_comment": column.comment,
                "is_nullable": "YES" if column.type.startswith("Nullable") else "NO",
            }
            for relation in catalogue.relations.values()
            for position, column in enumerate(relation.columns, 1)
        ]
    )


def _standard_schemata(_: Catalogue, __: Mapping[str, Any]) -> list[Row]:
    return _both_cases(
        [{"catalog_name": DATABASE, "schema_name": DATABASE, "schema_owner": DATABASE}]
    )


def _standard_views(catalogue: Catalogue, _: Mapping[str, Any]) -> list[Row]:
    return _both_cases(
        [
            {"table_catalog": DATABASE, "table_schema": DATABASE, "table_name": relation.name}
            for relation in catalogue.relations.values()
            if relation.is_view
        ]
    )


def _both_cases(rows: list[Row]) -> list[Row]:
    return [row | {name.upper(): value for name, value in row.items()} for row in rows]


def _columns(
    text: str, others: str = "", *, numbers: str = "", nullable: str = ""
) -> dict[str, str]:
    """Return columns: strings, then flags, then numbers, then numbers that may be missing."""
    return (
        dict.fromkeys(text.split(), "String")
        | dict.fromkeys(others.split(), "UInt8")
        | dict.fromkeys(numbers.split(), "UInt64")
        | dict.fromkeys(nullable.split(), NUMBER)
    )


def _standard(text: str, numbers: str = "") -> dict[str, str]:
    lower = _columns(text, numbers=numbers)
    return lower | {name.upper(): type_name for name, type_name in lower.items()}


ANSWERED: dict[str, SystemTable] = {
    "system.databases": SystemTable(
        _columns("name engine uuid comment engine_full"), database_rows
    ),
    "system.tables": SystemTable(
        _columns(
            "database name uuid engine comment primary_key sorting_key partition_key"
            " sampling_key create_table_query engine_full as_select storage_policy",
            "is_temporary has_own_data",
            nullable="total_rows total_bytes",
        ),
        table_rows,
    ),
    "system.columns": SystemTable(
        _columns(
            "database table name type default_kind default_expression comment compression_codec",
            "is_in_partition_key is_in_sorting_key is_in_primary_key is_in_sampling_key",
            numbers="position",
            nullable="character_octet_length numeric_precision numeric_precision_radix"
            " numeric_scale datetime_precision",
        ),
        column_rows,
    ),
    "system.settings": SystemTable(
        _columns(
            "name value description type default alias_for tier", "changed readonly is_obsolete"
        )
        | {"min": "Nullable(String)", "max": "Nullable(String)"},
        setting_rows,
    ),
    "system.functions": SystemTable(
        _columns(
            "name alias_to create_query origin description syntax arguments returned_value"
            " examples introduced_in categories",
            "is_aggregate case_insensitive",
        ),
        function_rows,
    ),
    "system.table_functions": SystemTable(
        _columns("name description", "allow_readonly"), _table_functions
    ),
    "system.data_type_families": SystemTable(_columns("name alias_to", "case_insensitive"), _types),
    "system.formats": SystemTable(_columns("name", "is_input is_output"), _formats),
    "system.time_zones": SystemTable(_columns("time_zone"), _zones),
    "system.table_engines": SystemTable(_columns("name"), _engines),
    "system.keywords": SystemTable(_columns("keyword"), _nothing),
    "system.dictionaries": SystemTable(_columns("database name status type comment"), _nothing),
    "system.data_skipping_indices": SystemTable(
        _columns("database table name type type_full expr", numbers="granularity"), _nothing
    ),
    "information_schema.tables": SystemTable(
        _standard("table_catalog table_schema table_name table_type table_comment"),
        _standard_tables,
    ),
    "information_schema.columns": SystemTable(
        _standard(
            "table_catalog table_schema table_name column_name column_default is_nullable"
            " data_type column_type column_comment",
            "ordinal_position",
        ),
        _standard_columns,
    ),
    "information_schema.schemata": SystemTable(
        _standard("catalog_name schema_name schema_owner"), _standard_schemata
    ),
    "information_schema.views": SystemTable(
        _standard("table_catalog table_schema table_name view_definition"), _standard_views
    ),
}
"""By the name in lower case."""
