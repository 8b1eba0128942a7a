"""Records of our own writing 自写记录: read into structs, five times as fast as into the models.

A struct has the fields of a model, with the same names and values; an enumeration is its text. The
types, limits and names of the fields are checked, the validators of the models are not called: a
record with the mark of the model (`schemas/dataschema.py`) passed them when it was written.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

import msgspec
from pydantic import AwareDatetime
from pydantic.fields import FieldInfo

from schemas.base import Frozen
from schemas.cases.case import Case, CaseEvent
from schemas.cloudevent import from_record, own_headers
from schemas.reports.report import Report

UNREAD: Mapping[type[Frozen], frozenset[str]] = {
    Case: frozenset({"recent", "whistles", "parts", "families", "apart", "attachments"}),
    Report: frozenset({"reporter_key", "tracking", "telling"}),
}
"""Fields that no column is computed from: their JSON is kept as it came."""
UNCHANGED = frozenset({str, int, float, bool, UUID, date, NoneType, Any})
LIMITS = ("ge", "gt", "le", "lt", "min_length", "max_length", "pattern")
"""Limits of a field that pydantic and msgspec call the same."""


def body_reader(model: type[Frozen]) -> Callable[[Any], Any]:
    """Return what reads the body of a consumed record: a struct, or the model itself.

    A record without the mark is checked by the model, as is one whose struct cannot be read. Raises
    `pydantic.ValidationError`.
    """
    decode = decoder(model)
    source, schema = own_headers(model)

    def read(record: Any) -> Any:
        if schema in record.headers and source in record.headers:
            try:
                return decode(record.value)
            except msgspec.MsgspecError:
                return from_record(model, record.value)
        return from_record(model, record.value)

    return read


@cache
def decoder(model: type[Frozen]) -> Callable[[bytes], Any]:
    """Return what decodes the JSON of a model into its struct.

    It raises `msgspec.ValidationError` for a value of another type, and `msgspec.DecodeError` for
    bytes that are no JSON.
    """
    if model is CaseEvent:
        return _entry
    return msgspec.json.Decoder(struct_type(model)).decode


@cache
def struct_type(model: type[Frozen]) -> type[msgspec.Struct]:
    """Return the struct of a model; raises `TypeError` for a type that no topic has had so far."""
    return msgspec.defstruct(
        model.__name__, _fields(model), kw_only=True, forbid_unknown_fields=True, gc=False
    )


@cache
def _entry_decoder() -> Callable[[bytes], Any]:
    """Return the decoder of an entry whose snapshot stays as it came, in `case_json`."""
    fields = [field for field in _fields(CaseEvent) if field[0] != "case"]
    struct = msgspec.defstruct(
        CaseEvent.__name__,
        [
            *fields,
            ("case_json", msgspec.Raw, msgspec.field(name="case")),
            ("case", Any, msgspec.field(default=None, name="")),
        ],
        kw_only=True,
        forbid_unknown_fields=True,
        gc=False,
    )
    return msgspec.json.Decoder(struct).decode


def _entry(value: bytes) -> Any:
    """Return the struct of an entry: `case` is the snapshot, and `case_json` its text."""
    entry = _entry_decoder()(value)
    entry.case = decoder(Case)(entry.case_json)
    return entry


def _fields(model: type[Frozen]) -> list[tuple[str, Any, Any]]:
    unread = UNREAD.get(model, frozenset())
    return [
        (name, msgspec.Raw, msgspec.Raw(b"null"))
        if name in unread
        else (name, _with_limits(field), _default(field))
        for name, field in model.model_fields.items()
        if not field.exclude
    ]


def _default(field: FieldInfo) -> Any:
    if field.is_required():
        return msgspec.NODEFAULT
    if field.default_factory is not None:
        return msgspec.field(default_factory=lambda: field.get_default(call_default_factory=True))
    if isinstance(field.default, Frozen):
        json, read = field.default.model_dump_json().encode(), decoder(type(field.default))
        return msgspec.field(default_factory=lambda: read(json))
    return field.default.value if isinstance(field.default, Enum) else field.default


def _with_limits(field: FieldInfo) -> Any:
    limits = {
        name: value
        for limit in field.metadata
        for name in LIMITS
        if (value := getattr(limit, name, None)) is not None
    }
    return _plain(field.annotation, limits)


def _plain(type_: Any, limits: Mapping[str, Any]) -> Any:
    """Return the type of a struct's field for the type of a model's field and its limits."""
    origin, parts = get_origin(type_), get_args(type_)
    if origin in (Union, UnionType):
        plain = tuple(part if part is NoneType else _plain(part, limits) for part in parts)
        return Union[plain]  # noqa: UP007 - the number of types varies
    plain = _without_limits(type_, origin, parts)
    return Annotated[plain, msgspec.Meta(**limits)] if limits else plain


def _without_limits(type_: Any, origin: Any, parts: tuple[Any, ...]) -> Any:
    if type_ in UNCHANGED or origin is Literal:
        return type_
    if type_ is AwareDatetime:
        return Annotated[datetime, msgspec.Meta(tz=True)]
    if origin is Annotated:
        return _plain(parts[0], {})
    if origin is tuple:
        return tuple[_plain(parts[0], {}), ...]  # type: ignore[misc]
    if origin in (Mapping, dict):
        return dict[_plain(parts[0], {}), _plain(parts[1], {})]  # type: ignore[misc]
    if isinstance(type_, type) and issubclass(type_, Frozen):
        return struct_type(type_)
    if isinstance(type_, type) and issubclass(type_, Enum):
        return Literal[tuple(member.value for member in type_)]
    raise TypeError(f"a record has a field of type {type_}: say in own_records.py how to read it")
