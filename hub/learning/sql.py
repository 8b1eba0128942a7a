"""Questions of `hub learn collect` to the store. Confidential cases 保密 are never asked for."""

CASES = """
SELECT toString(case_id) AS id, body FROM cases FINAL
WHERE NOT confidential AND updated_at >= {since:DateTime64(3, 'UTC')}
  AND case_id > toUUID({after:String})
ORDER BY case_id LIMIT {most:UInt32}
"""
"""A page of cases in the order of their ids; `after` is the last id of the page before."""

ENTRIES = """
SELECT toString(case_id) AS id, seq, toString(move) AS move, at, actor, data, unit
FROM case_events FINAL
WHERE case_id IN (SELECT arrayJoin(arrayMap(id -> toUUID(id), {ids:Array(String)})))
  AND move IN ('assign', 'triage', 'return', 'hand_over', 'escalate', 'accept', 'resolve', 'merge',
               'split', 'keep_apart', 'suggest')
ORDER BY case_id, seq
"""
"""The entries of cases that are decisions, or say what a decision was about."""

OTHERS = """
SELECT toString(case_id) AS id, body FROM cases FINAL
WHERE NOT confidential
  AND case_id IN (SELECT arrayJoin(arrayMap(id -> toUUID(id), {ids:Array(String)})))
"""
"""The other cases of merges, splits and cases kept apart."""

NATIVES = """
SELECT toString(event_id) AS id, toString(category) AS category FROM events FINAL
WHERE NOT confidential AND category_by = 'native'
  AND event_id IN (SELECT arrayJoin(arrayMap(id -> toUUID(id), {ids:Array(String)})))
"""
"""The category that the channel itself gave to a report, where the text did not overrule it."""

COUNT = """
SELECT count() AS n FROM cases WHERE NOT confidential
  AND updated_at >= {since:DateTime64(3, 'UTC')}
"""

REPORTS = """
SELECT toString(event_id) AS id, toUnixTimestamp64Milli(received_at) AS at, title, content,
       place_text, division_code, grid_code, lon, lat, toString(settled_by) AS settled_by
FROM events FINAL
WHERE kind = 'report' AND NOT confidential AND received_at >= {since:DateTime64(3, 'UTC')}
  AND (toUnixTimestamp64Milli(received_at), toString(event_id)) > ({at:Int64}, {after:String})
ORDER BY at, id LIMIT {most:UInt32}
"""
"""A page of reports for `hub places suggested`; (`at`, `after`) is the last one before."""
