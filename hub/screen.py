"""The numbers of the overview 一屏: every one is a count over rows that can be listed."""

import json
from typing import Any

from hub.scope import Scope
from hub.store import Store
from schemas.case import OPEN_STATES

OPEN = str(tuple(map(str, OPEN_STATES)))
"""The open states, as SQL has them after IN."""
TODAY = "toStartOfDay(now64(3, 'Asia/Shanghai'))"
OPEN_CASES = f"""(
    SELECT case_id, state, unit, tier, division_code, grid_code, category, reports, supervision,
           title, content, place_name, channels, opened_at, due_at,
           ifNull(due_at < now64(3), 0) AS late
    FROM cases WHERE state IN {OPEN} AND SCOPE
)"""
PLACED = "SCOPE_EVENTS"
NUMBERS = {
    "totals": f"""
        SELECT count() AS open, countIf(late) AS overdue, countIf(state = 'triage') AS triage,
               countIf(supervision = 'yellow' AND NOT late) AS yellow,
               countIf(opened_at >= {TODAY}) AS opened_today
        FROM {OPEN_CASES}""",
    "settled": f"""
        SELECT countIf(settled_at >= {TODAY}) AS settled_today, count() AS settled,
               countIf(settled_tier IN ('grid', 'village')) AS village,
               countIf(settled_tier = 'township') AS township,
               countIf(settled_tier = 'county') AS county
        FROM cases WHERE settled_at >= toStartOfMonth(now('Asia/Shanghai')) AND SCOPE""",
    "tiers": f"""
        SELECT tier, count() AS open, countIf(late) AS overdue,
               countIf(supervision = 'yellow' AND NOT late) AS yellow
        FROM {OPEN_CASES} GROUP BY tier ORDER BY tier""",
    "units": f"""
        SELECT unit, count() AS open, countIf(late) AS overdue,
               countIf(supervision = 'yellow' AND NOT late) AS yellow
        FROM {OPEN_CASES} WHERE unit != '' GROUP BY unit
        ORDER BY overdue DESC, open DESC, unit LIMIT 12""",
    "grids": f"""
        SELECT grid_code, count() AS open, countIf(late) AS overdue,
               countIf(opened_at >= {TODAY}) AS today
        FROM {OPEN_CASES} WHERE grid_code != '' GROUP BY grid_code""",
    "categories": f"""
        SELECT category, count() AS open, sum(reports) AS told
        FROM {OPEN_CASES} GROUP BY category ORDER BY open DESC, category LIMIT 12""",
    "flow": f"""
        SELECT channel, count() AS events, countIf(kind = 'report') AS reports
        FROM events WHERE received_at >= {TODAY} AND {PLACED} GROUP BY channel""",
    "hours": f"""
        SELECT toHour(received_at) AS hour, count() AS events
        FROM events WHERE received_at >= {TODAY} AND {PLACED} GROUP BY hour""",
    "rates": """
        SELECT figure, count() AS occasions, countIf(good) AS well FROM
        (
            SELECT figure, good, unit, grid_code, township AS division_code FROM assessed
            WHERE at >= toStartOfMonth(now('Asia/Shanghai'))
        ) WHERE SCOPE GROUP BY figure""",
    "coverage": f"""
        SELECT plan, any(plan_name) AS plan_name, count() AS due, countIf(outcome = 'done') AS done,
               countIf(outcome = 'missed') AS missed
        FROM (SELECT *, '' AS unit FROM duties
              WHERE begins <= now64(3) AND ends > {TODAY})
        WHERE SCOPE GROUP BY plan ORDER BY plan""",
    "health": """
        SELECT count() AS events,
               quantileOrNull(0.95)(dateDiff('millisecond', received_at, stored_at)) AS lag,
               (SELECT count() FROM sink_faults) AS faults
        FROM events WHERE received_at >= now64(3) - INTERVAL 15 MINUTE""",
}
"""SCOPE is the viewer's condition on cases; that on events has no unit, so a unit counts all."""
HOTTEST = f"""
    SELECT case_id, title, content, category, place_name, reports, channels, state, unit
    FROM {OPEN_CASES} ORDER BY reports DESC, opened_at DESC LIMIT 8"""
ACCOUNTING = "SELECT * FROM accounting ORDER BY channel"
CHANGED = (
    "SELECT table, sum(rows), max(modification_time) FROM system.parts WHERE active"
    " AND database = currentDatabase() AND table IN ('events', 'cases', 'receipts', 'dispositions')"
    " GROUP BY table ORDER BY table"
)
"""Cheap: whether anything has been stored since."""


class Screen:
    """Asks for the numbers that a viewer sees."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def numbers(self, scope: Scope) -> dict[str, Any]:
        """Return all numbers within a scope; the hottest cases only to whom may open cases."""
        wanted = dict(NUMBERS)
        if scope.cases:
            wanted["hottest"] = HOTTEST
        if scope.sql == "1":
            wanted["accounting"] = ACCOUNTING
        found: dict[str, Any] = {
            name: self.rows(scoped(sql, scope), scope.given) for name, sql in wanted.items()
        }
        for name in ("totals", "settled", "health"):
            found[name] = found[name][0]
        return found

    def version(self) -> str:
        """Return what changes when something is stored."""
        return self._store.raw(CHANGED, "TabSeparated").decode()

    def rows(self, sql: str, given: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """Return rows as JSON has them: numbers are numbers, times are text in Beijing time."""
        answer = json.loads(self._store.raw(sql, "JSON", given))
        return [dict(row) for row in answer["data"]]


def scoped(sql: str, scope: Scope) -> str:
    """Return a query with a scope's condition; events have a place and no unit."""
    events = scope.sql if "unit" not in scope.sql else "1"
    return sql.replace(PLACED, f"({events})").replace("SCOPE", f"({scope.sql})")
