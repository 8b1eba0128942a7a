"""Queries of the page of service items: the numbers by item, and one list. Pure."""

from typing import Any, NamedTuple

from hub.accounts.permissions import Scope

PAGE_ROWS = 50
SCOPE = "SCOPE"


class ItemList(NamedTuple):
    """One list of the page: its Chinese name, and which items are in it."""

    name: str
    condition: str


LISTS: dict[str, ItemList] = {
    "late": ItemList("超期", "supervision IN ('red', 'up')"),
    "yellow": ItemList("黄牌", "supervision = 'yellow'"),
    "stopped": ItemList("补正或特别程序", "state = 'stopped'"),
    "open": ItemList("在办", "state IN ('applied', 'in_hand', 'stopped')"),
    "done": ItemList(
        "本月办结", "state = 'done' AND done_at >= toStartOfMonth(now('Asia/Shanghai'))"
    ),
}
"""By the name in the address; the first is shown if none is asked for."""

_COUNTED = ", ".join(f"countIf({listed.condition}) AS {name}" for name, listed in LISTS.items())
COUNTS = f"""
SELECT item_name, {_COUNTED}
FROM service_items WHERE {SCOPE} GROUP BY item_name
HAVING open > 0 OR done > 0 ORDER BY late DESC, open DESC, item_name"""
MEDIANS = f"""
SELECT item_name, quantileExact(0.5)(working_days) AS median_days,
       countIf(due_on IS NOT NULL) AS promised,
       countIf(due_on IS NOT NULL AND days_late = 0) AS on_time
FROM service_items WHERE {SCOPE} AND {LISTS["done"].condition} GROUP BY item_name"""
ROWS = f"""
SELECT number, item_name, theme, applicant, department, stage, stage_at, accepted_at, due_on,
       done_at, working_days, days_late, supervision, state, corrections, tracking,
       count() OVER () AS total
FROM service_items
WHERE {SCOPE} AND CONDITION AND ({{item:String}} = '' OR item_name = {{item:String}})
ORDER BY days_late DESC, due_on IS NULL, due_on, number
LIMIT {PAGE_ROWS} OFFSET {{skipped:UInt32}}"""


def counts_query(scope: Scope) -> str:
    """Return the query of the numbers of each item within a scope."""
    return COUNTS.replace(SCOPE, f"({scope.sql})")


def medians_query(scope: Scope) -> str:
    """Return the query of the working days of what was done this month, by item."""
    return MEDIANS.replace(SCOPE, f"({scope.sql})")


def rows_query(listed: ItemList, scope: Scope, item: str, page: int) -> tuple[str, dict[str, Any]]:
    """Return the query of one page of a list, with its parameters; an empty item is every item."""
    sql = ROWS.replace("CONDITION", f"({listed.condition})").replace(SCOPE, f"({scope.sql})")
    return sql, {**scope.parameters, "item": item, "skipped": page * PAGE_ROWS}
