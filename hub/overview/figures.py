"""The figures of the overview 一屏: each counts rows that the page can list."""

import json
from typing import Any

from hub.accounts.permissions import Scope
from hub.store.client import Store
from schemas.cases.case import OPEN_STATES

OPEN_SQL = str(tuple(map(str, OPEN_STATES)))
"""The open states as an SQL list, for use after IN."""
START_OF_TODAY = "toStartOfDay(now64(3, 'Asia/Shanghai'))"
TODAY = "toDate(now('Asia/Shanghai'))"
TREND_DAYS = 28
MOST_UNITS, MOST_CATEGORIES = 12, 10
OPEN_CASES = """(
    SELECT case_id, state, unit, tier, division_code, grid_code, category, reports, supervision,
           title, content, place_name, channels, opened_at, due_at,
           ifNull(due_at < now64(3), 0) AS late
    FROM open_cases_kept WHERE SCOPE
)"""
EVENT_SCOPE = "SCOPE_EVENTS"
QUICK_QUERIES = {
    "open": f"""
        SELECT tier, unit, grid_code, category, grouping(tier, unit, grid_code, category) AS by,
               count() AS open, countIf(late) AS overdue, countIf(state = 'triage') AS triage,
               countIf(supervision = 'yellow' AND NOT late) AS yellow,
               countIf(opened_at >= {START_OF_TODAY}) AS today, sum(reports) AS told
        FROM {OPEN_CASES}
        GROUP BY GROUPING SETS ((), (tier), (unit), (grid_code), (category))""",
    "settled": f"""
        SELECT countIf(settled_at >= {START_OF_TODAY}) AS settled_today, count() AS settled,
               countIf(settled_tier IN ('grid', 'village')) AS village,
               countIf(settled_tier = 'township') AS township,
               countIf(settled_tier = 'county') AS county
        FROM settled_cases_kept
        WHERE settled_at >= toStartOfMonth(now('Asia/Shanghai')) AND SCOPE""",
    "flow": f"""
        SELECT channel, uniqExactMerge(ids) AS events,
               uniqExactMergeIf(ids, kind = 'report') AS reports
        FROM arrivals_kept WHERE day = {TODAY} AND {EVENT_SCOPE} GROUP BY channel""",
    "hours": f"""
        SELECT toHour(slot) AS hour, uniqExactMerge(ids) AS events
        FROM arrivals_kept WHERE day = {TODAY} AND {EVENT_SCOPE} GROUP BY hour""",
    "health": f"""
        SELECT uniqExactMerge(ids) AS events, quantileTDigestMerge(0.95)(lag) AS lag,
               (SELECT count() FROM sink_faults) AS faults
        FROM arrivals_kept
        WHERE day >= {TODAY} - 1 AND slot >= toStartOfFifteenMinutes(now()) - 900""",
}
"""Figures that are queried at each change. SCOPE is a placeholder for the viewer's condition on
cases, SCOPE_EVENTS for the one on events. Events have no unit, so a unit counts all events."""
HOTTEST = f"""
    SELECT case_id, title, content, category, place_name, reports, channels, state, unit
    FROM {OPEN_CASES} ORDER BY reports DESC, opened_at DESC LIMIT 8"""
SLOW_QUERIES = {
    "rates": """
        SELECT figure, count() AS occasions, countIf(good) AS well FROM
        (
            SELECT figure, good, unit, grid_code, township AS division_code FROM assessed
            WHERE month = toStartOfMonth(now('Asia/Shanghai'))
        ) WHERE SCOPE GROUP BY figure""",
    "coverage": f"""
        SELECT plan, any(plan_name) AS plan_name, count() AS due, countIf(outcome = 'done') AS done,
               countIf(outcome = 'missed') AS missed
        FROM (SELECT *, '' AS unit FROM duties_since(since = {TODAY})
              WHERE begins <= now64(3) AND ends > {START_OF_TODAY})
        WHERE SCOPE GROUP BY plan ORDER BY plan""",
    "days": f"""
        SELECT day, uniqExactMerge(ids) AS reports FROM arrivals_kept
        WHERE day > {TODAY} - {TREND_DAYS} AND kind IN ('report', 'wish') AND {EVENT_SCOPE}
        GROUP BY day ORDER BY day""",
    "rise": f"""
        SELECT grid_code, uniqExactMergeIf(ids, day >= {TODAY} - 6) AS week,
               uniqExactMergeIf(ids, day < {TODAY} - 6) / 4 AS before
        FROM arrivals_kept
        WHERE day >= {TODAY} - 34 AND kind IN ('report', 'wish') AND grid_code != ''
          AND {EVENT_SCOPE}
        GROUP BY grid_code""",
}
"""Figures that change slowly and take longer."""
ACCOUNTING = "SELECT * FROM accounting ORDER BY channel"
GROUPING_BITS = {"tier": 8, "unit": 4, "grid_code": 2, "category": 1}
"""Bits of `grouping()`: the bit of a column is set in rows that are not grouped by it."""
VERSION_QUERY = (
    "SELECT table, sum(rows), max(modification_time) FROM system.parts WHERE active"
    " AND database = currentDatabase() AND table IN ('events', 'cases', 'receipts', 'dispositions')"
    " GROUP BY table ORDER BY table"
)
"""A cheap query whose result changes when anything is stored."""


