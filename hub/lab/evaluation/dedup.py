"""`hub dedup evaluate` 并案评测: the worker's step on labelled events, and two baselines."""

import json
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from hub.lab.evaluation.baselines import by_exact_id, by_minhash
from hub.lab.evaluation.quality import Decision, Labelled, measure, mistakes
from hub.runtime.errors import HubError
from hub.settings import Settings
from hub.town.models import load_register
from schemas.cases.case import Move
from schemas.reports.event import UnifiedEvent
from schemas.reports.fact import Kind
from schemas.route import partition_of_route
from schemas.topic import EVENTS
from streams.case.state import PartitionState
from streams.steps.event import step
from streams.town.register import Register

WORST = 10


def read_labelled(path: Path) -> list[Labelled]:
    """Return the events of an NDJSON file in order of `received_at`; a duplicate counts once.

    Raises `HubError` with the line that is not a labelled event.
    """
    by_id: dict[UUID, Labelled] = {}
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                body = json.loads(line)
                matter, truth = str(body.pop("matter")), dict(body.pop("truth", {}))
                event = UnifiedEvent.model_validate_json(json.dumps(body))
                by_id.setdefault(event.event_id, Labelled(event, matter, truth))
            except (ValidationError, ValueError, KeyError, AttributeError) as error:
                detail = f"{path}, line {number}: no unified event with a matter: {error}"
                raise HubError(detail) from error
    return sorted(by_id.values(), key=by_receipt)


def by_receipt(entry: Labelled) -> tuple[datetime, str]:
    """Return the sort key of the order in which a worker would read the events."""
    return entry.event.received_at, str(entry.event.event_id)


def decide(labelled: Sequence[Labelled], register: Register) -> list[Decision]:
    """Return the decision of the worker's step on each report, partition by partition."""
    states: dict[int, PartitionState] = defaultdict(PartitionState)
    decisions: list[Decision] = []
    merged: dict[str, str] = {}
    for entry in labelled:
        state = states[partition_of_route(entry.event.route, EVENTS.partitions)]
        effects = step(state, entry.event, register)
        state.apply(effects)
        disposition = effects.disposition
        if entry.event.kind is not Kind.REPORT or disposition is None or not disposition.case_id:
            continue
        merged |= {
            str(e.case_id): str(e.case.merged_into)
            for e in effects.case_events
            if e.move is Move.MERGE
        }
        suggested = [e.case.suggested for e in effects.case_events if e.move is Move.SUGGEST]
        hints = tuple(str(case_id) for ids in suggested for case_id in ids)
        decisions.append(Decision(entry, str(disposition.case_id), hints))
    return [
        replace(
            decision,
            case=_survivor(decision.case, merged),
            suggested=tuple(_survivor(case, merged) for case in decision.suggested),
        )
        for decision in decisions
    ]


def _survivor(case: str, merged: Mapping[str, str]) -> str:
    """Return the case into which a case was merged in the end, or the case itself."""
    while case in merged:
        case = merged[case]
    return case


def evaluate(settings: Settings, path: Path) -> dict[str, Any]:
    """Return the quality of merging on a file of labelled events; raises `HubError`."""
    labelled = read_labelled(path)
    register = load_register(settings)
    started = time.perf_counter()
    decisions = decide(labelled, register)
    rate = len(labelled) / max(time.perf_counter() - started, 1e-9)
    wrong = list(mistakes(decisions))
    return {
        "rules": asdict(measure(decisions)),
        "minhash": asdict(measure(by_minhash(labelled))),
        "exact_id": asdict(measure(by_exact_id(labelled))),
        "version": register.matcher.version,
        "events_per_second": round(rate),
        "mistakes": {
            "merged": sum(mistake["mistake"] == "merged" for mistake in wrong),
            "parted": sum(mistake["mistake"] == "parted" for mistake in wrong),
            "worst": wrong[:WORST],
        },
    }


def to_text(result: Mapping[str, Any]) -> str:
    """Return the quality as a table, and the worst mistakes, as text."""
    methods = ("rules", "minhash", "exact_id")
    table = Table("", *(method.replace("_", " ") for method in methods))
    for name in result["rules"]:
        table.add_row(name.replace("_", " "), *(str(result[method][name]) for method in methods))
    console = Console(width=110)
    with console.capture() as page:
        console.print(table)
        console.print(f"{result['events_per_second']} events a second, by {result['version']}")
        wrong = result["mistakes"]
        console.print(
            f"{wrong['merged']} reports wrongly merged, {wrong['parted']} wrongly apart; the worst:"
        )
        for mistake in wrong["worst"]:
            line = f"{mistake['mistake']}: {mistake['one']} | {mistake['other']}"
            console.print(line, highlight=False)
    return page.get()
