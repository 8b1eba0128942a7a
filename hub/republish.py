"""After the embedded broker forgot everything: what the store knows goes back to the topics.

Case snapshots and complete dispositions of the last week, in the partitions of their events, so
that a worker restores its state as if the broker had kept them; and the entries of the last
minutes, which subscribers may not have read. Once all of it is there a mark is
made at the broker, which goes with its log: until then no worker restores anything.
"""

from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition

from hub.kafka_access import options
from hub.sending import KafkaSender
from hub.settings import Settings
from hub.store import Store
from schemas.binding import Record, decode, encode
from schemas.case import Case, CaseEvent, case_event_id_of
from schemas.receipt import Disposition
from schemas.topic import CASE_STATE, CASES, DISPOSITIONS

CHUNK = 2000
MARK = "minqing-hub-republished"
"""Group that has committed an offset where the log has all that the store knows."""
_MARKED = TopicPartition(CASE_STATE.name, 0)


RECENT = """
SELECT r.body FROM recent_entries AS r INNER JOIN cases AS c ON c.case_id = r.case_id
WHERE r.seq <= c.seq AND r.stored_at > now() - INTERVAL 10 MINUTE ORDER BY r.case_id, r.seq
"""
"""An entry that its case does not have yet is told once its cause has been stepped again."""


def republish(store: Store, settings: Settings) -> tuple[int, int, int]:
    """Publish snapshots, dispositions and recent entries; return how many of each."""
    cases = store.rows("SELECT body, route FROM case_routes")
    dispositions = store.rows(
        "SELECT body FROM complete_dispositions WHERE at > now() - INTERVAL 7 DAY"
    )
    records = [_case_record(body, route) for body, route in cases]
    records += [_disposition_record(body) for (body,) in dispositions]
    recent = store.rows(RECENT)
    records += [_entry_record(body) for (body,) in recent]
    sender = KafkaSender(settings)
    try:
        for start in range(0, len(records), CHUNK):
            sender.send_all(records[start : start + CHUNK])
    finally:
        sender.close()
    return len(cases), len(dispositions), len(recent)


def is_republished(settings: Settings) -> bool:
    """Return whether the embedded broker's log has what the store knows; raises `KafkaError`."""
    consumer = _marker(settings)
    try:
        return consumer.committed(_MARKED) is not None
    finally:
        consumer.close(autocommit=False)


def mark_republished(settings: Settings) -> None:
    """Let workers restore their state from this log; raises `KafkaError`."""
    consumer = _marker(settings)
    try:
        consumer.commit({_MARKED: OffsetAndMetadata(1, "", -1)})
    finally:
        consumer.close(autocommit=False)


def _marker(settings: Settings) -> KafkaConsumer:
    return KafkaConsumer(group_id=MARK, enable_auto_commit=False, **options(settings))


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


def _entry_record(body: str) -> Record:
    entry = decode(CaseEvent, body.encode())
    return encode(
        CASES, entry, event_id=str(entry.case_event_id), time=entry.at, key=str(entry.case_id)
    )
