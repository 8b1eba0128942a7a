"""The questions of the daily digest in SQL. Parameters are moments in Beijing time, as text."""

from schemas.cases.case import OPEN_STATES
from schemas.category import OTHER
from schemas.reports.fact import Urgency

BEGIN = "toDateTime64({begin:String}, 3, 'Asia/Shanghai')"
END = "toDateTime64({end:String}, 3, 'Asia/Shanghai')"
"""The end of the day, or now where it is not over."""
HISTORY = "toDateTime64({history:String}, 3, 'Asia/Shanghai')"
"""Eight weeks before the day."""
BACK_FROM = "toDateTime64({back:String}, 3, 'Asia/Shanghai')"
"""Thirty days before the end of the day."""
PERSON = "if(reporter_key = '', toString(event_id), reporter_key)"
"""A report without a reporter counts as one person each time."""
OPEN = str(tuple(map(str, OPEN_STATES)))
RECEIVED = f"received_at >= {BEGIN} AND received_at < {END}"
LOOKED_BACK = f"received_at >= {BACK_FROM} AND received_at < {END}"
MOVED = f"at >= {BEGIN} AND at < {END}"
AS_IT_ENDED = f"""(
    SELECT case_id, argMax(state, seq) AS state, argMax(unit, seq) AS unit,
           argMax(due_at, seq) AS due_at, min(at) AS opened_at
    FROM case_events WHERE at < {END} GROUP BY case_id
)"""
"""Every case as the day left it, from its entries."""

FIRST_DAY = "SELECT toString(toDate(min(received_at))) AS day, count() AS events FROM events"
FLOW = f"""
SELECT toString(toDate(received_at)) AS day, substring(division_code, 1, 9) AS township, category,
       uniqExact({PERSON}) AS people
FROM events WHERE kind = 'report' AND received_at >= {HISTORY} AND received_at < {END}
GROUP BY day, township, category
"""
CHANNELS = f"""
SELECT channel, countIf(kind = 'report') AS reports, countIf(kind = 'follow_up') AS urgings,
       count() AS events
FROM events WHERE {RECEIVED} GROUP BY channel ORDER BY events DESC, channel
"""
STATES = f"""
SELECT countIf(state IN {OPEN}) AS open, countIf(state = 'triage') AS triage,
       countIf(state IN {OPEN} AND due_at < {END}) AS overdue,
       countIf(opened_at >= {BEGIN}) AS opened
FROM {AS_IT_ENDED} AS c
"""
MOVES = f"SELECT move, count() AS entries FROM case_events WHERE {MOVED} GROUP BY move"
RATES = f"""
SELECT figure, count() AS occasions, countIf(good) AS well FROM assessed
WHERE {MOVED} GROUP BY figure
"""
CLUSTERS = f"""
SELECT toString(j.case_id) AS case_id, j.fresh AS fresh, c.reports AS reports, c.title AS title,
       c.content AS content, c.category AS category, c.place_name AS place_name,
       length(c.channels) AS channels, c.unit AS unit, c.state AS state, c.number AS number
FROM
(
    SELECT case_id, count() AS fresh FROM case_events
    WHERE move IN ('open', 'join') AND {MOVED} GROUP BY case_id
) AS j
INNER JOIN cases AS c ON c.case_id = j.case_id
WHERE c.reports >= 3 AND c.state NOT IN ('merged', 'withdrawn')
ORDER BY fresh DESC, reports DESC, case_id LIMIT 10
"""
OVERDUE = f"""
SELECT unit, count() AS open, countIf(late) AS overdue,
       maxIf(dateDiff('hour', assumeNotNull(due_at), ended), late) AS hours,
       countIf(NOT late AND due_at < ended + INTERVAL 1 DAY) AS soon
FROM
(
    SELECT unit, due_at, {END} AS ended, ifNull(due_at < ended, 0) AS late
    FROM {AS_IT_ENDED} AS e WHERE state IN {OPEN} AND unit != ''
)
GROUP BY unit HAVING overdue > 0 ORDER BY overdue DESC, unit LIMIT 20
"""
AGAIN = f"""
SELECT e.reporter_key AS person, count() AS tellings, countIf(e.received_at >= {BEGIN}) AS today,
       uniqExact(e.channel) AS channels, topK(1)(e.category)[1] AS category,
       groupUniqArrayIf(toString(d.case_id), d.case_id IS NOT NULL) AS cases
FROM
(
    SELECT event_id, reporter_key, channel, category, received_at FROM events
    WHERE kind IN ('report', 'follow_up') AND reporter_key != '' AND {LOOKED_BACK}
) AS e
LEFT JOIN dispositions AS d ON d.event_id = e.event_id
GROUP BY person HAVING tellings >= 3 AND today >= 1 ORDER BY tellings DESC, person LIMIT 15
"""
STILL_OPEN = f"""
SELECT toString(c.case_id) AS case_id FROM {AS_IT_ENDED} AS c
WHERE state IN {OPEN} AND has({{ids:Array(String)}}, toString(c.case_id))
"""
PLACES = f"""
SELECT grid_code, place_name, groupUniqArray(category) AS categories,
       uniqExact(splitByChar('.', category)[1]) AS families, count() AS reports,
       uniqExact({PERSON}) AS people
FROM events
WHERE kind = 'report' AND place_name != '' AND NOT confidential
      AND category NOT IN ('', '{OTHER}') AND {LOOKED_BACK}
GROUP BY grid_code, place_name HAVING families >= 3 AND people >= 5
ORDER BY families DESC, people DESC, grid_code, place_name LIMIT 10
"""
ROUNDS = f"""
SELECT plan_name, count() AS due, countIf(outcome = 'done') AS done,
       countIf(outcome = 'missed') AS missed
FROM duties WHERE ends > {BEGIN} AND ends <= {END} GROUP BY plan_name ORDER BY plan_name
"""
AREAS = "SELECT code, name FROM areas UNION ALL SELECT code, name FROM grids"
UNITS = "SELECT code, name FROM units"
TREND = f"""
SELECT toString(toDate(at)) AS day, countIf(move = 'open') AS opened,
       countIf(move = 'resolve') AS resolved
FROM case_events WHERE at >= {HISTORY} AND at < {END} AND move IN ('open', 'resolve') GROUP BY day
"""
URGENT = f"""
SELECT toString(e.case_id) AS case_id, c.place_name AS place_name, c.category AS category,
       e.unit AS unit, e.opened_at AS opened_at, e.state AS state
FROM {AS_IT_ENDED} AS e INNER JOIN cases AS c ON c.case_id = e.case_id
WHERE e.state IN {OPEN} AND c.urgency = '{Urgency.URGENT}' ORDER BY opened_at, case_id
"""
HANDLERS = f"""
SELECT substring(division_code, 1, 9) AS township, category, topK(1)(c.unit)[1] AS handler
FROM cases AS c
WHERE unit != '' AND case_id IN (SELECT case_id FROM case_events WHERE move = 'open' AND {MOVED})
GROUP BY township, category
"""
"""Who handles most of what was opened on the day, by township and category."""
