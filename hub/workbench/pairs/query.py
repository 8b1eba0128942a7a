"""The SQL of the pairs 比对查询. Pure.

The view `suggestions` reads all cases. These queries begin at the table of open cases, and read the
others by their ids.
"""

from typing import Any

from hub.accounts.permissions import Scope

MOST_CASES = 400
"""Cases with suggestions that are looked through for one page of pairs."""
FIELDS = (
    "case_id, seq, state, title, content, category, place_name, division_code, grid_code, lon, lat,"
    " unit, reports, channels, urgency, opened_at, confidential, suggested, merged_into"
)
OTHERS = f"SELECT {FIELDS} FROM cases WHERE case_id IN {{ids:Array(UUID)}}"
SUGGESTED = """
SELECT case_id, seq, data FROM case_events
WHERE case_id IN {ids:Array(UUID)} AND move = 'suggest' ORDER BY seq"""


def cases_query(scope: Scope, case_id: str = "") -> tuple[str, dict[str, Any]]:
    """Return the SQL of open cases with suggestions, those with most reports first.

    With `case_id`, only of this case.
    """
    parameters = dict(scope.parameters)
    only = ""
    if case_id:
        only, parameters["case"] = " AND case_id = {case:UUID}", case_id
    keys = (
        f"SELECT case_id FROM open_cases_kept WHERE suggested > 0 AND ({scope.sql}){only}"
        f" ORDER BY urgency = 'urgent' DESC, reports DESC, case_id LIMIT {MOST_CASES}"
    )
    return f"SELECT {FIELDS} FROM cases WHERE case_id IN ({keys})", parameters


def others_query(scope: Scope, ids: list[str]) -> tuple[str, dict[str, Any]]:
    """Return the SQL of cases by their ids, within a scope; a merged case has left every scope."""
    sql = f"{OTHERS} AND (({scope.sql}) OR state = 'merged')"
    return sql, {**scope.parameters, "ids": ids}
