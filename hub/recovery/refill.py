"""Refill 补发: publish each case once more on `cases.v1`, from the store.

The embedded broker keeps its log in memory, and Kafka keeps `cases.v1` for a limited time. A new
subscriber then lacks the cases that have not changed since. A refill publishes the last entry of
each case, with its snapshot and its own `seq` and id. So a subscriber that keeps the newest `seq`
of each case has all cases after it, and one that has read the entry before knows it again.
"""

from collections.abc import Callable, Iterator

from kafka.errors import KafkaError

from hub.broker.producer import KafkaSender, Sender, no_broker
from hub.runtime.errors import HubError
from hub.settings import Settings
from hub.store.case_entries import Rows, last_entries
from hub.store.reader import Reader
from schemas.cases.case import CaseEvent
from schemas.topic import CASES

PAGE = 1000
"""Cases that are read and published at once."""
_CASES = f"""
SELECT toString(case_id) AS id, seq, body FROM cases FINAL
WHERE toString(case_id) > {{after:String}} ORDER BY id LIMIT {PAGE}"""  # noqa: S608


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
        # A case whose last entry is not in the store yet is just published.
        yield last_entries(rows, page)
