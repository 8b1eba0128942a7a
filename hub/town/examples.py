"""Examples beside the rules 规则示例: what each rule is meant to do, tried by `hub rules test`."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import Field, ValidationError

from hub.town.registers import TownError, first_error
from hub.town.yaml_lines import line_of, read_yaml
from schemas.assignment import Assignment
from schemas.base import Frozen
from schemas.case import Case, State
from schemas.fact import Urgency
from streams.case.assign import Triage, assign
from streams.town.register import Register

EXAMPLES = "examples.yaml"
NIL = UUID(int=0)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


class Given(Frozen):
    """The case of an example."""

    category: str = ""
    grid: str = ""
    division: str = ""
    text: str = ""
    urgency: Urgency = Urgency.ORDINARY


class Expect(Frozen):
    """What must come of it; what is not given is not looked at."""

    unit: str = ""
    assisting: tuple[str, ...] = ()
    handed_over: bool = False
    triage: str = Field(default="", description="words that the reason must have")


class Example(Frozen):
    """One example, in words and figures."""

    name: str
    given: Given
    expect: Expect


@dataclass(frozen=True, slots=True)
class Failure:
    """An example that came out otherwise."""

    line: int
    name: str
    message: str


def load_examples(folder: Path) -> list[tuple[int, Example]]:
    """Return line and example; raises `TownError` with file and line."""
    path = folder / EXAMPLES
    if not path.is_file():
        return []
    found = []
    for entry in read_yaml(path) or []:
        try:
            found.append((line_of(entry), Example.model_validate(entry)))
        except ValidationError as error:
            raise TownError(f"{path}, line {line_of(entry)}: {first_error(error)}") from error
    return found


def try_example(example: Example, register: Register) -> str:
    """Return what is otherwise than expected, or empty."""
    decided = assign(_case(example.given, register), register)
    expect = example.expect
    if isinstance(decided, Triage):
        if expect.triage and expect.triage in decided.reason:
            return ""
        return f"went to triage: {decided.reason}"
    return _otherwise(decided, expect)


def _otherwise(decided: Assignment, expect: Expect) -> str:
    if expect.triage:
        return f"was given to {decided.unit}, not to triage: {decided.reason}"
    for name in ("unit", "assisting", "handed_over"):
        wanted: Any = getattr(expect, name)
        got: Any = getattr(decided, name)
        if wanted != got and (wanted or name != "assisting"):
            return f"{name} is {got}, not {wanted}: {decided.reason}"
    return ""


def _case(given: Given, register: Register) -> Case:
    grid = register.grid(given.grid)
    division = grid.division_code if grid else given.division.ljust(12, "0")
    return Case(
        case_id=NIL,
        seq=1,
        state=State.RECEIVED,
        opened_at=LONG_AGO,
        updated_at=LONG_AGO,
        content=given.text,
        category=given.category,
        urgency=given.urgency,
        division_code=division if division.strip("0") else "",
        grid_code=given.grid,
    )


def try_examples(folder: Path, register: Register) -> tuple[int, list[Failure]]:
    """Return how many examples there are, and those that came out otherwise."""
    examples = load_examples(folder)
    failures = [
        Failure(line, example.name, message)
        for line, example in examples
        if (message := try_example(example, register))
    ]
    return len(examples), failures
