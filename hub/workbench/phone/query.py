"""Queries of the phone page 取数: all within the grids that a worker has today."""

from schemas.cases.case import OPEN_STATES

OPEN = str(tuple(map(str, OPEN_STATES)))
MOST_ROWS, MOST_DUTIES = 200, 1000
GRIDS = """
SELECT w.grid_code AS code, any(g.name) AS name
FROM (SELECT * FROM workers FINAL WHERE code = {worker:String}) AS w
LEFT JOIN (SELECT * FROM grids FINAL) AS g ON g.code = w.grid_code
WHERE w.since <= {today:Date} AND ifNull(w.until, {today:Date}) >= {today:Date}
GROUP BY code ORDER BY code
"""
"""The grids of a worker's postings that are valid today."""
DUTIES = f"""
SELECT plan_name, does, grid_code, household, toString(case_id) AS case_id, ends, outcome
FROM duties_since(since = {{today:Date}})
WHERE has({{grids:Array(String)}}, grid_code) AND begins <= now64(3)
ORDER BY ends, plan_name, outcome = 'done', household LIMIT {MOST_DUTIES}
"""
PEOPLE = f"""
SELECT code, any(grid_code) AS grid, any(household) AS home, groupUniqArray(class) AS classes,
       if(is_done, min(last_day), minIf(last_day, state != 'done')) AS until,
       max(state = 'overdue') AS is_overdue, min(state = 'done') AS is_done
FROM visits_of_people
WHERE has({{grids:Array(String)}}, grid_code) AND startsWith(class, 'cared.')
GROUP BY code ORDER BY is_done, is_overdue DESC, until, home, code LIMIT {MOST_DUTIES}
"""
"""Cared-for people of the grids and their visits. A phone is lost easily: no key persons."""
CASES = f"""
SELECT toString(case_id) AS case_id, title, content, category, place_name, state, unit, due_at,
       urgency
FROM cases FINAL
WHERE has({{grids:Array(String)}}, grid_code) AND state IN {OPEN} AND NOT confidential
ORDER BY urgency = 'urgent' DESC, due_at LIMIT {MOST_ROWS}
"""
WISHES = f"""
SELECT toString(case_id) AS case_id, content, household, stage, ordered_at
FROM wishes
WHERE has({{grids:Array(String)}}, grid_code)
      AND (stage IN ('ordered', 'dispatched') OR stage = 'taken' AND volunteer = {{worker:String}})
      AND case_id NOT IN (SELECT case_id FROM cases FINAL WHERE confidential)
ORDER BY stage = 'taken' DESC, ordered_at LIMIT {MOST_ROWS}
"""
"""Wishes that nobody has taken, and those that the worker has taken, which come first."""
HOUSEHOLDS = """
SELECT code, grid_code FROM households FINAL
WHERE has({grids:Array(String)}, grid_code) AND since <= {today:Date}
      AND ifNull(until, {today:Date}) >= {today:Date}
ORDER BY code LIMIT 5000
"""
IN_GRIDS = """
SELECT ({household:String} = '' OR {household:String} IN
            (SELECT code FROM households FINAL WHERE has({grids:Array(String)}, grid_code)))
       AND ({case:String} = '' OR {case:String} IN
            (SELECT toString(case_id) FROM cases FINAL WHERE has({grids:Array(String)}, grid_code)))
       AND ({person:String} = '' OR {person:String} IN
            (SELECT code FROM people_followed FINAL
             WHERE has({grids:Array(String)}, grid_code) AND startsWith(class, 'cared.')))
       AS inside
"""
"""Whether household, case and person of a record are in the worker's grids."""
