"""The SQL of the case beside the list 研判查询. Pure."""

ENTRIES = """
SELECT move, at, actor, reason FROM case_events
WHERE case_id = {id:UUID} ORDER BY seq DESC LIMIT 6"""
"""The last entries; a confidential one has no reason in these columns."""
REPORTS = """
SELECT channel, title, content, place_text, received_at, confidential FROM events
WHERE event_id IN {ids:Array(UUID)} ORDER BY received_at LIMIT 5"""
