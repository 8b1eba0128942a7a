"""Feedback to many 批量反馈: makes the feedback to each filed report of a large case.

A worker publishes one record for all of them, so that it is not busy with one case for minutes. The
reports are in the store. Their feedback is published in pages; its ids are derived, so that a
page that is published twice counts once.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

import structlog
from kafka.errors import KafkaError
from pydantic import ValidationError

from hub.broker.connection import batching_options
from hub.broker.consumer import PartitionConsumer, partitions_of
from hub.broker.producer import Sender
from hub.broker.wakeup import TopicReader, wakeup_of
from hub.settings.outgoing.feedback import FeedbackSettings
from hub.store.reader import StoreAwayError
from schemas.cases.feedback import FeedbackToMany
from schemas.cases.filed import FiledReport
from schemas.cloudevent import from_record
from schemas.topic import FEEDBACK, FEEDBACK_TO_MANY
from streams.case.notices import feedback_of

GROUP = "minqing-hub-feedback-to-many"
PAGE = 500
RETRY_SECONDS = 1.0
STORED_WITHIN = 300.0
"""Seconds to wait until the store has all recipients; some may have left the case meanwhile."""
OF_NOTICE = (
    "FROM case_reports FINAL WHERE case_id = {holder:UUID}"
    " AND seq BETWEEN {since:UInt32} AND {through:UInt32}"
)
RECIPIENTS = f"SELECT count() AS n {OF_NOTICE}"
NEXT_PAGE = f"SELECT body {OF_NOTICE} AND event_id > {{after:UUID}} ORDER BY event_id LIMIT {PAGE}"
UNFINISHED = """
SELECT m.body AS body FROM feedback_to_many AS m FINAL
LEFT JOIN (SELECT case_id, seq, count() AS n FROM feedback FINAL GROUP BY case_id, seq) AS f
ON f.case_id = m.case_id AND f.seq = m.seq
WHERE m.at > now() - INTERVAL 30 DAY AND f.n < m.recipients + m.listed ORDER BY m.at, m.seq"""
"""Records whose feedback the store lacks: the embedded broker may have lost them."""

log = structlog.get_logger()

Rows = Callable[[str, dict[str, Any]], list[dict[str, Any]]]


class ToMany:
    """Reads feedback to many, and publishes the feedback to each report."""

    def __init__(self, settings: FeedbackSettings, sender: Sender, rows: Rows) -> None:
        self._settings, self._sender, self._rows = settings, sender, rows
        self._wakeup = wakeup_of(settings, TopicReader.FEEDBACK_TO_MANY)

    def run(self, stopped: threading.Event) -> None:
        """Read until stopped; wait while broker or store are unavailable."""
        recovered = False
        while not stopped.is_set():
            try:
                if not recovered:
                    self.recover(stopped)
                    recovered = True
                self._run(stopped)
            except (KafkaError, StoreAwayError) as error:
                log.warning("feedback_to_many_waits", error=repr(error))
                stopped.wait(RETRY_SECONDS)

    def recover(self, stopped: threading.Event) -> None:
        """Publish what the store lacks; raises `StoreAwayError` and `KafkaError`.

        All together wait for the sink no longer than one record would: recipients of an old record
        may have left the case, so that it never has as many again.
        """
        deadline = time.monotonic() + STORED_WITHIN
        for row in self._rows(UNFINISHED, {}):
            self.publish(str(row["body"]).encode(), stopped, deadline)

    def _run(self, stopped: threading.Event) -> None:
        options, parts = batching_options(self._settings), partitions_of([FEEDBACK_TO_MANY])
        with PartitionConsumer(options, parts, group=GROUP, wakeup=self._wakeup) as consumer:
            while not stopped.is_set():
                for part, records in consumer.poll(timeout_ms=500).items():
                    for record in records:
                        self.publish(record.value, stopped)
                        if not stopped.is_set():
                            consumer.commit({part: record.offset + 1})

    def publish(
        self, value: bytes, stopped: threading.Event, deadline: float | None = None
    ) -> None:
        """Publish the feedback of one record; raises `StoreAwayError` and `KafkaError`.

        It waits for the recipients in the store until `deadline`, a time of `time.monotonic`; by
        default for `STORED_WITHIN`. Returns early if it is stopped: then the record must not be
        committed.
        """
        try:
            notice = from_record(FeedbackToMany, value)
        except ValidationError:
            log.exception("feedback_to_many_invalid")
            return
        of_notice = {
            "holder": str(notice.holder),
            "since": notice.since,
            "through": notice.through,
        }
        until = time.monotonic() + STORED_WITHIN if deadline is None else deadline
        self._await_recipients(notice, of_notice, stopped, until)
        after = "00000000-0000-0000-0000-000000000000"
        while not stopped.is_set():
            rows = self._rows(NEXT_PAGE, {**of_notice, "after": after})
            reports = [from_record(FiledReport, str(row["body"]).encode()).report for row in rows]
            if not reports:
                return
            self._sender.send_all(
                [FEEDBACK.record(feedback_of(notice, report)) for report in reports]
            )
            after = str(reports[-1].event_id)

    def _await_recipients(
        self,
        notice: FeedbackToMany,
        of_notice: dict[str, Any],
        stopped: threading.Event,
        deadline: float,
    ) -> None:
        """Wait until the sink has stored the recipients, at most until `deadline`."""
        while not stopped.is_set() and time.monotonic() < deadline:
            if int(self._rows(RECIPIENTS, of_notice)[0]["n"]) >= notice.recipients:
                return
            stopped.wait(RETRY_SECONDS)
