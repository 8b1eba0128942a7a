"""After the embedded broker forgot everything: what the store knows goes back to the topics.

Snapshots of the cases that a worker holds and complete dispositions of the last week, in the
partitions of their events, so that a worker restores its state as if the broker had kept them.
Once all of it is there a mark is made at the broker, which goes with its log: until then no worker
restores anything.
"""

from hub.broker.producer import KafkaSender
from hub.settings.kafka import KafkaSettings
from hub.store.client import Store
from schemas.cases.case import SETTLED_STATES, Case
from schemas.cloudevent import Record, from_record
from schemas.reports.receipt import Disposition
from schemas.topic import CASE_STATE, DISPOSITIONS
from streams.case.state import KEEP_SEEN, KEEP_SETTLED

CHUNK = 2000
_SETTLED = ", ".join(f"'{state}'" for state in sorted(SETTLED_STATES))
HELD = (
    f"SELECT body, route FROM case_routes WHERE state NOT IN ({_SETTLED})"  # noqa: S608
    f" OR updated_at > now() - INTERVAL {KEEP_SETTLED.days} DAY"
)
"""Cases that a worker holds."""
SEEN = f"SELECT body FROM complete_dispositions WHERE at > now() - INTERVAL {KEEP_SEEN.days} DAY"  # noqa: S608
"""Decisions that it remembers."""


def republish(store: Store, settings: KafkaSettings) -> tuple[int, int]:
    """Publish snapshots and dispositions; return how many of each."""
    cases, dispositions = store.rows(HELD), store.rows(SEEN)
    records = [_case_record(body, route) for body, route in cases]
    records += [_disposition_record(body) for (body,) in dispositions]
    sender = KafkaSender(settings)
    try:
        for start in range(0, len(records), CHUNK):
            sender.send_all(records[start : start + CHUNK])
    finally:
        sender.close()
    return len(cases), len(dispositions)


def _case_record(body: str, route: str) -> Record:
    return CASE_STATE.record(from_record(Case, body.encode()), route=route)


def _disposition_record(body: str) -> Record:
    return DISPOSITIONS.record(from_record(Disposition, body.encode()))
