"""The SQL of the queues 队列查询: a page of cases by key, and the counts of all queues. Pure.

A page is read in two steps: the keys of its cases from narrow columns, then the rows of these. A
page begins after the key of the last row before it. So a case that leaves the queue while somebody
reads moves no other case to a page that was read already, and the last page costs what the first
costs.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from hub.accounts.permissions import Scope
from hub.store.case_sql import RED_SQL
from hub.workbench.navigation import PageCount
from hub.workbench.queues.catalogue import Queue

COLUMNS = (
    *("case_id", "number", "seq", "state", "title", "content", "category", "urgency"),
    *("division_code", "grid_code", "place_name", "lon", "lat", "unit", "reports", "channels"),
    *("follow_ups", "supervision", "returns", "opened_at", "confidential", "reopenings"),
)
OF_OPEN = (*COLUMNS, "due_at", "accept_by", "suggested")
OF_SETTLED = (*COLUMNS, "settled_at")
DEADLINE = "if(state = 'assigned', ifNull(least(accept_by, due_at), due_at), due_at)"
"""The next deadline: to accept, and then to settle."""
RANK = f"""multiIf(
    urgency = 'urgent', 0, supervision IN {RED_SQL}, 1, {DEADLINE} < now64(3), 2,
    supervision = 'yellow', 3, returns > 0 OR reopenings > 0 OR follow_ups > 0, 4, 5)"""
"""What is worth doing first 轻重缓急; see docs/workbench.md."""
NO_DEADLINE = 9_000_000_000_000
"""Milliseconds that sort cases without a deadline behind the others."""
_OPENED = "toUnixTimestamp64Milli(opened_at)"
_DUE = f"ifNull(toUnixTimestamp64Milli({DEADLINE}), {NO_DEADLINE})"
SORTS: dict[str, tuple[str, str, str]] = {
    "first": ("先办的在前", f"toInt64({RANK})", _DUE),
    "due": ("先到期的在前", _DUE, _OPENED),
    "opened": ("新立案的在前", f"-{_OPENED}", "toInt64(0)"),
    "oldest": ("先立案的在前", _OPENED, "toInt64(0)"),
    "reports": ("诉求多的在前", "-toInt64(reports)", f"-{_OPENED}"),
}
"""Code → Chinese name and two ascending keys; the case id is the third."""
SETTLED_SORTS: dict[str, tuple[str, str, str]] = {
    "first": ("先办结的在前", "toUnixTimestamp64Milli(settled_at)", _OPENED),
    **{code: SORTS[code] for code in ("opened", "oldest", "reports")},
}
"""The sorts of queues with settled cases, which have no next deadline."""
CURSOR = re.compile(
    r"(-?\d{1,15})\.(-?\d{1,15})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.ASCII
)
FILTERS: dict[str, str] = {
    "area": "(startsWith(division_code, {area:String}) OR startsWith(grid_code, {area:String}))",
    "category": "startsWith(category, {category:String})",
    "unit": "unit = {unit:String}",
    "state": "state = {state:String}",
    "channel": "has(channels, {channel:String})",
    "urgency": "urgency = {urgency:String}",
    "words": "("
    + " OR ".join(
        f"positionCaseInsensitive({column}, {{words:String}}) > 0"
        for column in ("title", "place_name", "content")
    )
    + ")",
}
"""Filter → its condition; the parameter has the name of the filter. Words are compared as bytes,
so only capitals of ASCII do not matter: Chinese has none, and to fold the others costs more."""

_BY_PLACE = "SELECT unit, division_code, grid_code, count() AS rows"
WAITING_ROWS: dict[PageCount, str] = {
    PageCount.PROJECTS: f"{_BY_PLACE} FROM project_stages_overdue GROUP BY ALL",
    PageCount.DELIBERATIONS: "SELECT unit, carried_by, division_code, grid_code, count() AS rows"
    " FROM deliberations WHERE days_late > 0 GROUP BY ALL",
    PageCount.SERVICES: f"{_BY_PLACE} FROM service_items_late GROUP BY ALL",
    PageCount.BURDENS: "SELECT '' AS unit, '' AS division_code, '' AS grid_code, count() AS rows"
    " FROM tasks FINAL WHERE ruling = 'to_county'",
}
"""What is late or waits on pages besides the queues, by unit and place. Topics are also in the
list of the unit that carries them out."""


class PageKey(NamedTuple):
    """The key of a row: the two numbers by which a page is sorted, and the case id."""

    first: int
    second: int
    case_id: str

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "PageKey":
        """Return the key in a row of `keys_query`."""
        return cls(int(row["first"]), int(row["second"]), row["case_id"])

    def __str__(self) -> str:
        """Return the key as a query parameter has it."""
        return f"{self.first}.{self.second}.{self.case_id}"


def parse_key(text: str) -> PageKey | None:
    """Return the key in a query parameter; None if it is none."""
    match = CURSOR.fullmatch(text)
    return PageKey(int(match[1]), int(match[2]), match[3]) if match else None


def sorts_of(queue: Queue) -> dict[str, tuple[str, str, str]]:
    """Return the sorts that a queue can be shown by, as `SORTS` has them."""
    return SETTLED_SORTS if queue.settled else SORTS


def in_queue(queue: Queue, scope: Scope) -> str:
    """Return the condition of a queue within the scope of a viewer."""
    limit = queue.beyond_scope if queue.beyond_scope and scope.is_of_unit else scope.sql
    return f"({limit}) AND ({queue.condition})"


def matching(queue: Queue, scope: Scope, filters: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Return the condition of a filtered queue, and its parameters.

    `filters` has names of `FILTERS`; empty values filter nothing.
    """
    parts, parameters = [in_queue(queue, scope)], dict(scope.parameters)
    for name, condition in FILTERS.items():
        if filters.get(name):
            parts.append(condition)
            parameters[name] = filters[name]
    return " AND ".join(parts), parameters


