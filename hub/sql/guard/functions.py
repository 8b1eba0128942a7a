"""Functions that a statement of the staff may use 函数清单: `functions.tsv`, read once.

The list gives every function of the engine a verdict and a reason. Functions that are not on it are
refused by name.
"""

from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import NamedTuple

from hub.sql.guard.refusals import RefusedError, refusal

LIST = Path(__file__).parent / "functions.tsv"
INSTEAD = {
    "arrayreduce": "use arraySum, arrayAvg, arrayMax or arrayFold",
    "throwif": "use if(…) or countIf(…)",
    "runningdifference": "use lagInFrame(…) OVER (ORDER BY …)",
    "neighbor": "use lagInFrame(…) OVER (ORDER BY …)",
    "runningaccumulate": "use sum(…) OVER (ORDER BY …)",
    "rownumberinallblocks": "use row_number() OVER (ORDER BY …)",
    "getsubcolumn": "name the subcolumn itself",
    "formatrow": "use concat(…) or the FORMAT clause",
    "view": "write the SELECT as a subquery",
    "merge": "name each table, with UNION ALL between them",
}
ELSE = "SHOW FUNCTIONS lists the allowed functions"


class Verdict(StrEnum):
    """Whether a statement may call a function."""

    ALLOWED = "allowed"
    TYPED = "typed"
    ANSWERED = "answered"
    REFUSED = "refused"


class Kind(StrEnum):
    """Kind of function; `SYNTAX` is the parser's name for a construct that is no function."""

    SCALAR = "scalar"
    AGGREGATE = "aggregate"
    COMBINATOR = "combinator"
    TABLE = "table"
    SYNTAX = "syntax"


class Entry(NamedTuple):
    """A reviewed function: its name as the engine writes it, its verdict and the reason."""

    name: str
    verdict: Verdict
    kind: Kind
    why: str


@cache
def listed() -> tuple[Entry, ...]:
    """Return all entries of the list."""
    lines = LIST.read_text(encoding="utf-8").splitlines()
    entries = []
    for line in [line for line in lines if line and not line.startswith("#")][1:]:
        verdict, kind, _, why, names = line.split("\t")
        entries += [Entry(name, Verdict(verdict), Kind(kind), why) for name in names.split()]
    return tuple(entries)


@cache
def _by_name(table: bool) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    for entry in listed():
        if entry.kind is not Kind.COMBINATOR and (entry.kind is Kind.TABLE) == table:
            known = entries.setdefault(entry.name.lower(), entry)
            if entry.verdict is Verdict.REFUSED or known.verdict is Verdict.REFUSED:
                entries[entry.name.lower()] = entry if entry.verdict is Verdict.REFUSED else known
    return entries


@cache
def _suffixes() -> tuple[str, ...]:
    allowed = (
        entry.name.lower()
        for entry in listed()
        if entry.kind is Kind.COMBINATOR and entry.verdict is Verdict.ALLOWED
    )
    return tuple(sorted(allowed, key=len, reverse=True))


def function_of(name: str) -> Entry | None:
    """Return the entry of a function; for an aggregate with combinators, of the aggregate."""
    known = _by_name(table=False).get(name.lower())
    return known if known is not None else _combined(name.lower())


def _combined(name: str) -> Entry | None:
    for suffix in _suffixes():
        base = name.removesuffix(suffix)
        if base in (name, ""):
            continue
        known = _by_name(table=False).get(base) or _combined(base)
        if known is not None and known.kind is Kind.AGGREGATE:
            return known
    return None


def refused_function(name: str) -> RefusedError | None:
    """Return the refusal of a function, or None if it is allowed."""
    return _refused("function", name, function_of(name))


def refused_table_function(name: str) -> RefusedError | None:
    """Return the refusal of a table function, or None if it is allowed."""
    return _refused("table function", name, _by_name(table=True).get(name.lower()))


def _refused(what: str, name: str, entry: Entry | None) -> RefusedError | None:
    if entry is not None and entry.verdict in (Verdict.ALLOWED, Verdict.TYPED):
        return None
    why = entry.why if entry else "it is not on the list of allowed functions"
    if entry is not None and entry.verdict is Verdict.ANSWERED:
        why = "it is allowed only without arguments"
    return refusal(f"{what} {name} is not allowed: {why}", INSTEAD.get(name.lower(), ELSE))
