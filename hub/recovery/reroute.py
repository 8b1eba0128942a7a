"""`hub reroute` 换路由: moves the cases of a cluster to the partitions of their cities.

The route of a case used to be its township. Its snapshot and the dispositions of its events are in
the partition of that township, where no worker of today looks for them.
"""

from hub.broker.producer import KafkaSender
from hub.recovery.republish import SEEN, WORKER_CASES
from hub.settings.kafka import KafkaSettings
from hub.store.client import Store
from schemas.cases.case import Case
from schemas.cloudevent import Record, from_record, partition_of
from schemas.reports.receipt import Disposition
from schemas.route import partition_of_route
from schemas.topic import CASE_STATE, DISPOSITIONS

CHUNK = 2000


def moved(route: str) -> bool:
    """Whether the partition of a stored route is another one today."""
    return partition_of(route, CASE_STATE.partitions) != partition_of_route(
        route, CASE_STATE.partitions
    )


def reroute(store: Store, settings: KafkaSettings) -> int:
    """Move the snapshots from the store to the partitions of their cities; return how many.

    Call it while no intake and no worker runs, and after the sink has stored everything. The former
    snapshots are deleted last, so it may be interrupted and called again. Raises `KafkaError`.
    """
    cases = [
        (from_record(Case, body.encode()), route)
        for body, route in store.rows(WORKER_CASES)
        if moved(route)
    ]
    dispositions = (from_record(Disposition, body.encode()) for (body,) in store.rows(SEEN))
    records: list[Record] = [CASE_STATE.record(case, route=route) for case, route in cases]
    records += [DISPOSITIONS.record(item) for item in dispositions if moved(item.route)]
    sender = KafkaSender(settings)
    try:
        for start in range(0, len(records), CHUNK):
            sender.send_all(records[start : start + CHUNK])
        for start in range(0, len(cases), CHUNK):
            sender.delete_all(
                CASE_STATE.name,
                [
                    (str(case.case_id).encode(), partition_of(route, CASE_STATE.partitions))
                    for case, route in cases[start : start + CHUNK]
                ],
            )
    finally:
        sender.close()
    return len(cases)
