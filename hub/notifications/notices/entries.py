"""Notices of entries 动态提醒: derived from what is read, and put into the queue by the rules."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from hub.notifications.notices.notice import Notice, is_past, notices_of, reminder_of
from hub.notifications.notices.queue import NoticeQueue
from hub.notifications.notices.rules import PAGE, NoticeRules
from schemas.cases.case import CaseEvent

HOURS = 24.0
"""Entries older than this bring no notice: a history that is read again is no news."""


class NoticeEntries:
    """Puts notices into the queue for each receiver that a rule names."""

    def __init__(self, queue: NoticeQueue, rules: Callable[[], NoticeRules]) -> None:
        self._queue, self._rules = queue, rules

    def take(self, entries: Sequence[CaseEvent]) -> int:
        """Queue the notices of entries, and note reminders; return how many notices are new."""
        now = datetime.now(UTC)
        fresh = [
            notice
            for entry in entries
            for notice in notices_of(entry)
            if not is_past(notice, now, HOURS)
        ]
        added = put_by_rules(self._queue, self._rules(), fresh)
        self._queue.keep_reminders((entry.case, reminder_of(entry.case)) for entry in entries)
        newest = max(entry.at for entry in entries).timestamp()
        self._queue.note_read(min(newest, time.time()))
        return added

    def read_to(self) -> float:
        """Return the time of the newest entry that was taken, in epoch seconds; 0 if none was."""
        return self._queue.read_to()

    def remind(self) -> int:
        """Queue the reminders whose time has come; return how many notices are new."""
        now = datetime.now(UTC)
        due = self._queue.due_reminders(now)
        fresh = [notice for notice in due if not is_past(notice, now, HOURS)]
        added = put_by_rules(self._queue, self._rules(), fresh)
        self._queue.end_reminders(due)
        return added


def put_by_rules(queue: NoticeQueue, rules: NoticeRules, notices: Sequence[Notice]) -> int:
    """Put notices into the queue for each receiver that a rule names; return how many are new."""
    addressed = [(to, notice) for notice in notices for to in rules.receivers_of(notice)]
    added = queue.show(notice for to, notice in addressed if to == PAGE)
    return added + queue.put_notices((to, n) for to, n in addressed if to != PAGE)
