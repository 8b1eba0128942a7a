"""The SQL of the page of visits 按类别走访查询: counts within the area of the viewer. Pure."""

from typing import Any

from hub.accounts.permissions import Scope

MOST_GRIDS = 200


def class_query(scope: Scope) -> tuple[str, dict[str, Any]]:
    """Return the query of the visits by township, class and plan, and its parameters."""
    condition = scope.sql.replace("division_code", "township").replace("grid_code", "township")
    sql = f"""
    SELECT township, class, plan_name, people, is_few, done, due, overdue
    FROM visits_by_township WHERE {condition} ORDER BY township, plan_name, class
    """
    return sql, scope.parameters


def grid_query(scope: Scope) -> tuple[str, dict[str, Any]]:
    """Return the query of the visits by grid, the most overdue first, and its parameters.

    Each row has the number of all grids (`grids`).
    """
    sql = f"""
    SELECT grid_code, worker, people, is_few, done, due, overdue, count() OVER () AS grids
    FROM visits_by_grid WHERE {scope.sql}
    ORDER BY ifNull(overdue, 0) DESC, ifNull(due, 0) DESC, grid_code LIMIT {MOST_GRIDS}
    """
    return sql, scope.parameters