def keys_query(
    queue: Queue,
    scope: Scope,
    filters: Mapping[str, str],
    *,
    sort: str = "first",
    after: PageKey | None = None,
    size: int,
) -> tuple[str, dict[str, Any]]:
    """Return the SQL of the keys of a page, in order: one more than `size` if there is a next.

    Its columns are `first`, `second` and `case_id`: see `PageKey`.
    """
    _, first, second = sorts_of(queue)[sort]
    condition, parameters = matching(queue, scope, filters)
    beyond = ""
    if after is not None:
        beyond = "WHERE (first, second, case_id) > ({k1:Int64}, {k2:Int64}, {k3:UUID})"
        parameters |= {"k1": after.first, "k2": after.second, "k3": after.case_id}
    sql = (
        f"SELECT first, second, case_id FROM (SELECT case_id, {first} AS first, {second} AS second"
        f" FROM {queue.table} WHERE {condition}) {beyond}"
        f" ORDER BY first, second, case_id LIMIT {int(size) + 1}"
    )
    return sql, parameters


def rows_query(queue: Queue) -> str:
    """Return the SQL of the rows of a page, in any order; its parameter `ids` has the case ids.

    PREWHERE is safe: the id is the sorting key of the table.
    """
    columns = ", ".join(OF_SETTLED if queue.settled else OF_OPEN)
    return f"SELECT {columns} FROM {queue.table} PREWHERE case_id IN {{ids:Array(UUID)}}"


def count_query(queues: Iterable[Queue], scope: Scope) -> tuple[str, dict[str, Any]]:
    """Return the SQL that counts all queues of a viewer, and its parameters.

    All queues of open cases are counted in one pass.
    """
    counts = []
    for queue in queues:
        count = f"countIf({in_queue(queue, scope)})"
        if queue.settled:
            count = f"(SELECT {count} FROM {queue.table})"
        counts.append(f"{count} AS `{queue.code}`")
    return f"SELECT {', '.join(counts)} FROM open_cases_kept", dict(scope.parameters)


def matching_count_query(
    queue: Queue, scope: Scope, filters: Mapping[str, str]
) -> tuple[str, dict[str, Any]]:
    """Return the SQL that counts the cases of a filtered queue, and its parameters."""
    condition, parameters = matching(queue, scope, filters)
    return f"SELECT count() AS cases FROM {queue.table} WHERE {condition}", parameters
