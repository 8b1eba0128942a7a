"""What the public pages of projects and deliberations share 公示内容: names and counts. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hub.numbered.log import RunQuery
from schemas.base import BEIJING

PLACE = (
    "SELECT (SELECT any(name) FROM areas WHERE code = {division:String}) AS village,"
    " (SELECT any(name) FROM areas WHERE code = {township:String}) AS township,"
    " (SELECT any(name) FROM units WHERE code = {unit:String}) AS unit"
)
OPINIONS = """
SELECT count() AS reports, countIf(settled) AS settled FROM
(
    SELECT event_id,
           case_id IN (SELECT case_id FROM cases WHERE settled_at IS NOT NULL AND case_id IN
               (SELECT case_id FROM dispositions WHERE event_id IN
                   (SELECT event_id FROM TABLE WHERE COLUMN = {code:String}))) AS settled
    FROM
    (
        SELECT r.event_id AS event_id, d.case_id AS case_id
        FROM (SELECT event_id FROM TABLE WHERE COLUMN = {code:String}) AS r
        LEFT JOIN
        (
            SELECT event_id, case_id FROM dispositions WHERE event_id IN
                (SELECT event_id FROM TABLE WHERE COLUMN = {code:String})
        ) AS d ON d.event_id = r.event_id
    )
)"""


def names_of(run_query: RunQuery, division_code: str, unit: str) -> Mapping[str, Any]:
    """Return the names of a `village`, its `township` and a `unit`; None where one is unknown."""
    codes = {"division": division_code, "township": division_code[:9], "unit": unit}
    (names,) = run_query(PLACE, codes)
    return names


def village_name(names: Mapping[str, Any], division_code: str) -> str:
    """Return the name of a village after that of its township, as `names_of` gives them."""
    return f"{names['township'] or ''}{names['village'] or division_code}"


def opinions_of(run_query: RunQuery, kind: str, code: str) -> Mapping[str, Any]:
    """Return how many `reports` are about a matter, and how many of them are `settled`.

    `kind` is `project` or `deliberation`.
    """
    sql = OPINIONS.replace("TABLE", f"{kind}_reports").replace("COLUMN", kind)
    (counts,) = run_query(sql, {"code": code})
    return counts


def day_of(at: datetime) -> str:
    """Return the day of a time in Beijing."""
    return f"{at.astimezone(BEIJING):%Y-%m-%d}"
