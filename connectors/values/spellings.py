"""Other names of fields 字段别名: each system spells the fields of a contract in its own way.

A connector lists the names that public systems use, and renames these fields to our names. Upper
and lower case, `_` and `-` make no difference: `WORK_ORDER_NO` is `workOrderNo`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from connectors.values.blank import is_blank

AROUND = "envelope"
"""Field of `native` with the fields beside a list of records: sender, batch number."""
LISTS = ("data", "rows", "list", "items", "records", "result")
Json = dict[str, Any]
Spellings = Mapping[str, tuple[str, ...]]
"""Our name → other names, the most specific first."""


def spellings(table: str) -> Spellings:
    """Return the spellings of a table: a line for each of our names, `ours: other other …`."""
    lines = (line.partition(":") for line in table.split("\n") if line.strip())
    return {ours.strip(): tuple(others.split()) for ours, _, others in lines}


def respelled(fields: Json, names: Spellings) -> Json:
    """Return the fields under our names; those that are not in `names` stay as they are.

    If several names of one field have a value, ours counts first, then the order of `names`. The
    other fields keep their own name, so that `native` has them.
    """
    result = dict(fields)
    present = {_plain(name): name for name in reversed(result)}
    for ours, others in names.items():
        if not is_blank(result.get(ours)):
            continue
        for other in (ours, *others):
            name = present.get(_plain(other), "")
            if name in result and name not in names and not is_blank(result[name]):
                result[ours] = result.pop(name)
                break
    return result


def respelled_members(members: Iterable[Any], names: Spellings) -> list[Any]:
    """Return the members of an array; its objects have our names."""
    return [respelled(member, names) if isinstance(member, dict) else member for member in members]


def list_of(body: Json, ours: str, record: str) -> str:
    """Return the field with the list of records; empty where the body is one record.

    Our name counts first. Other systems call it `data` or `rows`; these names count only if the
    body has no `record` field.
    """
    if ours in body or record in body:
        return ours if ours in body else ""
    return next((name for name in LISTS if _are_records(body.get(name))), "")


def opened(body: Json, ours: str, record: str) -> Json:
    """Return a body without the object around its records, `{"code": 0, "data": {"records": …}}`.

    What stands beside that object stands beside the records then; what would have the name of
    another field is in the `envelope`.
    """
    if list_of(body, ours, record) or record in body:
        return body
    for name in LISTS:
        held = body.get(name)
        if isinstance(held, dict) and (record in held or list_of(held, ours, record)):
            beside = {key: value for key, value in body.items() if key != name}
            same = {key: value for key, value in beside.items() if key in held}
            return {**beside, **held, **({AROUND: same} if same else {})}
    return body


def _are_records(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def around(body: Json, *known: str) -> Json:
    """Return the fields beside the records of a body, for the `native` of each record."""
    beside = {name: value for name, value in body.items() if name not in known}
    return {AROUND: beside} if beside else {}


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
