"""The numbers of the overview 一屏: every one is a count over rows that can be listed."""

import json
from typing import Any

from hub.accounts.permissions import Scope
from hub.store.client import Store
from schemas.cases.case import OPEN_STATES

OPEN = str(tuple(map(str, OPEN_STATES)))
"""The open states, as SQL has them after IN."""
TODAY = "toStartOfDay(now64(3, 'Asia/Shanghai'))"
TO_DAY = "toDate(now('Asia/Shanghai'))"
TREND_DAYS = 28
MOST_UNITS, MOST_CATEGORIES = 12, 10
OPEN_CASES = f"""(
    SELECT case_id, state, unit, tier, division_code, grid_code, category, reports, supervision,
           title, content, place_name, channels, opened_at, due_at,
           ifNull(due_at < now64(3), 0) AS late
    FROM cases WHERE state IN {OPEN} AND SCOPE
)"""
PLACED = "SCOPE_EVENTS"
QUICK = {
    "open": f"""
        SELECT tier, unit, grid_code, category, grouping(tier, unit, grid_code, category) AS by,
               count() AS open, countIf(late) AS overdue, countIf(state = 'triage') AS triage,
               countIf(supervision = 'yellow' AND NOT late) AS yellow,
               countIf(opened_at >= {TODAY}) AS today, sum(reports) AS told
        FROM {OPEN_CASES}
        GROUP BY GROUPING SETS ((), (tier), (unit), (grid_code), (category))""",
    "settled": f"""
        SELECT countIf(settled_at >= {TODAY}) AS settled_today, count() AS settled,
               countIf(settled_tier IN ('grid', 'village')) AS village,
               countIf(settled_tier = 'township') AS township,
               countIf(settled_tier = 'county') AS county
        FROM cases WHERE settled_at >= toStartOfMonth(now('Asia/Shanghai')) AND SCOPE""",
    "flow": f"""
        SELECT channel, uniqExactMerge(ids) AS events,
               uniqExactMergeIf(ids, kind = 'report') AS reports
        FROM arrivals_kept WHERE day = {TO_DAY} AND {PLACED} GROUP BY channel""",
    "hours": f"""
        SELECT toHour(slot) AS hour, uniqExactMerge(ids) AS events
        FROM arrivals_kept WHERE day = {TO_DAY} AND {PLACED} GROUP BY hour""",
    "health": f"""
        SELECT uniqExactMerge(ids) AS events, quantileTDigestMerge(0.95)(lag) AS lag,
               (SELECT count() FROM sink_faults) AS faults
        FROM arrivals_kept
        WHERE day >= {TO_DAY} - 1 AND slot >= toStartOfFifteenMinutes(now()) - 900""",
}
"""Numbers that are asked at each change. SCOPE is the viewer's condition on cases; that on events
has no unit, so a unit counts all."""
HOTTEST = f"""
    SELECT case_id, title, content, category, place_name, reports, channels, state, unit
    FROM {OPEN_CASES} ORDER BY reports DESC, opened_at DESC LIMIT 8"""
