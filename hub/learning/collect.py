"""`hub learn collect` 收集: writes the decisions of the city's people to a private file.

The cases are read page by page in the order of their ids, so the memory does not grow with their
number, and the same store gives the same file.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from pydantic import ValidationError

from hub.learning.decisions import (
    CategoryDecision,
    Decision,
    PairDecision,
    UnitDecision,
    decisions_path,
)
from hub.learning.history import Entry, History, pair_of
from hub.learning.sql import CASES, ENTRIES, NATIVES, OTHERS
from hub.runtime.private_file import writing_private
from hub.settings.learning import LearningSettings
from schemas.cases.case import Case, Move

PAGE = 500
"""Cases of one page: a case may have 32 texts."""
FIRST_ID = "00000000-0000-0000-0000-000000000000"

Rows = Sequence[Mapping[str, Any]]


class Asker(Protocol):
    """Answers questions to the store."""

    def rows(self, sql: str, parameters: dict[str, Any] | None = None) -> Rows:
        """Return the rows of a query by the names of their columns."""


def collect(
    settings: LearningSettings,
    store: Asker,
    since: datetime,
    on_progress: Callable[[int], None] = lambda _: None,
) -> Counter[str]:
    """Write the decisions on cases that changed after `since`; return how many of which kind.

    `on_progress` is called with the number of cases of each page. Raises `StoreAwayError` or
    `OSError`; then the former file stays.
    """
    counts: Counter[str] = Counter()
    path = decisions_path(settings)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with writing_private(path) as file:
        for histories, others in _pages(settings, store, since):
            for decision in _decisions(store, histories, others):
                counts.update(_names_of(decision))
                file.write(decision.model_dump_json() + "\n")
            on_progress(len(histories))
    return counts


def _pages(
    settings: LearningSettings, store: Asker, since: datetime
) -> Iterator[tuple[list[History], dict[str, History]]]:
    """Yield the histories of each page, and those of the other cases that they name."""
    programs = settings.programs
    after = FIRST_ID
    while True:
        page = store.rows(CASES, {"since": since, "after": after, "most": PAGE})
        if not page:
            return
        after = page[-1]["id"]
        histories = _histories(store, page, programs)
        named = {other for history in histories.values() for other in history.pairs_with()}
        missing = sorted(named - histories.keys())
        others = store.rows(OTHERS, {"ids": missing}) if missing else []
        known = {**histories, **_histories(store, others, programs)}
        yield list(histories.values()), known


def _histories(store: Asker, page: Rows, programs: frozenset[str]) -> dict[str, History]:
    if not page:
        return {}
    entries: dict[str, list[Entry]] = {}
    for row in store.rows(ENTRIES, {"ids": [row["id"] for row in page]}):
        entries.setdefault(row["id"], []).append(_entry(row))
    histories = {}
    for row in page:
        case = _case(row["body"])
        if case is not None and not case.confidential and not case.wish:
            histories[row["id"]] = History(case, entries.get(row["id"], ()), programs)
    return histories


def _case(body: str) -> Case | None:
    """Return the case of a stored snapshot; None for one of an unknown form."""
    try:
        return Case.model_validate_json(body)
    except ValidationError:
        return None


def _entry(row: Mapping[str, Any]) -> Entry:
    data = json.loads(row["data"] or "{}")
    return Entry(Move(row["move"]), row["at"], row["actor"], data, row["unit"])


def _decisions(
    store: Asker, histories: Sequence[History], known: Mapping[str, History]
) -> Iterator[Decision]:
    firsts = [str(history.case.reports[0].event_id) for history in histories]
    natives = {row["id"]: row["category"] for row in store.rows(NATIVES, {"ids": firsts})}
    for history, first in zip(histories, firsts, strict=True):
        for decision in (history.category(natives.get(first, "")), history.unit()):
            if decision is not None:
                yield decision
        for other_id, entry in sorted(history.pairs_with().items()):
            other = known.get(other_id)
            if other is None:
                continue
            asked = other_id in history.suggested() or (
                str(history.case.case_id) in other.suggested()
            )
            pair = pair_of(history, other.case, entry, suggested=asked)
            if pair is not None:
                yield pair


def _names_of(decision: Decision) -> Iterator[str]:
    """Yield the names under which a decision is counted."""
    if isinstance(decision, CategoryDecision):
        yield f"category {decision.how}"
    elif isinstance(decision, PairDecision):
        answer = "one matter" if decision.same else "two matters"
        yield f"{'suggestion' if decision.suggested else 'pair'}: {answer}"
    elif isinstance(decision, UnitDecision):
        yield "unit changed" if decision.first != decision.unit else "unit kept"
        if decision.returns:
            yield "unit after a return"
