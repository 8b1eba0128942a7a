"""Entries of cases from the store 事项动态: the last entry of a case, with its snapshot."""

import json
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from schemas.cases.case import Case, CaseEvent, Standing, case_event_id_of
from schemas.cloudevent import from_record

_ENTRIES = """
SELECT toString(case_id) AS id, seq, toString(case_event_id) AS case_event_id, move, at, state,
       toString(cause) AS cause, channel, actor, reason, data, words, unit_before, handed_before,
       accept_before
FROM case_events AS e FINAL
WHERE case_id IN {ids:Array(UUID)} AND e.case_event_id IN {entries:Array(UUID)}"""

Rows = Callable[[str, dict[str, Any]], list[dict[str, Any]]]
"""Runs a query with its parameters."""


def last_entries(rows: Rows, cases: Sequence[dict[str, Any]]) -> list[CaseEvent]:
    """Return the last entry of each case, in the order of `cases`: rows of `id`, `seq` and `body`.

    The store has a snapshot before its entry for a moment; such a case is left out.
    """
    if not cases:
        return []
    ids = [row["id"] for row in cases]
    last = [str(case_event_id_of(UUID(row["id"]), row["seq"])) for row in cases]
    entries = {row["id"]: row for row in rows(_ENTRIES, {"ids": ids, "entries": last})}
    return [
        _entry(entries[row["id"]], from_record(Case, row["body"].encode()))
        for row in cases
        if row["id"] in entries
    ]


def _entry(row: dict[str, Any], case: Case) -> CaseEvent:
    """Return the entry of a row; the text of a confidential one is in the column `words`."""
    hidden = json.loads(row["words"] or "{}")
    data = hidden.get("data", row["data"])
    before = Standing(
        unit=row["unit_before"], handed_over=row["handed_before"], accept_by=row["accept_before"]
    )
    return CaseEvent(
        case_event_id=row["case_event_id"],
        case_id=case.case_id,
        seq=case.seq,
        move=row["move"],
        at=row["at"],
        state=row["state"],
        cause=row["cause"],
        channel=row["channel"] or None,
        actor=row["actor"],
        reason=hidden.get("reason", row["reason"]),
        data=json.loads(data or "{}"),
        before=before if case.seq > 1 else None,
        case=case,
    )