SLOW = {
    "rates": """
        SELECT figure, count() AS occasions, countIf(good) AS well FROM
        (
            SELECT figure, good, unit, grid_code, township AS division_code FROM assessed
            WHERE month = toStartOfMonth(now('Asia/Shanghai'))
        ) WHERE SCOPE GROUP BY figure""",
    "coverage": f"""
        SELECT plan, any(plan_name) AS plan_name, count() AS due, countIf(outcome = 'done') AS done,
               countIf(outcome = 'missed') AS missed
        FROM (SELECT *, '' AS unit FROM duties_since(since = {TO_DAY})
              WHERE begins <= now64(3) AND ends > {TODAY})
        WHERE SCOPE GROUP BY plan ORDER BY plan""",
    "days": f"""
        SELECT day, uniqExactMerge(ids) AS reports FROM arrivals_kept
        WHERE day > {TO_DAY} - {TREND_DAYS} AND kind IN ('report', 'wish') AND {PLACED}
        GROUP BY day ORDER BY day""",
    "rise": f"""
        SELECT grid_code, uniqExactMergeIf(ids, day >= {TO_DAY} - 6) AS week,
               uniqExactMergeIf(ids, day < {TO_DAY} - 6) / 4 AS before
        FROM arrivals_kept
        WHERE day >= {TO_DAY} - 34 AND kind IN ('report', 'wish') AND grid_code != '' AND {PLACED}
        GROUP BY grid_code""",
}
"""Numbers that change slowly, and take longer."""
ACCOUNTING = "SELECT * FROM accounting ORDER BY channel"
BY = {"tier": 8, "unit": 4, "grid_code": 2, "category": 1}
"""Bits of `grouping()`: those that are not grouped by are set."""
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

    def quick(self, scope: Scope) -> dict[str, Any]:
        """Return what changes all the time; the hottest cases only to whom may open cases."""
        found = self._asked(quick_questions(scope), scope)
        opened = _opened(found.pop("open"))
        return {**opened, **found, "settled": found["settled"][0], "health": found["health"][0]}

    def slow(self, scope: Scope) -> dict[str, Any]:
        """Return the rest; what became of everything only to whom sees all."""
        return self._asked(slow_questions(scope), scope)

    def _asked(self, questions: dict[str, str], scope: Scope) -> dict[str, Any]:
        return {name: self.rows(scoped(sql, scope), scope.given) for name, sql in questions.items()}

    def version(self) -> str:
        """Return what changes when something is stored."""
        return self._store.raw(CHANGED, "TabSeparated").decode()

    def rows(self, sql: str, given: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """Return rows as JSON has them: numbers are numbers, times are text in Beijing time."""
        answer = json.loads(self._store.raw(sql, "JSON", given))
        return [dict(row) for row in answer["data"]]


def quick_questions(scope: Scope) -> dict[str, str]:
    """Return what is asked at each change for somebody of a scope, by name."""
    return {**QUICK, "hottest": HOTTEST} if scope.cases else dict(QUICK)


def slow_questions(scope: Scope) -> dict[str, str]:
    """Return what is asked now and then."""
    return {**SLOW, "accounting": ACCOUNTING} if scope.sql == "1" else dict(SLOW)


def _opened(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return totals, tiers, units, grids and categories out of the rows of all groupings."""
    by = {
        name: [row for row in rows if int(row["by"]) == sum(BY.values()) - bit]
        for name, bit in BY.items()
    }
    (totals,) = (row for row in rows if int(row["by"]) == sum(BY.values()))
    units = sorted(
        (row for row in by["unit"] if row["unit"]),
        key=lambda row: (-int(row["overdue"]), -int(row["open"]), row["unit"]),
    )
    categories = sorted(by["category"], key=lambda row: (-int(row["open"]), row["category"]))
    return {
        "totals": _only(totals, "open", "overdue", "triage", "yellow") | {
            "opened_today": totals["today"]
        },
        "tiers": [_only(row, "tier", "open", "overdue", "yellow")
                  for row in sorted(by["tier"], key=lambda row: str(row["tier"]))],
        "units": [_only(row, "unit", "open", "overdue", "yellow") for row in units[:MOST_UNITS]],
        "grids": [_only(row, "grid_code", "open", "overdue", "today")
                  for row in by["grid_code"] if row["grid_code"]],
        "categories": [_only(row, "category", "open", "told")
                       for row in categories[:MOST_CATEGORIES]],
    }  # fmt: skip


def _only(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names}


def scoped(sql: str, scope: Scope) -> str:
    """Return a query with a scope's condition; events have a place and no unit."""
    events = scope.sql if "unit" not in scope.sql else "1"
    return sql.replace(PLACED, f"({events})").replace("SCOPE", f"({scope.sql})")
