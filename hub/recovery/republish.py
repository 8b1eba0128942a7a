"""Republish 重新发布: fill the topics of an empty embedded broker from the store.

It publishes snapshots and filed reports of the cases that a worker keeps in memory, and the
complete dispositions of the last week, to the partitions of their events. A worker then restores
its state as if the broker had never lost its log. A mark is set at the broker when everything is
published; the mark is lost with the log. No worker restores before the mark is there.
"""

from hub.broker.producer import KafkaSender
from hub.settings.kafka import KafkaSettings
from hub.store.client import Store
from schemas.cases.case import SETTLED_STATES, Case
from schemas.cases.filed import FiledReport
from schemas.cloudevent import Record, from_record
from schemas.reports.receipt import Disposition
from schemas.topic import CASE_REPORTS, CASE_STATE, DISPOSITIONS
from streams.case.state import KEEP_SEEN, KEEP_SETTLED

CHUNK = 2000
_SETTLED = ", ".join(f"'{state}'" for state in sorted(SETTLED_STATES))
WORKER_CASES = (
    f"SELECT body, route FROM case_routes WHERE state NOT IN ({_SETTLED})"  # noqa: S608
    f" OR updated_at > now() - INTERVAL {KEEP_SETTLED.days} DAY"
)
"""Query for the cases that a worker keeps in memory: open, or settled not long ago."""
WORKER_REPORTS = (
    "SELECT r.body, c.route FROM case_reports AS r FINAL INNER JOIN"  # noqa: S608
    f" (SELECT case_id, route FROM cases FINAL WHERE state NOT IN ({_SETTLED})"
    f" OR updated_at > now() - INTERVAL {KEEP_SETTLED.days} DAY) AS c ON c.case_id = r.case_id"
)
"""Query for the filed reports of these cases."""
SEEN = f"SELECT body FROM complete_dispositions WHERE at > now() - INTERVAL {KEEP_SEEN.days} DAY"  # noqa: S608
"""Query for the dispositions that a worker remembers."""


def republish(store: Store, settings: KafkaSettings) -> tuple[int, int]:
    """Publish snapshots, filed reports and dispositions; return how many cases and dispositions."""
    cases, dispositions = store.rows(WORKER_CASES), store.rows(SEEN)
    records = [_report_record(body, route) for body, route in store.rows(WORKER_REPORTS)]
    records += [_case_record(body, route) for body, route in cases]
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


def _report_record(body: str, route: str) -> Record:
    return CASE_REPORTS.record(from_record(FiledReport, body.encode()), route=route)


def _disposition_record(body: str) -> Record:
    return DISPOSITIONS.record(from_record(Disposition, body.encode()))
