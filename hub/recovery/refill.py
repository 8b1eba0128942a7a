"""Refill 补发: publish each case once more on `cases.v1`, from the store.

The embedded broker keeps its log in memory, and Kafka keeps `cases.v1` for a limited time. A new
subscriber then lacks the cases that have not changed since. A refill publishes the last entry of
each case, with its snapshot and its own `seq` and id. So a subscriber that keeps the newest `seq`
of each case has all cases after it, and one that has read the entry before knows it again.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from kafka.errors import KafkaError

from hub.broker.producer import KafkaSender, Sender, no_broker
from hub.runtime.errors import HubError
from hub.settings import Settings
from hub.store.reader import Reader
from schemas.cases.case import Case, CaseEvent, Standing, case_event_id_of
from schemas.cloudevent import from_record
from schemas.topic import CASES

PAGE = 1000
"""Cases that are read and published at once."""
_CASES = f"""
SELECT toString(case_id) AS id, seq, body FROM cases FINAL
WHERE toString(case_id) > {{after:String}} ORDER BY id LIMIT {PAGE}"""  # noqa: S608
_ENTRIES = """
SELECT toString(case_id) AS id, seq, toString(case_event_id) AS case_event_id, move, at, state,
       toString(cause) AS cause, channel, actor, reason, data, words, unit_before, handed_before,
       accept_before
FROM case_events AS e FINAL
WHERE case_id IN {ids:Array(UUID)} AND e.case_event_id IN {entries:Array(UUID)}"""

Rows = Callable[[str, dict[str, Any]], list[dict[str, Any]]]
"""Runs a query with its parameters."""


def refill(settings: Settings, progress: Callable[[int], None]) -> int:
    """Publish the last entry of every case; return how many.

    `progress` is called with the size of each page. Raises `HubError` if the store or the broker
    does not answer.
    """
    reader, sender = Reader(settings), KafkaSender(settings)
    try:
        return refill_from(reader.rows, sender, progress)
    except KafkaError as error:
        raise HubError(no_broker(settings, error)) from error
    finally:
        sender.close()
        reader.close()


def refill_from(rows: Rows, sender: Sender, progress: Callable[[int], None]) -> int:
    """Publish what a store has; raises `KafkaError`."""
    sent = 0
    for entries in _pages(rows):
        sender.send_all([CASES.record(entry) for entry in entries])
        sent += len(entries)
        progress(len(entries))
    return sent


def _pages(rows: Rows) -> Iterator[list[CaseEvent]]:
    after = ""
    while page := rows(_CASES, {"after": after}):
        after = page[-1]["id"]
        ids = [row["id"] for row in page]
        last = [str(case_event_id_of(UUID(row["id"]), row["seq"])) for row in page]
        entries = {row["id"]: row for row in rows(_ENTRIES, {"ids": ids, "entries": last})}
        # The store has the snapshot before its entry for a moment; such a case is just published.
        yield [
            _entry(entries[row["id"]], from_record(Case, row["body"].encode()))
            for row in page
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
