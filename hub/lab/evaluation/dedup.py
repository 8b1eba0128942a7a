"""`hub dedup evaluate` 并案评测: the real step over labelled events, beside two baselines."""

import json
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from hub.lab.evaluation.baselines import by_exact_id, by_minhash
from hub.lab.evaluation.quality import Decision, Labelled, measure, mistakes
from hub.settings import Settings
from hub.town.models import load_register
from schemas.binding import partition_of
from schemas.case import Move
from schemas.event import UnifiedEvent
from schemas.fact import Kind
from schemas.topic import EVENTS
from streams.case.state import PartitionState
from streams.steps.event import step
from streams.town.register import Register

WORST = 10


def read_labelled(path: Path) -> list[Labelled]:
    """Return the events of an NDJSON file by `received_at`; one delivered twice counts once.

    Raises `click.ClickException` with the line that is none.
    """
    found: dict[UUID, Labelled] = {}
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                told = json.loads(line)
                matter, truth = str(told.pop("matter")), dict(told.pop("truth", {}))
                event = UnifiedEvent.model_validate_json(json.dumps(told))
                found.setdefault(event.event_id, Labelled(event, matter, truth))
            except (ValidationError, ValueError, KeyError, AttributeError) as error:
                detail = f"{path}, line {number}: no unified event with a matter: {error}"
                raise click.ClickException(detail) from error
    return sorted(found.values(), key=lambda one: (one.event.received_at, str(one.event.event_id)))


def decide(labelled: Sequence[Labelled], register: Register) -> list[Decision]:
    """Return what the real step makes of each report, partition by partition as in a worker."""
    states: dict[int, PartitionState] = defaultdict(PartitionState)
    decisions: list[Decision] = []
    merged: dict[str, str] = {}
    for one in labelled:
        state = states[partition_of(one.event.route, EVENTS.partitions)]
        effects = step(state, one.event, register)
        state.apply(effects)
        made = effects.disposition
        if one.event.kind is not Kind.REPORT or made is None or made.case_id is None:
            continue
        merged |= {str(e.case_id): str(e.case.merged_into) for e in effects.case_events
                   if e.move is Move.MERGE}  # fmt: skip
        shown = [e.case.suggested for e in effects.case_events if e.move is Move.SUGGEST]
        hints = tuple(str(case_id) for ids in shown for case_id in ids)
        decisions.append(Decision(one, str(made.case_id), hints))
    return [
        replace(
            one,
            case=_last(one.case, merged),
            suggested=tuple(_last(case, merged) for case in one.suggested),
        )
        for one in decisions
    ]


def _last(case: str, merged: Mapping[str, str]) -> str:
    """Return the case that a case has come to be part of."""
    while case in merged:
        case = merged[case]
    return case


def evaluate(settings: Settings, path: Path) -> dict[str, Any]:
    """Return the quality on a file of labelled events; raises `click.ClickException`."""
    labelled = read_labelled(path)
    register = load_register(settings)
    begun = time.perf_counter()
    decisions = decide(labelled, register)
    rate = len(labelled) / max(time.perf_counter() - begun, 1e-9)
    wrong = list(mistakes(decisions))
    return {
        "rules": asdict(measure(decisions)),
        "minhash": asdict(measure(by_minhash(labelled))),
        "exact_id": asdict(measure(by_exact_id(labelled))),
        "version": register.judge.version,
        "events_per_second": round(rate),
        "mistakes": {
            "merged": sum(one["mistake"] == "merged" for one in wrong),
            "parted": sum(one["mistake"] == "parted" for one in wrong),
            "worst": wrong[:WORST],
        },
    }


def shown(result: Mapping[str, Any]) -> str:
    """Return the quality as a table and the worst mistakes, to be read."""
    ways = ("rules", "minhash", "exact_id")
    table = Table("", *(way.replace("_", " ") for way in ways))
    for name in result["rules"]:
        table.add_row(name.replace("_", " "), *(str(result[way][name]) for way in ways))
    console = Console(width=110)
    with console.capture() as page:
        console.print(table)
        console.print(f"{result['events_per_second']} events a second, by {result['version']}")
        told = result["mistakes"]
        console.print(
            f"{told['merged']} reports wrongly merged, {told['parted']} parted; the worst:"
        )
        for one in told["worst"]:
            console.print(f"{one['mistake']}: {one['one']} | {one['other']}", highlight=False)
    return page.get()
