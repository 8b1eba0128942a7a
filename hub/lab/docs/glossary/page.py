"""The page of the glossary, and the test of its identifiers 术语表页面."""

from collections.abc import Iterator
from importlib import import_module

from hub.lab.docs.glossary import cases, city, reports
from hub.lab.docs.glossary.term import Sections, Term
from schemas.cases.case import MOVE_NAMES, STATE_NAMES, Move, State


def _of_enumerations() -> Iterator[tuple[str, tuple[Term, ...]]]:
    """Yield the states and moves of a case, whose Chinese names are in the schemas."""
    states = (
        Term(STATE_NAMES[s], s.replace("_", " "), f"schemas.cases.case.State.{s.name}", "")
        for s in State
    )
    moves = (
        Term(MOVE_NAMES[m], m.replace("_", " "), f"schemas.cases.case.Move.{m.name}", "")
        for m in Move
    )
    yield "States of a case 状态", tuple(states)
    yield "Moves of a case 动作", tuple(moves)


def all_terms() -> Sections:
    """Return the terms by section."""
    return {**reports.TERMS, **cases.TERMS, **city.TERMS, **dict(_of_enumerations())}


def resolve(identifier: str) -> object:
    """Return the object at a dotted path; raises `LookupError` if there is none."""
    parts = identifier.split(".")
    for length in range(len(parts), 0, -1):
        try:
            value: object = import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for name in parts[length:]:
            fields = getattr(value, "model_fields", {})
            if not hasattr(value, name) and name not in fields:
                raise LookupError(f"{identifier}: {name} does not exist")
            value = fields[name] if name in fields else getattr(value, name)
        return value
    raise LookupError(f"{identifier}: no such module")


def glossary_page() -> str:
    """Return the page of all terms."""
    lines = [
        "# Glossary 术语表",
        "",
        "Made from `hub/lab/docs/glossary` by `make docs`; edit that, not this.",
        "",
        "Names of the field are used as Kafka, ClickHouse, HTTP, event sourcing and record linkage"
        " define them. The terms of this domain are:",
    ]
    for section, terms in all_terms().items():
        lines += [
            "",
            f"## {section}",
            "",
            "| 中文 | English | identifier | meaning |",
            "|---|---|---|---|",
        ]
        lines += [f"| {t.chinese} | {t.english} | `{t.identifier}` | {t.meaning} |" for t in terms]
    return "\n".join(lines) + "\n"
