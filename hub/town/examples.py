"""Examples of the rules 规则示例: cases with the expected assignment, run by `hub rules test`."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pydantic import Field, ValidationError

from hub.town.registers import EXAMPLES, TownFiles
from hub.town.town_file import TownError, first_error
from hub.town.yaml_lines import YamlError, line_of, parse_yaml
from schemas.base import Frozen
from schemas.cases.assignment import Assignment
from schemas.cases.case import Case, State
from schemas.reports.fact import Urgency
from streams.case.assign import Triage, assign
from streams.town.register import Register

NIL = UUID(int=0)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


class ExampleCase(Frozen):
    """The case of an example."""

    category: str = ""
    grid: str = ""
    division: str = ""
    text: str = ""
    urgency: Urgency = Urgency.ORDINARY


class Expect(Frozen):
    """The expected assignment. A field that is not set is not checked."""

    unit: str = ""
    assisting: tuple[str, ...] = ()
    handed_over: bool = False
    triage: str = Field(default="", description="words that the reason must contain")


class Example(Frozen):
    """One example: a case and its expected assignment."""

    name: str
    case: ExampleCase = Field(alias="given")
    expect: Expect


@dataclass(frozen=True, slots=True)
class Failure:
    """An example with another result than expected."""

    line: int
    name: str
    message: str


def parse_examples(files: TownFiles) -> list[tuple[int, Example]]:
    """Return each example with its line; raises `TownError` with file and line."""
    if EXAMPLES not in files.contents:
        return []
    path = files.folder / EXAMPLES
    try:
        entries = parse_yaml(path, files.contents[EXAMPLES])
    except YamlError as error:
        raise TownError(str(error)) from error
    if not isinstance(entries or [], list):
        raise TownError(f"{path}, line 1: expected a list of examples; begin each with -")
    examples = []
    for entry in entries or []:
        try:
            examples.append((line_of(entry), Example.model_validate(entry)))
        except ValidationError as error:
            raise TownError(f"{path}, line {line_of(entry)}: {first_error(error)}") from error
    return examples


def try_example(example: Example, register: Register) -> str:
    """Return how the result differs from the expectation, or empty."""
    decided = assign(_case(example.case, register), register)
    expect = example.expect
    if isinstance(decided, Triage):
        if expect.triage and expect.triage in decided.reason:
            return ""
        return f"went to triage: {decided.reason}"
    return _difference(decided, expect)


def _difference(decided: Assignment, expect: Expect) -> str:
    if expect.triage:
        return f"was assigned to {decided.unit}, not to triage: {decided.reason}"
    for name in ("unit", "assisting", "handed_over"):
        wanted: Any = getattr(expect, name)
        got: Any = getattr(decided, name)
        if wanted != got and (wanted or name != "assisting"):
            return f"{name} is {got}, not {wanted}: {decided.reason}"
    return ""


def _case(case: ExampleCase, register: Register) -> Case:
    grid = register.grid(case.grid)
    division = grid.division_code if grid else case.division.ljust(12, "0")
    return Case(
        case_id=NIL,
        seq=1,
        state=State.RECEIVED,
        opened_at=LONG_AGO,
        updated_at=LONG_AGO,
        content=case.text,
        category=case.category,
        urgency=case.urgency,
        division_code=division if division.strip("0") else "",
        grid_code=case.grid,
    )


def try_examples(files: TownFiles, register: Register) -> tuple[int, list[Failure]]:
    """Return the number of examples, and those that failed; raises `TownError`."""
    examples = parse_examples(files)
    failures = [
        Failure(line, example.name, message)
        for line, example in examples
        if (message := try_example(example, register))
    ]
    return len(examples), failures
