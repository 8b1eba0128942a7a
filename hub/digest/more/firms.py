"""Firms that are complained of again and again 多次被诉的主体 in the daily digest."""

from typing import Any

from hub.digest.document import Section, Table
from hub.digest.queries import Names
from schemas.channel import CHANNEL_NAMES, Channel

MOST_ROWS, FEWEST = 15, 3
"""Rows of the table; reports in 30 days from which a firm is in it."""
FIRMS = """
SELECT any(r.firm_name) AS name, any(r.industry) AS industry, any(r.firm_grid_code) AS grid_code,
       uniqExact(r.channel, r.native_id) AS reports,
       uniqExactIf(r.channel, r.native_id,
           r.received_at >= toDateTime64({begin:String}, 3, 'Asia/Shanghai')) AS of_day,
       arraySort(groupUniqArray(r.channel)) AS channels
FROM firm_reports AS r
WHERE r.received_at < toDateTime64({end:String}, 3, 'Asia/Shanghai')
  AND r.received_at >= toDateTime64({end:String}, 3, 'Asia/Shanghai') - INTERVAL 30 DAY
GROUP BY r.firm HAVING of_day > 0 AND reports >= {fewest:UInt8}
ORDER BY reports DESC, r.firm"""
"""Firms with a report on the day and several in the 30 days up to its end."""


def firms_section(names: Names, rows: list[dict[str, Any]]) -> Section | None:
    """Return the section without its number; None if no firm was reported again on the day."""
    if not rows:
        return None
    lines = [
        (
            row["name"],
            row["industry"],
            names.area(row["grid_code"]),
            f"{row['reports']}件",
            f"{row['of_day']}件",
            "、".join(CHANNEL_NAMES[Channel(channel)] for channel in row["channels"]),
        )
        for row in rows[:MOST_ROWS]
    ]
    more = f"，下表列出诉求最多的{MOST_ROWS}个" if len(rows) > MOST_ROWS else ""
    return Section(
        title="多次被诉的主体",
        words=(f"当日有诉求且三十天内不少于{FEWEST}件的主体{len(rows)}个{more}。",),
        table=Table(("主体", "行业", "网格", "三十天", "当日", "渠道"), tuple(lines)),
    )
