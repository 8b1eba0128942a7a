"""The SQL of the pages of grids 一格一档查询: counts within the area of the viewer. Pure."""

from typing import Any

from hub.accounts.permissions import Scope

MOST_ROWS = 500
COUNTS = (
    *("people", "registered_households", "cared_for", "key_persons"),
    *("dwellings", "rented", "firms", "institutions", "premises", "open_cases"),
)
LOADED = (
    "SELECT register, toString(toDate(max(at))) AS day FROM register_versions GROUP BY register"
)
"""The day of the last load of each register."""


def list_query(scope: Scope, area: str) -> tuple[str, dict[str, Any]]:
    """Return the query of the grids of an area, empty for all, and its parameters.

    Each row has the number of all grids, and the sum of each count over them (`all_…`).
    """
    within = scope.within(area) if area else scope
    sums = ", ".join(f"sum({count}) OVER () AS all_{count}" for count in COUNTS)
    sql = f"""
    SELECT grid_code, grid_name, division_code, {", ".join(COUNTS)}, {sums},
           count() OVER () AS grids
    FROM grid_numbers WHERE {within.sql} ORDER BY grid_code LIMIT {MOST_ROWS}
    """
    return sql, within.parameters


def grid_query(scope: Scope, grid: str) -> tuple[str, dict[str, Any]]:
    """Return the query of the counts of one grid, and its parameters."""
    sql = f"""
    SELECT grid_code, grid_name, division_code, {", ".join(COUNTS)}
    FROM grid_numbers WHERE {scope.sql} AND grid_code = {{grid:String}}
    """
    return sql, {**scope.parameters, "grid": grid}


CLASSES_OF_GRID = (
    "SELECT class, people FROM people_by_class WHERE grid_code = {grid:String} ORDER BY class"
)
DWELLINGS_OF_GRID = (
    "SELECT kind, dwellings FROM dwellings_by_kind WHERE grid_code = {grid:String}"
    " ORDER BY dwellings DESC, kind"
)
PREMISES_OF_GRID = (
    "SELECT kind, premises FROM premises_by_kind WHERE grid_code = {grid:String}"
    " ORDER BY premises DESC, kind"
)
VISITS_OF_GRID = (
    "SELECT class, plan_name, every, people, is_few, done, due, overdue FROM visits_by_class"
    " WHERE grid_code = {grid:String} ORDER BY plan_name, class"
)
"""The visits of the present period by plan and class; of a few people only their number."""