class OverviewFigures:
    """Queries the figures that a viewer sees."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def quick(self, scope: Scope) -> dict[str, Any]:
        """Return the quick figures; the hottest cases only for a viewer who may open cases."""
        results = self._run(quick_queries(scope), scope)
        open_figures = _open_figures(results.pop("open"))
        single = {name: results[name][0] for name in ("settled", "health")}
        return {**open_figures, **results, **single}

    def slow(self, scope: Scope) -> dict[str, Any]:
        """Return the slow figures; the accounting of channels only for a viewer who sees all."""
        return self._run(slow_queries(scope), scope)

    def _run(self, queries: dict[str, str], scope: Scope) -> dict[str, Any]:
        return {
            name: self.rows(scoped(sql, scope), scope.parameters) for name, sql in queries.items()
        }

    def version(self) -> str:
        """Return a text that changes when something is stored."""
        return self._store.raw(VERSION_QUERY, "TabSeparated").decode()

    def rows(self, sql: str, parameters: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """Run a query; return rows with numbers as numbers and times as text in Beijing time."""
        answer = json.loads(self._store.raw(sql, "JSON", parameters))
        return [dict(row) for row in answer["data"]]


def quick_queries(scope: Scope) -> dict[str, str]:
    """Return the quick queries for a scope, by name."""
    return {**QUICK_QUERIES, "hottest": HOTTEST} if scope.may_open_cases else dict(QUICK_QUERIES)


def slow_queries(scope: Scope) -> dict[str, str]:
    """Return the slow queries for a scope, by name."""
    return {**SLOW_QUERIES, "accounting": ACCOUNTING} if scope.sql == "1" else dict(SLOW_QUERIES)


def _open_figures(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Split the rows of the query `open` into totals, tiers, units, grids and categories."""
    by = {
        name: [row for row in rows if int(row["by"]) == sum(GROUPING_BITS.values()) - bit]
        for name, bit in GROUPING_BITS.items()
    }
    (totals,) = (row for row in rows if int(row["by"]) == sum(GROUPING_BITS.values()))
    units = sorted(
        (row for row in by["unit"] if row["unit"]),
        key=lambda row: (-int(row["overdue"]), -int(row["open"]), row["unit"]),
    )
    categories = sorted(by["category"], key=lambda row: (-int(row["open"]), row["category"]))
    tiers = sorted(by["tier"], key=lambda row: str(row["tier"]))
    grids = [row for row in by["grid_code"] if row["grid_code"]]
    return {
        "totals": {
            **_only(totals, "open", "overdue", "triage", "yellow"),
            "opened_today": totals["today"],
        },
        "tiers": [_only(row, "tier", "open", "overdue", "yellow") for row in tiers],
        "units": [_only(row, "unit", "open", "overdue", "yellow") for row in units[:MOST_UNITS]],
        "grids": [_only(row, "grid_code", "open", "overdue", "today") for row in grids],
        "categories": [
            _only(row, "category", "open", "told") for row in categories[:MOST_CATEGORIES]
        ],
    }


def _only(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names}


def scoped(sql: str, scope: Scope) -> str:
    """Put a scope's conditions into a query. Events have no unit, so a unit's is left out there."""
    events = scope.sql if "unit" not in scope.sql else "1"
    return sql.replace(EVENT_SCOPE, f"({events})").replace("SCOPE", f"({scope.sql})")
