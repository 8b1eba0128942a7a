"""`hub reroute` 换路由: moves the cases of a cluster to the partitions of their cities.

The route of a case used to be its township. Its snapshot and the dispositions of its events are in
the partition of that township, where no worker of today looks for them.
"""

from collections.abc import Sequence
from uuid import UUID

from hub.broker.producer import KafkaSender
from hub.recovery.republish import SEEN, WORKER_CASES, WORKER_REPORTS
from hub.settings.kafka import KafkaSettings
from hub.store.client import Store
from schemas.cases.case import Case
from schemas.cases.filed import FiledReport
from schemas.cloudevent import Record, from_record, partition_of
from schemas.reports.receipt import Disposition
from schemas.route import partition_of_route
from schemas.topic import CASE_REPORTS, CASE_STATE, DISPOSITIONS

CHUNK = 2000


def moved(route: str) -> bool:
    """Whether the partition of a stored route is another one today."""
    return partition_of(route, CASE_STATE.partitions) != partition_of_route(
        route, CASE_STATE.partitions
    )


def reroute(store: Store, settings: KafkaSettings) -> int:
    """Move cases with their filed reports to the partitions of their cities; return how many cases.

    Call it while no intake and no worker runs, and after the sink has stored everything. The former
    records are deleted last, so it may be interrupted and called again. Raises `KafkaError`.
    """
    cases = [
        (from_record(Case, body.encode()), route)
        for body, route in store.rows(WORKER_CASES)
        if moved(route)
    ]
    filed = [
        (from_record(FiledReport, body.encode()), route)
        for body, route in store.rows(WORKER_REPORTS)
        if moved(route)
    ]
    dispositions = (from_record(Disposition, body.encode()) for (body,) in store.rows(SEEN))
    records: list[Record] = [CASE_REPORTS.record(report, route=route) for report, route in filed]
    records += [CASE_STATE.record(case, route=route) for case, route in cases]
    records += [DISPOSITIONS.record(item) for item in dispositions if moved(item.route)]
    sender = KafkaSender(settings)
    try:
        for start in range(0, len(records), CHUNK):
            sender.send_all(records[start : start + CHUNK])
        _delete(sender, CASE_STATE.name, [(case.case_id, route) for case, route in cases])
        event_ids = [(each.report.event_id, route) for each, route in filed]
        _delete(sender, CASE_REPORTS.name, event_ids)
    finally:
        sender.close()
    return len(cases)


def _delete(sender: KafkaSender, topic: str, keys: Sequence[tuple[UUID, str]]) -> None:
    """Delete records of a compacted topic by key and former route, in chunks."""
    for start in range(0, len(keys), CHUNK):
        sender.delete_all(
            topic,
            [
                (str(key).encode(), partition_of(route, CASE_STATE.partitions))
                for key, route in keys[start : start + CHUNK]
            ],
        )
