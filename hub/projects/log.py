"""The log of projects 项目记录: appends a record to `projects.v1`, and reads what is stored.

A record counts once the store has it. The embedded broker keeps its log in memory, so the caller
hears of success only then. A record that is sent again has the same id and counts once.
"""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

from kafka.errors import KafkaError

from hub.broker.producer import Sender
from hub.runtime.errors import HubError
from schemas.cloudevent import from_record
from schemas.projects.fold import Project, project_of
from schemas.projects.record import ProjectRecord
from schemas.topic import PROJECTS

RECORDS = (
    "SELECT body FROM project_records FINAL WHERE code = {code:String} ORDER BY seq, at, record_id"
)
STORED = (
    "SELECT toString(record_id) AS id FROM project_records FINAL"
    " WHERE record_id IN {ids:Array(UUID)}"
)
FIRST = (
    "SELECT toString(record_id) AS id FROM project_records FINAL"
    " WHERE code = {code:String} AND seq = {seq:UInt32} ORDER BY at, id LIMIT 1"
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


class ProjectLog:
    """Appends records and reads projects; one writer at a time. Blocks: call it in a thread."""

    def __init__(self, run_query: RunQuery, sender: Sender) -> None:
        self._run_query, self._sender = run_query, sender
        self._writing = threading.Lock()

    def find(self, code: str) -> Project | None:
        """Return a project as it stands; None if the store has none with this code."""
        return find_project(self._run_query, code)

    def append(self, record: ProjectRecord) -> None:
        """Append one record and return when it counts.

        The record may have an earlier time than one that was stored while it waited here. It is
        not sent then: it would replace what somebody was told is registered. Raises
        `NotStoredError` or `OvertakenError`.
        """
        with self._writing:
            if self._first(record) is None:
                self.append_all([record])
            if self._first(record) != record.record_id:
                raise OvertakenError("别人刚刚登记了新的情况，您的内容没有登记，请核对后再提交")

    def _first(self, record: ProjectRecord) -> UUID | None:
        """Return the id of the record that counts under the number of this one; None: no record."""
        rows = self._run_query(FIRST, {"code": record.code, "seq": record.seq})
        return UUID(rows[0]["id"]) if rows else None

    def append_all(self, records: Sequence[ProjectRecord]) -> None:
        """Append records and return when all are stored; raises `NotStoredError`."""
        for start in range(0, len(records), PAGE):
            self._append_page(records[start : start + PAGE])

    def _append_page(self, records: Sequence[ProjectRecord]) -> None:
        try:
            self._sender.send_all([PROJECTS.record(record) for record in records])
        except KafkaError as error:
            raise NotStoredError("消息服务暂时不可用，没有登记，请稍后再试") from error
        waiting = {str(record.record_id) for record in records}
        end = time.monotonic() + STORED_SECONDS
        while waiting := waiting - self._stored(waiting):
            if time.monotonic() > end:
                raise NotStoredError("还没有确认登记成功，请稍后打开项目核对，没有的再登记一次")
            time.sleep(PAUSE_SECONDS)

    def _stored(self, ids: Iterable[str]) -> set[str]:
        return {row["id"] for row in self._run_query(STORED, {"ids": sorted(ids)})}


def find_project(run_query: RunQuery, code: str) -> Project | None:
    """Return a project as it stands; None if the store has none with this code."""
    rows = run_query(RECORDS, {"code": code})
    return project_of([from_record(ProjectRecord, str(row["body"]).encode()) for row in rows])
