"""The questions behind the figures that a city publishes 上报查询: counts only, no text of a case.

Parameters are moments in Beijing time, as text: `begin` and `end` bound the complete days.
"""

from hub.store.case_sql import OPEN_SQL

_BEGIN = "toDateTime64({begin:String}, 3, 'Asia/Shanghai')"
_END = "toDateTime64({end:String}, 3, 'Asia/Shanghai')"
_DISTRICT = "substring(division_code, 1, 6) AS district"
_FAMILY = "splitByChar('.', category)[1] AS family"

REPORTS = f"""
SELECT day, district, family, grouping(day, district, family) AS by, count() AS reports
FROM
(
    SELECT toDate(received_at) AS day, {_DISTRICT}, {_FAMILY} FROM events
    WHERE kind IN ('report', 'wish') AND received_at >= {_BEGIN} AND received_at < {_END}
)
GROUP BY GROUPING SETS ((day), (district), (family))"""
BY_DAY, BY_DISTRICT, BY_FAMILY = 0b011, 0b101, 0b110
"""Values of `by` in the rows of `REPORTS`: a column that is not grouped by has its bit set."""
OPEN = f"""
SELECT district, family, state, grouping(district, family, state) AS by, count() AS open,
       countIf(late) AS overdue
FROM
(
    SELECT {_DISTRICT}, {_FAMILY}, state, ifNull(due_at < now64(3), 0) AS late
    FROM open_cases_kept WHERE state IN {OPEN_SQL}
)
GROUP BY GROUPING SETS ((district), (family), (state))"""
OPEN_BY_DISTRICT, OPEN_BY_FAMILY, OPEN_BY_STATE = 0b011, 0b101, 0b110
"""Values of `by` in the rows of `OPEN`."""
RATES = f"""
SELECT figure, toDate(at) AS day, count() AS occasions, countIf(good) AS well FROM assessed
WHERE figure IN ('settlement', 'solution', 'satisfaction')
  AND month >= toStartOfMonth(toDate({_BEGIN})) AND at >= {_BEGIN} AND at < {_END}
GROUP BY figure, day"""
"""The occasions of docs/assessment.md: settled by units of the city, and what citizens answered."""
RATES_BY_DISTRICT = f"""
SELECT substring(township, 1, 6) AS district, count() AS occasions, countIf(good) AS well
FROM assessed
WHERE figure = 'settlement'
  AND month >= toStartOfMonth(toDate({_BEGIN})) AND at >= {_BEGIN} AND at < {_END}
GROUP BY district"""
"""What units of the city have settled, by the district of the case."""
