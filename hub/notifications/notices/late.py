"""Notices of what is late besides cases 超期提醒: projects, deliberations, service items, tasks.

These have no entries that say that a day has passed. So the views are asked again and again, and
what is noticed is noted on disk: each supervision step of each of them once.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, time, timedelta
from typing import Any

import structlog

from hub.notifications.notices.entries import put_by_rules
from hub.notifications.notices.notice import Notice, NoticeKind, short_title
from hub.notifications.notices.queue import NoticeQueue
from hub.notifications.notices.rules import NoticeRules
from hub.store.case_entries import Rows
from hub.store.reader import StoreAwayError
from schemas.base import BEIJING, derive_id
from schemas.deliberation.topic import STEP_NAMES
from schemas.projects.project import STAGE_NAMES

LOOK_EVERY = timedelta(minutes=10)
"""Between two looks at the views: they count in days."""
FIRST_LOOK, LAST_LOOK = time(8), time(20)
"""Beijing time. A day that ends makes many late at midnight, when nobody can do anything."""
SUPERVISION_NAMES = {"red": "红牌", "up": "提级督办", "": ""}
PART_NAMES = {str(part): name for part, name in (*STAGE_NAMES.items(), *STEP_NAMES.items())}
"""Chinese names of the stages of projects and of the steps of deliberations."""
QUERIES: dict[NoticeKind, str] = {
    NoticeKind.PROJECT_LATE: """
SELECT concat(code, '/', stage) AS id, supervision AS step, number, name, stage, unit,
       division_code, grid_code, toString(due) AS due, days_late, concat('/work/projects/', code)
           AS page
FROM projects WHERE days_late > 0 ORDER BY id LIMIT 20000""",
    NoticeKind.TOPIC_LATE: """
SELECT concat(code, '/', toString(d.step), '/', toString(d.due)) AS id, supervision AS step, number,
       title AS name, d.step AS stage, unit, division_code, grid_code, toString(d.due) AS due,
       days_late, concat('/work/deliberations/', code) AS page
FROM deliberations AS d WHERE days_late > 0 ORDER BY id LIMIT 20000""",
    NoticeKind.ITEM_LATE: """
SELECT concat(number, '/', toString(reopenings)) AS id, supervision AS step, number,
       item_name AS name, '' AS stage, unit, division_code, grid_code, toString(due_on) AS due,
       days_late, '/work/services' AS page
FROM service_items_late ORDER BY id LIMIT 20000""",
    NoticeKind.TASK_WAITS: """
SELECT toString(task_id) AS id, if(registered_at < now64(3) - toIntervalDay(7), 'up', '') AS step,
       paper AS number, title AS name, '' AS stage, '' AS unit, '' AS division_code,
       '' AS grid_code, '' AS due, 0 AS days_late,
       concat('/work/burdens?month=', substring(toString(handed_at), 1, 7), '&task=', id) AS page
FROM tasks FINAL WHERE ruling = 'to_county' ORDER BY id LIMIT 20000""",
}
"""What is late now or waits, with its supervision step. A task that waits for more than seven days
is supervised by the tier above."""

log = structlog.get_logger()


class LateWatch:
    """Looks at the views, and puts notices into the queue for each receiver that a rule names."""

    def __init__(self, queue: NoticeQueue, rules: Callable[[], NoticeRules], rows: Rows) -> None:
        self._queue, self._rules, self._rows = queue, rules, rows
        self._looked_at: datetime | None = None

    def look(self, now: datetime) -> int:
        """Queue the notices of what has become late since the last look; return how many are new.

        The first look for a kind only notes what is late already: the pages show that. Nothing is
        asked if no rule names a kind, outside the hours, or within `LOOK_EVERY` of the last look.
        """
        wanted = {kind for rule in self._rules().rules for kind in rule.when} & QUERIES.keys()
        clock = now.astimezone(BEIJING).time()
        is_early = self._looked_at is not None and now - self._looked_at < LOOK_EVERY
        if not wanted or is_early or not FIRST_LOOK <= clock < LAST_LOOK:
            return 0
        self._looked_at = now
        return sum(self._look_at(kind, now) for kind in sorted(wanted))

    def _look_at(self, kind: NoticeKind, now: datetime) -> int:
        try:
            rows = self._rows(QUERIES[kind], {})
        except StoreAwayError as error:
            # A view that is too slow for a moment does not stop the other kinds.
            log.warning("late_notices_wait", kind=str(kind), error=str(error))
            return 0
        late = late_notices(kind, rows, now)
        added = put_by_rules(self._queue, self._rules(), self._queue.newly_late(kind, late))
        # After a crash in between the queue knows the notices by their ids.
        self._queue.note_late(kind, late, now)
        return added


def late_notices(
    kind: NoticeKind, rows: Iterable[Mapping[str, Any]], now: datetime
) -> list[Notice]:
    """Return the notice of each row of a query of `QUERIES`."""
    return [_notice(kind, row, now) for row in rows]


def _notice(kind: NoticeKind, row: Mapping[str, Any], now: datetime) -> Notice:
    parts = [PART_NAMES[row["stage"]] if row["stage"] else "", SUPERVISION_NAMES[row["step"]]]
    if kind is NoticeKind.TASK_WAITS:
        parts = ["等候超过七日" if row["step"] else "等候县里决定"]
    elif row["due"]:
        unit = "个工作日" if kind is NoticeKind.ITEM_LATE else "天"
        parts.append(f"期限{row['due']}，超{row['days_late']}{unit}")
    words = "，".join(filter(None, parts))
    return Notice(
        notice_id=derive_id("notice", kind, row["id"], row["step"]),
        kind=kind,
        number=row["number"],
        at=now,
        title=f"{short_title(row['name'])}（{words}）",
        units=(row["unit"],) if row["unit"] else (),
        area=row["grid_code"] or row["division_code"],
        page=row["page"],
    )
