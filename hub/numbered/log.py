"""The log of numbered records 编号记录日志: appends to their topic, and reads what is stored.

A record counts once the store has it. The embedded broker keeps its log in memory, so the caller
hears of success only then. A record that is sent again has the same id and counts once.
"""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from kafka.errors import KafkaError

from hub.broker.producer import Sender
from hub.runtime.errors import HubError
from schemas.cloudevent import from_record
from schemas.numbered import NumberedRecord
from schemas.topic import BodyTopic

RECORDS = "SELECT body FROM {table} FINAL WHERE code = {{code:String}} ORDER BY seq, at, record_id"
STORED = (
    "SELECT toString(record_id) AS id FROM {table} FINAL WHERE record_id IN {{ids:Array(UUID)}}"
)
FIRST = (
    "SELECT toString(record_id) AS id FROM {table} FINAL"
    " WHERE code = {{code:String}} AND seq = {{seq:UInt32}} ORDER BY at, id LIMIT 1"
)
STORED_SECONDS = 15.0
"""Longest wait until the store has what was sent."""
PAUSE_SECONDS = 0.05
PAGE = 200
"""Records that are sent and awaited at once: their ids are in the address of a query."""

RunQuery = Callable[[str, dict[str, Any]], list[dict[str, Any]]]
"""Runs a query with its parameters."""


class NotStoredError(HubError, RuntimeError):
    """A record was not stored in time; the message says what to do, in Chinese."""


class OvertakenError(HubError, RuntimeError):
    """Somebody else wrote a record with the same number a moment earlier; his counts."""


Body = TypeVar("Body", bound=NumberedRecord)
State = TypeVar("State")


@dataclass(frozen=True, slots=True)
class Matters(Generic[Body, State]):
    """A kind of matters: the topic and the table of their records, and how they are folded."""

    topic: BodyTopic[Body]
    table: str
    fold: Callable[[Sequence[Body]], State | None]
    name: str
    """Its Chinese name, for messages."""

    def find(self, run_query: RunQuery, code: str) -> State | None:
        """Return a matter as it stands; None if the store has none with this code."""
        rows = run_query(RECORDS.format(table=self.table), {"code": code})
        model = self.topic.body
        return self.fold([from_record(model, str(row["body"]).encode()) for row in rows])


class NumberedLog(Generic[Body, State]):
    """Appends records and reads matters; one writer at a time. Blocks: call it in a thread."""

    def __init__(self, matters: Matters[Body, State], run_query: RunQuery, sender: Sender) -> None:
        self._matters, self._run_query, self._sender = matters, run_query, sender
        self._writing = threading.Lock()

    def find(self, code: str) -> State | None:
        """Return a matter as it stands; None if the store has none with this code."""
        return self._matters.find(self._run_query, code)

    def append(self, record: Body) -> None:
        """Append one record and return when it counts.

        The record may have an earlier time than one that was stored while it waited here. It is
        not sent then: it would replace one that its sender knows as registered. Raises
        `NotStoredError` or `OvertakenError`.
        """
        with self._writing:
            if self._first(record) is None:
                self.append_all([record])
            if self._first(record) != record.record_id:
                raise OvertakenError("别人刚刚登记了新的情况，您的内容没有登记，请核对后再提交")

    def _first(self, record: Body) -> UUID | None:
        """Return the id of the record that counts under the number of this one; None: no record."""
        first = FIRST.format(table=self._matters.table)
        rows = self._run_query(first, {"code": record.code, "seq": record.seq})
        return UUID(rows[0]["id"]) if rows else None

    def append_all(self, records: Sequence[Body]) -> None:
        """Append records and return when all are stored; raises `NotStoredError`."""
        for start in range(0, len(records), PAGE):
            self._append_page(records[start : start + PAGE])

    def _append_page(self, records: Sequence[Body]) -> None:
        topic, name = self._matters.topic, self._matters.name
        try:
            self._sender.send_all([topic.record(record) for record in records])
        except KafkaError as error:
            raise NotStoredError("消息服务暂时不可用，没有登记，请稍后再试") from error
        waiting = {str(record.record_id) for record in records}
        end = time.monotonic() + STORED_SECONDS
        while waiting := waiting - self._stored(waiting):
            if time.monotonic() > end:
                detail = f"还没有确认登记成功，请稍后打开{name}核对，没有的再登记一次"
                raise NotStoredError(detail)
            time.sleep(PAUSE_SECONDS)

    def _stored(self, ids: Iterable[str]) -> set[str]:
        stored = STORED.format(table=self._matters.table)
        return {row["id"] for row in self._run_query(stored, {"ids": sorted(ids)})}
