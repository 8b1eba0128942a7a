"""Queries of hand entry: open cases that may be the same matter, and the case of an entry."""

from typing import Any

from hub.accounts.permissions import Scope
from schemas.channel import Channel
from schemas.reports.event import event_id_of

MOST = 6
SHORTEST = 4
"""Characters from which a text is compared."""
NEWEST = 20_000
"""Open cases that are compared if no place is known: the newest ones."""
CASE_OF = """
SELECT d.outcome AS outcome, toString(d.case_id) AS case_id, c.title AS title, c.unit AS unit
FROM dispositions AS d FINAL LEFT JOIN cases AS c ON c.case_id = d.case_id
WHERE d.event_id = {event:UUID} LIMIT 1"""

ENTERED_BY = """
SELECT unit FROM audit WHERE what = 'entry' AND detail = {number:String} ORDER BY at LIMIT 1"""
"""The office that entered it first: who sends its number again does not become its author."""


def case_query(number: str) -> tuple[str, dict[str, Any]]:
    """Return the query for the case of an entry: no row before the report was decided."""
    return CASE_OF, {"event": str(event_id_of(Channel.MANUAL_ENTRY, number, "0"))}


def similar_query(
    scope: Scope, text: str, division_code: str, grid_code: str, category: str
) -> tuple[str, dict[str, Any]]:
    """Return the query for open cases of a viewer's scope that may be the same matter.

    They share pairs of characters with `text`. Those of the same grid and of the same category come
    first. If the division is known, only cases of its township are compared. Confidential cases
    are left out.
    """
    sql = f"""
SELECT toString(case_id) AS id, c.title AS title, c.place_name AS place, c.unit AS unit,
       c.state AS state, c.reports AS reports, c.opened_at AS opened_at, c.grid_code AS grid,
       arrayDistinct(ngrams({{text:String}}, 2)) AS wanted,
       length(arrayIntersect(ngrams(concat(c.title, ' ', c.content), 2), wanted))
           / length(wanted) AS shared,
       {{grid:String}} != '' AND c.grid_code = {{grid:String}} AS same_grid,
       {{category:String}} != '' AND c.category = {{category:String}} AS same_category
FROM (SELECT * FROM open_cases_kept WHERE {scope.sql} AND NOT confidential
      AND startsWith(division_code, {{township:String}})
      ORDER BY opened_at DESC LIMIT {NEWEST}) AS c
WHERE shared >= if(same_grid, 0.15, 0.3)
ORDER BY shared + 0.3 * same_grid + 0.15 * same_category DESC LIMIT {MOST}"""
    parameters = {
        "text": text,
        "grid": grid_code,
        "township": division_code[:9],
        "category": category,
    }
    return sql, {**scope.parameters, **parameters}
