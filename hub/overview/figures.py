"""The figures of the overview 一屏: each counts rows that the page can list."""

from typing import Any

from hub.accounts.permissions import Scope
from hub.store.case_sql import OPEN_SQL, RED_SQL, START_OF_TODAY, TODAY, WAITING_SQL
from hub.store.client import Store
from hub.store.json_rows import json_rows

TREND_DAYS = 28
MOST_UNITS, MOST_CATEGORIES, MOST_ITEMS = 12, 10, 40
OPEN_ITEMS_SQL = "('applied', 'in_hand', 'stopped')"
"""States of a service item that is not finished, as an SQL list."""
OPEN_CASES = """(
    SELECT state, unit, tier, grid_code, category, reports, supervision, urgency,
           ifNull(due_at < now64(3), 0) AS late
    FROM open_cases_kept WHERE SCOPE
)"""
OPENED_TODAY = f"""
SELECT grid_code, arrayJoin(channels) AS channel, toHour(opened_at) AS hour,
       grouping(grid_code, channel, hour) AS by, count() AS of_channel,
       countIf(channel = channels[1]) AS cases
FROM TABLE PREWHERE opened_at >= {START_OF_TODAY} WHERE SCOPE
GROUP BY GROUPING SETS ((), (grid_code), (channel), (hour))"""
"""The cases opened today. Those still open are counted at each change, the others are few, and are
counted with the slow figures: they need all cases. Every snapshot of a case has the same
`opened_at`, so PREWHERE may leave out cases before FINAL merges their snapshots."""
EVENT_SCOPE = "SCOPE_EVENTS"
SETTLED_TODAY = f"""
SELECT sum(cases) AS settled, sumIf(cases, settled_tier IN ('grid', 'village')) AS village,
       sumIf(cases, settled_tier = 'township') AS township,
       sumIf(cases, settled_tier = 'county') AS county
FROM
(
    SELECT settled_tier, uniqExact(settlement) AS cases FROM settlements
    WHERE NOT is_annulled AND day >= {TODAY} AND SCOPE AND settlement NOT IN
        (SELECT settlement FROM settlements WHERE is_annulled AND day >= {TODAY})
    GROUP BY settled_tier
)"""
"""The settlements of today, without those whose case was reopened."""
SETTLED_BEFORE = f"""
SELECT count() AS settled, countIf(settled_tier IN ('grid', 'village')) AS village,
       countIf(settled_tier = 'township') AS township, countIf(settled_tier = 'county') AS county
FROM settled_cases_kept
WHERE settled_at >= toStartOfMonth(now('Asia/Shanghai')) AND settled_at < {START_OF_TODAY}
  AND SCOPE"""
"""The cases settled in this month before today."""
QUICK_QUERIES = {
    "open": f"""
        SELECT tier, unit, grid_code, category, grouping(tier, unit, grid_code, category) AS by,
               count() AS open, countIf(late) AS overdue, countIf(state = 'triage') AS triage,
               countIf(state IN {WAITING_SQL}) AS waiting, countIf(urgency = 'urgent') AS urgent,
               countIf(supervision = 'yellow' AND NOT late) AS yellow,
               countIf(supervision IN {RED_SQL}) AS red, sum(reports) AS told
        FROM {OPEN_CASES}
        GROUP BY GROUPING SETS ((), (tier), (unit), (grid_code), (category))""",
    "today": OPENED_TODAY.replace("TABLE", "open_cases_kept"),
    "settled_today": SETTLED_TODAY,
    "arrivals": f"""
        SELECT channel, toHour(slot) AS hour, grouping(channel, hour) AS by,
               uniqExactMerge(ids) AS events, uniqExactMergeIf(ids, kind = 'report') AS reports
        FROM arrivals_kept WHERE day = {TODAY} AND {EVENT_SCOPE}
        GROUP BY GROUPING SETS ((channel), (hour))""",
    "health": f"""
        SELECT uniqExactMerge(ids) AS events, quantileTDigestMerge(0.95)(lag) AS lag,
               (SELECT count() FROM sink_faults) AS faults
        FROM arrivals_kept
        WHERE day >= {TODAY} - 1 AND slot >= toStartOfFifteenMinutes(now()) - 900""",
}
"""Figures that are queried at each change. SCOPE is a placeholder for the viewer's condition on
cases, SCOPE_EVENTS for the one on events."""
HOTTEST = """
    SELECT case_id, title, content, category, place_name, reports, channels, state, unit, urgency
    FROM open_cases_kept WHERE case_id IN
        (SELECT case_id FROM open_cases_kept WHERE SCOPE
         ORDER BY reports DESC, opened_at DESC LIMIT 8)
    ORDER BY reports DESC, opened_at DESC"""
