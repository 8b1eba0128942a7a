"""Late service items 办件超期 in the daily digest, as at the end of the day."""

from typing import Any

from hub.digest.document import Section, Table
from hub.digest.sql import BEGIN, END

MOST_ROWS = 15
LATE_ITEMS = f"""
SELECT item_name, department, count() AS items, toString(min(s.due_on)) AS due,
       max(dateDiff('day', assumeNotNull(s.due_on), toDate({BEGIN}))) AS days
FROM service_items AS s
WHERE s.due_on < toDate({BEGIN}) AND s.accepted_at < {END} AND ifNull(s.done_at >= {END}, 1)
  AND s.state NOT IN ('withdrawn', 'refused')
  AND s.number NOT IN
  (
      SELECT g.number FROM service_stages AS g WHERE g.at < {END} GROUP BY g.number
      HAVING argMax(g.stage, g.at) IN ('correction', 'special')
  )
GROUP BY item_name, department ORDER BY items DESC, days DESC, item_name, department"""
"""Items that were not decided at the end of the day and whose promise had ended before it; without
those whose clock stood still 补正、特别程序."""


def service_items_section(rows: list[dict[str, Any]]) -> Section | None:
    """Return the section without its number; None if no item is late, or there are none."""
    if not rows:
        return None
    total = sum(int(row["items"]) for row in rows)
    more = f"，下表列出最多的{MOST_ROWS}类" if len(rows) > MOST_ROWS else ""
    lines = [
        (
            row["item_name"],
            row["department"] or "部门不明",
            str(row["items"]),
            row["due"],
            f"{row['days']}天",
        )
        for row in rows[:MOST_ROWS]
    ]
    return Section(
        title="政务服务办件超期",
        words=(f"日终有{total}件办件超过承诺时限没有办结{more}。",),
        table=Table(("事项", "部门", "件数", "最早期限", "最久超期"), tuple(lines)),
    )
