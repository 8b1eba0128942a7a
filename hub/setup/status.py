"""`hub status` 运行状态: the whole hub at one look: processes, what waits, cases, channels."""

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from clickhouse_connect.driver.exceptions import ClickHouseError

from hub.broker.ports import answers
from hub.journal.journal import WAITING
from hub.publish.publisher import CURSOR
from hub.runtime.lock import LOCK_NAMES, lock_holder
from hub.runtime.paths import DataPaths
from hub.settings import Settings
from hub.store.reader import Reader, StoreAwayError

CASES = (
    "SELECT count() AS open, countIf(overdue) AS overdue, countIf(state = 'triage') AS triage"
    " FROM open_cases"
)
UNDECIDED = (
    "SELECT uniqExact(event_id) AS events FROM events"
    " WHERE event_id NOT IN (SELECT event_id FROM dispositions)"
)
CHANNELS = (
    "SELECT channel, toString(max(received_at)) AS last,"
    " uniqExactIf(receipt_id, received_at >= toStartOfDay(now('Asia/Shanghai'))) AS today"
    " FROM receipts GROUP BY channel ORDER BY channel"
)
FEEDBACK = "SELECT coalesce(sum(ended = 0), 0), coalesce(sum(ended = 2), 0) FROM outbox"


@dataclass(frozen=True, slots=True)
class Status:
    """What one look shows. Numbers are None where the file or the store cannot be read."""

    running: dict[str, str]
    """Name of a program of the data folder → its process; empty if it does not run."""
    pages: bool
    intake: bool
    """Whether something listens on their ports."""
    to_publish: int | None = None
    undecided: int | None = None
    feedback_waiting: int | None = None
    feedback_dead: int | None = None
    cases: dict[str, int] = field(default_factory=dict)
    channels: tuple[dict[str, Any], ...] = ()
    store: str = ""
    """Why the store could not be asked."""
    sent: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Webhooks and notices, if there are any: how many wait, and how many were given up."""

    @property
    def healthy(self) -> bool:
        """Whether the hub runs and answers."""
        return self.pages and self.intake and not self.store


def status_of(settings: Settings) -> Status:
    """Return the state of the hub of a data folder; asks and changes nothing else."""
    paths = DataPaths(settings.data)
    waiting, dead = _counts(paths.outbox, FEEDBACK) or (None, None)
    (to_publish,) = _counts(paths.journal, WAITING, (CURSOR,)) or (None,)
    queues = {"webhooks": paths.webhook_queue, "notices": paths.notice_queue}
    counts = {name: _counts(path, FEEDBACK) for name, path in queues.items()}
    status = Status(
        running={name: lock_holder(settings.data, name) for name in LOCK_NAMES},
        pages=answers(settings.host, settings.overview_port),
        intake=answers(settings.host, settings.intake_port),
        to_publish=to_publish,
        feedback_waiting=waiting,
        feedback_dead=dead,
        sent={name: (row[0], row[1]) for name, row in counts.items() if row},
    )
    return _with_store(settings, status)


def _counts(path: Path, sql: str, parameters: tuple[str, ...] = ()) -> tuple[int, ...] | None:
    """Return a row of a small database; None if it is not there or cannot be read."""
    if not path.exists():
        return None
    try:
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            row: tuple[int, ...] = db.execute(sql, parameters).fetchone()
            return row
    except sqlite3.Error:
        return None


def _with_store(settings: Settings, status: Status) -> Status:
    reader = Reader(settings)
    try:
        (cases,), (undecided,) = reader.rows(CASES), reader.rows(UNDECIDED)
        channels = tuple(reader.rows(CHANNELS))
    except (StoreAwayError, ClickHouseError) as error:
        return replace(status, store=str(error).split("\n")[0][:200])
    finally:
        reader.close()
    return replace(status, cases=cases, undecided=undecided["events"], channels=channels)


def render_status(status: Status) -> str:
    """Return the status as lines."""
    return "\n".join(_lines(status))


def _lines(status: Status) -> Iterator[str]:
    programs = [name for name, process in status.running.items() if process]
    yield f"programs: {', '.join(programs) or 'none runs'}"
    yield f"pages: {_answers(status.pages)}; intake: {_answers(status.intake)}"
    yield f"messages to publish: {_number(status.to_publish)}"
    yield f"events not decided: {_number(status.undecided)}"
    dead = _number(status.feedback_dead)
    yield f"feedback: {_number(status.feedback_waiting)} waiting, {dead} undelivered"
    for name, (waiting, given_up) in status.sent.items():
        yield f"{name}: {waiting} waiting, {given_up} given up"
    if status.store:
        yield f"store: {status.store}"
        return
    counts = status.cases
    yield f"open cases: {counts['open']}, {counts['overdue']} overdue, {counts['triage']} in triage"
    for row in status.channels:
        yield f"  {row['channel']}: {row['today']} messages today, the last at {row['last']}"


def _answers(answering: bool) -> str:
    return "answers" if answering else "no answer"


def _number(count: int | None) -> str:
    return "unknown" if count is None else str(count)
