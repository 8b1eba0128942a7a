"""The SQL of looks into the register 台账查询. Pure.

Each query has the right of the member in its condition. So a person outside of it and a person who
does not exist give the same answer, by the same way.
"""

from typing import Any

from schemas.registers.right import RegisterRight

MOST_LISTED = 300
DAYS_OF_REVIEW = 30
MOST_LINES = 200
PART_OF_CODE = 18
"""Characters of a person's hash in the audit: enough to tell people apart."""
DAYS_TO_VISIT = 7
"""Days after a look for a visit within which the visit is expected."""
IN_AREA = "(startsWith(division_code, {area:String}) OR startsWith(grid_code, {area:String}))"

PERSON = f"""
SELECT code, grid_code, household, classes, sealed FROM people FINAL
WHERE code = {{code:String}} AND standing = 'current' AND {IN_AREA}
      AND ({{residents:UInt8}} OR hasAny(classes, {{classes:Array(String)}}))
"""
LISTED = f"""
SELECT p.code AS code, p.household AS household, p.classes AS classes,
       if(v.person = '', NULL, toString(v.last_day)) AS last_visit
FROM
(
    SELECT code, household, classes FROM people FINAL
    WHERE grid_code = {{grid:String}} AND standing = 'current' AND {IN_AREA}
          AND has(classes, {{class:String}})
) AS p
LEFT JOIN
(
    SELECT person, max(toDate(at)) AS last_day FROM person_visits GROUP BY person
) AS v ON v.person = p.code
ORDER BY last_visit IS NOT NULL, last_visit, household, code LIMIT {MOST_LISTED}
"""
USED = """
SELECT countIf(what = 'register_look') AS looks, countIf(what = 'register_miss') AS misses,
       countIf(what = 'register_list') AS lists
FROM audit
WHERE who = {who:String} AND role != 'operator'
      AND at >= toDateTime64({day:String}, 3, 'Asia/Shanghai')
      AND what IN ('register_look', 'register_miss', 'register_list')
"""
"""What a member has used of his limits on a day of Beijing."""

_LINES = f"""
    SELECT at, who, role, what, detail, address,
           extract(detail, '^people ([0-9a-f]+)') AS person,
           extract(detail, ' purpose=([a-z]+)') AS purpose,
           extract(detail, ' class=([a-z_.,]+)') AS classes,
           extract(detail, ' grid=([^ ]+)') AS grid,
           trim(extract(detail, ' purpose=[a-z]+ (.*)')) AS words
    FROM audit
    WHERE what IN ('register_look', 'register_miss', 'register_list', 'register_refused')
          AND (what != 'register_look' OR startsWith(detail, 'people '))
          AND at >= now64(3) - INTERVAL {DAYS_OF_REVIEW} DAY
"""
MEMBERS = f"""
SELECT who, role, countIf(what = 'register_look') AS looks,
       countIf(what = 'register_miss') AS misses, countIf(what = 'register_list') AS lists,
       countIf(what = 'register_refused') AS refused,
       uniqExactIf(person, what = 'register_look') AS people,
       countIf(what = 'register_look' AND (toHour(at) < 7 OR toHour(at) >= 21)) AS at_night,
       max(used) AS most_of_day, max(worded) AS same_words
FROM
(
    SELECT *, countIf(what = 'register_look') OVER (PARTITION BY who, toDate(at)) AS used,
           if(words = '', 0, count() OVER (PARTITION BY who, words)) AS worded
    FROM ({_LINES})
)
GROUP BY who, role ORDER BY looks DESC, who
"""
NOT_VISITED = f"""
SELECT l.who AS who, count() AS looks
FROM ({_LINES}) AS l
LEFT JOIN
(
    SELECT substring(person, 1, {PART_OF_CODE}) AS start, groupArray(at) AS visits
    FROM person_visits GROUP BY start
) AS v ON v.start = l.person
WHERE l.what = 'register_look' AND l.purpose = 'visit'
      AND l.at < now64(3) - INTERVAL {DAYS_TO_VISIT} DAY
      AND NOT arrayExists(visit -> visit >= l.at - INTERVAL 1 DAY
                          AND visit < l.at + INTERVAL {DAYS_TO_VISIT} DAY, v.visits)
GROUP BY who
"""
"""Looks for a visit that nobody reported: the purpose that needs no words is the easiest excuse."""
BY_CLASS = f"""
SELECT class, count() AS looks, uniqExact(person) AS people, uniqExact(who) AS members
FROM (SELECT *, arrayJoin(splitByChar(',', classes)) AS class FROM ({_LINES})
      WHERE what = 'register_look')
GROUP BY class ORDER BY looks DESC, class
"""
BY_PURPOSE = f"""
SELECT purpose, count() AS looks, uniqExact(who) AS members
FROM ({_LINES}) WHERE what = 'register_look' GROUP BY purpose ORDER BY looks DESC, purpose
"""
OFTEN = f"""
SELECT person, count() AS looks, uniqExact(who) AS members, toString(max(at)) AS last
FROM ({_LINES}) WHERE what = 'register_look' AND person != ''
GROUP BY person HAVING members >= 3 OR looks >= 5 ORDER BY members DESC, looks DESC LIMIT 50
"""
"""People whom several members opened: a celebrity, a colleague, a neighbour."""
LATEST = f"""
SELECT toString(at) AS at, who, role, what, person, purpose, classes, grid, words, detail, address
FROM ({_LINES}) ORDER BY at DESC LIMIT {MOST_LINES}
"""


def person_query(right: RegisterRight, code: str) -> tuple[str, dict[str, Any]]:
    """Return the query of one person whom a member may open, and its parameters."""
    return PERSON, {
        "code": code,
        "area": right.area,
        "residents": int(right.residents),
        "classes": list(map(str, right.classes)),
    }


def list_query(right: RegisterRight, grid: str, person_class: str) -> tuple[str, dict[str, Any]]:
    """Return the query of the people of a grid and class, and its parameters."""
    return LISTED, {"grid": grid, "area": right.area, "class": person_class}
