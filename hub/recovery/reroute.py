"""`hub reroute` 换路由: moves the cases of a cluster to the partitions of their cities.

It is for two changes: to more partitions, and from routes that were townships. The snapshot of a
case and the dispositions of its events are in its former partition, where no worker of today looks
for them.
"""

from collections.abc import Sequence
from uuid import UUID

from hub.broker.producer import KafkaSender
from hub.broker.topics import ensure_topics
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


def former_partition(route: str, before: int) -> int:
    """Return the partition of a stored route when the topics had `before` partitions.

    With as many as today the route itself decided, which may be that of a township.
    """
    if before == CASE_STATE.partitions:
        return partition_of(route, before)
    return partition_of_route(route, before)


def reroute(store: Store, settings: KafkaSettings, before: int) -> int:
    """Move cases with their filed reports to the partitions of their cities; return how many cases.

    The topics had `before` partitions; those that are missing today are added. Call it while no
    intake and no worker runs, and after the sink has stored everything. The former records are
    deleted last, so it may be interrupted and called again. Raises `KafkaError`.
    """

    def moved(route: str) -> bool:
        return former_partition(route, before) != partition_of_route(route, CASE_STATE.partitions)

    ensure_topics(settings, adds_partitions=True)
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
        _delete(
            sender,
            CASE_STATE.name,
            [(case.case_id, former_partition(route, before)) for case, route in cases],
        )
        event_ids = [
            (each.report.event_id, former_partition(route, before)) for each, route in filed
        ]
        _delete(sender, CASE_REPORTS.name, event_ids)
    finally:
        sender.close()
    return len(cases)


def _delete(sender: KafkaSender, topic: str, keys: Sequence[tuple[UUID, int]]) -> None:
    """Delete records of a compacted topic by key and partition, in chunks."""
    for start in range(0, len(keys), CHUNK):
        chunk = keys[start : start + CHUNK]
        sender.delete_all(topic, [(str(key).encode(), partition) for key, partition in chunk])
