"""The SQL of the firms and premises of a case 涉及主体查询. Pure."""

from typing import Any

from hub.accounts.permissions import Scope

MENTIONS = """
SELECT toString(e.event_id) AS event_id, e.division_code AS division_code,
       e.grid_code AS grid_code, e.written AS written, e.verdict AS verdict, e.code AS code,
       e.evidence AS evidence, e.offered AS offered, c.who AS chosen_by, c.code AS chosen
FROM event_firms AS e FINAL
LEFT JOIN (SELECT event_id, code, who FROM firm_choices FINAL) AS c ON c.event_id = e.event_id
WHERE e.case_id = {case:UUID} OR e.event_id IN {ids:Array(UUID)}
ORDER BY e.received_at, e.event_id"""
IN_AREA = (
    "({area:String} = '' OR startsWith(grid_code, {area:String})"
    " OR startsWith(division_code, {area:String}))"
)
FIRMS = f"""
SELECT code, name, kind, industry, standing, address, grid_code, division_code FROM firms FINAL
WHERE code IN {{codes:Array(String)}} AND {IN_AREA}"""
MOST_PREMISES = 2_000
NEAR_DEGREES = 0.002
"""About 200 m; the distance itself is computed."""
_PREMISES = "SELECT code, name, kind, address, grid_code, lon, lat FROM premises FINAL"
PREMISES = f"""
{_PREMISES}
WHERE standing = 'current' AND {IN_AREA}
      AND (({{division:String}} != '' AND division_code = {{division:String}})
           OR (abs(lon - {{lon:Float64}}) < {NEAR_DEGREES}
               AND abs(lat - {{lat:Float64}}) < {NEAR_DEGREES}))
ORDER BY code LIMIT {MOST_PREMISES}"""
"""Premises of the village of a case, and those near it. A case without a place has 0 and 0."""


def history_query(codes: list[str], scope: Scope) -> tuple[str, dict[str, Any]]:
    """Return the SQL of the reports of firms in a year, in the cases that a viewer may see.

    Columns: `firm`, `channel`, `reports` and `cases`, the ids of the cases.
    """
    theirs = "SELECT case_id FROM firm_reports WHERE firm IN {codes:Array(String)}"
    sql = (
        "SELECT firm, channel, uniqExact(native_id) AS reports,"
        " arrayMap(x -> toString(x), groupUniqArray(case_id)) AS cases FROM firm_reports"
        " WHERE firm IN {codes:Array(String)} AND received_at >= now() - INTERVAL 365 DAY"
        f" AND case_id IN (SELECT case_id FROM cases WHERE case_id IN ({theirs}) AND ({scope.sql}))"
        " GROUP BY firm, channel ORDER BY firm, reports DESC, channel"
    )
    return sql, {**scope.parameters, "codes": codes}