"""The cases with the most reports. Texts are read for these cases only, by their ids."""
DUTIES_OF_TODAY = f"""(
    SELECT *, '' AS unit FROM duties_since(since = {TODAY})
    WHERE begins <= now64(3) AND ends > {START_OF_TODAY}
)"""
"""The duties that are due today. They are of grids, not of units."""
SLOW_QUERIES = {
    "today_ended": OPENED_TODAY.replace("TABLE", "cases").replace(
        "SCOPE", f"state NOT IN {OPEN_SQL} AND SCOPE"
    ),
    "settled_before": SETTLED_BEFORE,
    "rates": """
        SELECT figure, count() AS occasions, countIf(good) AS well,
               uniqExactIf(case_id, NOT good AND case_id IN (SELECT case_id FROM cases WHERE SCOPE))
                   AS failed
        FROM
        (
            SELECT figure, case_id, good, unit, grid_code, township AS division_code FROM assessed
            WHERE month = toStartOfMonth(now('Asia/Shanghai'))
        ) WHERE SCOPE GROUP BY figure""",
    "coverage": f"""
        SELECT plan, any(plan_name) AS plan_name, count() AS due, countIf(outcome = 'done') AS done,
               countIf(outcome = 'missed') AS missed
        FROM {DUTIES_OF_TODAY}
        WHERE SCOPE GROUP BY plan ORDER BY plan""",
    "services": f"""
        SELECT item_name, countIf(state IN {OPEN_ITEMS_SQL}) AS in_hand,
               countIf(state = 'stopped') AS stopped,
               countIf(supervision = 'yellow') AS yellow,
               countIf(supervision IN {RED_SQL}) AS late,
               countIf(state = 'done' AND done_at >= toStartOfMonth(now('Asia/Shanghai'))) AS done
        FROM service_items WHERE SCOPE GROUP BY item_name
        HAVING in_hand > 0 OR done > 0
        ORDER BY late DESC, in_hand DESC, item_name LIMIT {MOST_ITEMS}""",
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
OF_UNIT = {
    "arrivals": "SELECT '' AS channel, 0 AS hour, 0 AS by, 0 AS events, 0 AS reports WHERE 0",
    "days": f"""
        SELECT toDate(opened_at) AS day, count() AS reports FROM cases
        WHERE toDate(opened_at) > {TODAY} - {TREND_DAYS} AND SCOPE GROUP BY day ORDER BY day""",
    "rise": f"""
        SELECT grid_code, countIf(toDate(opened_at) >= {TODAY} - 6) AS week,
               countIf(toDate(opened_at) < {TODAY} - 6) / 4 AS before
        FROM cases
        WHERE toDate(opened_at) >= {TODAY} - 34 AND grid_code != '' AND SCOPE
        GROUP BY grid_code""",
}
"""What a unit sees instead: events have no unit, so its figures count its cases."""
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
        self.store = store

    def quick(self, scope: Scope) -> dict[str, Any]:
        """Return the quick figures; the hottest cases only for a viewer who may open cases."""
        results = self._run(quick_queries(scope), scope)
        open_figures = _open_figures(results.pop("open"))
        single = {name: results[name][0] for name in ("settled_today", "health")}
        flow, hours = _arrivals(results.pop("arrivals"))
        today = _today_figures(results["today"])
        figures = {**open_figures, **results, **single}
        return {**figures, "flow": flow, "hours": hours, "today": today}

    def slow(self, scope: Scope) -> dict[str, Any]:
        """Return the slow figures; the accounting of channels only for a viewer who sees all."""
        results = self._run(slow_queries(scope), scope)
        ended = _today_figures(results["today_ended"])
        return results | {"today_ended": ended, "settled_before": results["settled_before"][0]}

    def _run(self, queries: dict[str, str], scope: Scope) -> dict[str, Any]:
        return {
            name: self.rows(scoped(sql, scope), scope.parameters) for name, sql in queries.items()
        }

    def version(self) -> str:
        """Return a text that changes when something is stored."""
        return self.store.raw(VERSION_QUERY, "TabSeparated").decode()

    def rows(self, sql: str, parameters: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """Run a query; return rows with numbers as numbers and times as text in Beijing time."""
        return json_rows(self.store, sql, parameters)


def quick_queries(scope: Scope) -> dict[str, str]:
    """Return the quick queries for a scope, by name."""
    queries = _for_scope(QUICK_QUERIES, scope)
    return {**queries, "hottest": HOTTEST} if scope.may_open_cases else queries


def slow_queries(scope: Scope) -> dict[str, str]:
    """Return the slow queries for a scope, by name."""
    queries = _for_scope(SLOW_QUERIES, scope)
    return {**queries, "accounting": ACCOUNTING} if scope.sql == "1" else queries


def _for_scope(queries: dict[str, str], scope: Scope) -> dict[str, str]:
    if not scope.is_of_unit:
        return dict(queries)
    return {name: OF_UNIT.get(name, sql) for name, sql in queries.items()}


def _arrivals(rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Split the rows of the query `arrivals` into those of each channel and of each hour."""
    return (
        [_only(row, "channel", "events", "reports") for row in rows if int(row["by"]) == 1],
        [_only(row, "hour", "events") for row in rows if int(row["by"]) != 1],
    )


def _today_figures(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Split the rows of `OPENED_TODAY`: all cases, and those of each channel, grid and hour.

    A case of two channels counts in both.
    """
    bits = {"grid_code": 4, "channel": 2, "hour": 1}
    whole = sum(bits.values())
    counts = {"grid_code": "cases", "channel": "of_channel", "hour": "cases"}
    parts = {
        name: [
            {name: row[name], "cases": row[counts[name]]}
            for row in rows
            if int(row["by"]) == whole - bit
        ]
        for name, bit in bits.items()
    }
    total = next((int(row["cases"]) for row in rows if int(row["by"]) == whole), 0)
    return {
        "cases": total,
        "channels": parts["channel"],
        "grids": [row for row in parts["grid_code"] if row["grid_code"]],
        "hours": parts["hour"],
    }


def _open_figures(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Split the rows of the query `open` into totals, tiers, units, grids and categories.

    `left_out` is what follows after the units and categories that are listed.
    """
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
            **_only(totals, "open", "overdue", "triage", "yellow", "red", "waiting", "urgent"),
        },
        "tiers": [_only(row, "tier", "open", "overdue", "yellow") for row in tiers],
        "units": [_only(row, "unit", "open", "overdue", "yellow") for row in units[:MOST_UNITS]],
        "grids": [_only(row, "grid_code", "open", "overdue") for row in grids],
        "categories": [
            _only(row, "category", "open", "told") for row in categories[:MOST_CATEGORIES]
        ],
        "left_out": {
            "units": _left_out(units, MOST_UNITS),
            "categories": _left_out(categories, MOST_CATEGORIES),
        },
    }


def _left_out(rows: list[dict[str, Any]], most: int) -> dict[str, int]:
    """Return how many rows of a list the page does not show, and their open cases."""
    return {"rows": len(rows[most:]), "open": sum(int(row["open"]) for row in rows[most:])}


def _only(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names}


def scoped(sql: str, scope: Scope) -> str:
    """Put a scope's conditions into a query; events have no unit, see `OF_UNIT`."""
    events = "1" if scope.is_of_unit else scope.sql
    return sql.replace(EVENT_SCOPE, f"({events})").replace("SCOPE", f"({scope.sql})")
