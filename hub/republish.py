"""After the embedded broker forgot everything: what the store knows goes back to the topics.

Case snapshots and complete dispositions of the last week, in the partitions of their events, so
that a worker restores its state as if the broker had kept them.
"""

from hub.sending import KafkaSender
from hub.settings import Settings
from hub.store import Store
from schemas.binding import Record, decode, encode
from schemas.case import Case, case_event_id_of
from schemas.receipt import Disposition
from schemas.topic import CASE_STATE, DISPOSITIONS

CHUNK = 2000


def republish(store: Store, settings: Settings) -> tuple[int, int]:
    """Publish snapshots and dispositions; return how many of each."""
    cases = store.rows("SELECT body, route FROM case_routes")
    dispositions = store.rows(
        "SELECT body FROM complete_dispositions WHERE at > now() - INTERVAL 7 DAY"
    )
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
    case = decode(Case, body.encode())
    return encode(
        CASE_STATE,
        case,
        event_id=str(case_event_id_of(case.case_id, case.seq)),
        time=case.updated_at,
        key=str(case.case_id),
        route=route,
    )


def _disposition_record(body: str) -> Record:
    made = decode(Disposition, body.encode())
    return encode(DISPOSITIONS, made, event_id=str(made.event_id), time=made.at, key=made.route)
