"""How good merging is 并案评测: the real step over labelled events, against what is true.

Pairs are pairs of reports. Two of one case are *found*; two of one matter are *true*. Pure but for
reading the file and the clock that gives events a second.
"""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from hub.settings import Settings
from hub.town_files import load_town
from schemas.binding import partition_of
from schemas.case import Move
from schemas.event import UnifiedEvent
from schemas.fact import Kind
from schemas.topic import EVENTS
from streams.receive import step
from streams.register import Register
from streams.state import PartitionState

WORST = 10


@dataclass(frozen=True, slots=True)
class Labelled:
    """One unified event, and the matter in the world that it tells of."""

    event: UnifiedEvent
    matter: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What the step made of a report: its case, and the case that it suggests besides."""

    labelled: Labelled
    case: str
    suggested: str = ""


@dataclass(frozen=True, slots=True)
class Quality:
    """Shares are of 1. `recall_with_suggestions` counts a pair that a person was shown as found."""

    reports: int
    matters: int
    cases: int
    precision: float
    recall: float
    f1: float
    purity: float
    suggested: float
    recall_with_suggestions: float


def read_labelled(path: Path) -> list[Labelled]:
    """Return the events of an NDJSON file by `received_at`; one delivered twice counts once.

    Raises `click.ClickException` with the line that is none.
    """
    found: dict[UUID, Labelled] = {}
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                told = json.loads(line)
                matter = str(told.pop("matter"))
                event = UnifiedEvent.model_validate_json(json.dumps(told))
                found.setdefault(event.event_id, Labelled(event, matter))
            except (ValidationError, ValueError, KeyError, AttributeError) as error:
                detail = f"{path}, line {number}: no unified event with a matter: {error}"
                raise click.ClickException(detail) from error
    return sorted(found.values(), key=lambda one: (one.event.received_at, str(one.event.event_id)))


def decide(labelled: Sequence[Labelled], register: Register) -> list[Decision]:
    """Return what the real step makes of each report, partition by partition as in a worker."""
    states: dict[int, PartitionState] = defaultdict(PartitionState)
    decisions = []
    for one in labelled:
        state = states[partition_of(one.event.route, EVENTS.partitions)]
        effects = step(state, one.event, register)
        state.apply(effects)
        made = effects.disposition
        if one.event.kind is not Kind.REPORT or made is None or made.case_id is None:
            continue
        hints = [e.data["case_id"] for e in effects.case_events if e.move is Move.SUGGEST]
        decisions.append(Decision(one, str(made.case_id), str(hints[0]) if hints else ""))
    return decisions


def by_exact_id(labelled: Sequence[Labelled]) -> list[Decision]:
    """Return the partition of a system that knows its own numbers only: the usual rule of thumb."""
    return [
        Decision(one, f"{one.event.channel}/{one.event.parent_id or one.event.native_id}")
        for one in labelled
        if one.event.kind is Kind.REPORT
    ]


def _pairs(counts: Iterable[int]) -> int:
    return sum(count * (count - 1) // 2 for count in counts)


def measure(decisions: Sequence[Decision]) -> Quality:
    """Return the quality of a partition; an empty one has precision and recall 1."""
    both = Counter((one.case, one.labelled.matter) for one in decisions)
    cases = Counter(one.case for one in decisions)
    matters = Counter(one.labelled.matter for one in decisions)
    right, found, true = (_pairs(c.values()) for c in (both, cases, matters))
    largest: dict[str, int] = defaultdict(int)
    for (case, _), count in both.items():
        largest[case] = max(largest[case], count)
    shown = _shown_pairs(decisions, both)
    precision = right / found if found else 1.0
    recall = right / true if true else 1.0
    return Quality(
        reports=len(decisions),
        matters=len(matters),
        cases=len(cases),
        precision=round(precision, 4),
        recall=round(recall, 4),
        f1=round(2 * precision * recall / (precision + recall), 4) if precision + recall else 0.0,
        purity=round(sum(largest.values()) / len(decisions), 4) if decisions else 1.0,
        suggested=round(sum(bool(one.suggested) for one in decisions) / len(decisions), 4)
        if decisions else 0.0,
        recall_with_suggestions=round((right + shown) / true, 4) if true else 1.0,
    )  # fmt: skip


def _shown_pairs(decisions: Sequence[Decision], both: Mapping[tuple[str, str], int]) -> int:
    """Return the true pairs that lie across two cases of which one suggests the other."""
    joined = {frozenset((one.case, one.suggested)) for one in decisions if one.suggested}
    matters: dict[str, set[str]] = defaultdict(set)
    for case, matter in both:
        matters[case].add(matter)
    return sum(
        both[here, matter] * both[there, matter]
        for here, there in (sorted(pair) for pair in joined if len(pair) == 2)
        for matter in matters[here] & matters[there]
    )


def mistakes(decisions: Sequence[Decision]) -> Iterator[dict[str, str]]:
    """Yield the worst mistakes: wrong merges first, then what was told of one matter and parted."""
    first_of_case: dict[str, Decision] = {}
    first_of_matter: dict[str, Decision] = {}
    parted = []
    for one in decisions:
        opener = first_of_case.setdefault(one.case, one)
        if opener.labelled.matter != one.labelled.matter:
            yield _mistake("merged", opener, one)
        earlier = first_of_matter.setdefault(one.labelled.matter, one)
        if earlier.case != one.case and not one.suggested:
            parted.append(_mistake("parted", earlier, one))
    yield from parted


def _mistake(kind: str, here: Decision, there: Decision) -> dict[str, str]:
    return {
        "mistake": kind,
        "one": f"{here.labelled.event.title} {here.labelled.event.content}".strip(),
        "other": f"{there.labelled.event.title} {there.labelled.event.content}".strip(),
        "matters": f"{here.labelled.matter} {there.labelled.matter}",
    }


def evaluate(settings: Settings, path: Path, *, as_json: bool) -> str:
    """Return the quality on a file of labelled events; raises `click.ClickException`."""
    labelled = read_labelled(path)
    register = Register.of(load_town(settings.town))
    begun = time.perf_counter()
    decisions = decide(labelled, register)
    rate = len(labelled) / max(time.perf_counter() - begun, 1e-9)
    wrong = list(mistakes(decisions))
    result: dict[str, Any] = {
        "rules": asdict(measure(decisions)),
        "exact_id": asdict(measure(by_exact_id(labelled))),
        "events_per_second": round(rate),
        "mistakes": {
            "merged": sum(one["mistake"] == "merged" for one in wrong),
            "parted": sum(one["mistake"] == "parted" for one in wrong),
            "worst": wrong[:WORST],
        },
    }
    return json.dumps(result, ensure_ascii=False, indent=2) if as_json else _told(result)


def _told(result: Mapping[str, Any]) -> str:
    table = Table("", "rules", "exact id")
    for name, value in result["rules"].items():
        table.add_row(name.replace("_", " "), str(value), str(result["exact_id"][name]))
    console = Console(width=110)
    with console.capture() as shown:
        console.print(table)
        console.print(f"{result['events_per_second']} events a second")
        told = result["mistakes"]
        console.print(
            f"{told['merged']} reports wrongly merged, {told['parted']} parted; the worst:"
        )
        for one in told["worst"]:
            console.print(f"{one['mistake']}: {one['one']} | {one['other']}", highlight=False)
    return shown.get()
