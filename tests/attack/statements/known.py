"""Attacks that once succeeded, verbatim; every new hole is added here."""

from hub.accounts.staff import StaffRole
from tests.attack.judge import Statement

CITY, TOWNSHIP, UNIT = StaffRole.CITY, StaffRole.TOWNSHIP, StaffRole.UNIT

FILES = (
    "SHOW TABLES FROM system WHERE name = 'one' AND ascii(substring(file('{data}/session.key'), 1, 1))"
    " BETWEEN 60 AND 65",
    "SHOW TABLES FROM system WHERE name = 'one' AND startsWith(file('{data}/notes.txt'), '暗记A')",
    "SHOW COLUMNS FROM cases WHERE toUInt64(concat('x', file('{data}/session.key'))) = 1",
    "SHOW DATABASES WHERE toUInt64(concat('x', file('{data}/sql.token'))) = 1",
    "SHOW TABLES WHERE toUInt64((SELECT concat('x', file('{data}/staff.old.yaml')))) = 1",
    "SHOW TABLES LIMIT length(file('{data}/notes.txt'))",
    "SHOW FUNCTIONS WHERE throwIf(file('{data}/notes.txt') LIKE '暗记A%') = 0",
)
"""Files named in a SHOW."""

COLUMNS = (
    "SHOW TABLES WHERE (SELECT max(reporter_key) FROM events) LIKE '暗记A%'",
    "SHOW TABLES WHERE toUInt64((SELECT any(body) FROM cases)) = 1",
    "SHOW COLUMNS FROM cases WHERE toUInt64((SELECT max(reporter_key) FROM events)) = 1",
    "SELECT * FROM view(SELECT reporter_key FROM events)",
    "SELECT * FROM view(SELECT reporter_sealed FROM events)",
    "SELECT * FROM view(SELECT body FROM cases)",
    "SELECT * FROM view(SELECT text FROM feedback)",
    "SELECT * FROM view(SELECT body FROM rejected)",
    "SELECT reporter_key FROM view(SELECT * FROM events)",
    "SELECT case_id, rank() OVER w FROM cases WINDOW w AS (ORDER BY body)",
    "SELECT count() FROM cases WINDOW w AS (ORDER BY body)",
    "SELECT count() FROM cases WINDOW w AS (ORDER BY toUInt64(concat('x', body)))",
    "SELECT count() FROM events PREWHERE toUInt64(concat('x', reporter_key)) = 1",
    "SELECT count() FROM view(SELECT 1 FROM cases PREWHERE toUInt64(concat('x', body)) > 0)",
)
"""Columns reserved for the hub."""

ROWS = (
    "SELECT count() FROM events PREWHERE if(division_code LIKE '429999002%',"
    " toUInt64(concat('x', content)), 1) > 0",
    "SELECT count() FROM cases PREWHERE if(unit = 'U-429999002', toUInt64(concat('x', title)), 1) > 0",
    "SELECT count() FROM cases PREWHERE throwIf(title LIKE '暗记A%') = 0",
    "SELECT * FROM view(SELECT title FROM cases)",
    "SELECT * FROM view(SELECT count() FROM cases PREWHERE throwIf(title LIKE '暗记A%') = 0)",
    "SHOW TABLES WHERE (SELECT count() FROM receipts) = 3",
    "SHOW TABLES WHERE (SELECT max(title) FROM cases) LIKE '暗记A%'",
)
"""Rows of another office."""

NAMES = (
    "SELECT getSetting('additional_table_filters')",
    "SHOW SETTINGS LIKE 'additional%'",
    "SHOW CHANGED SETTINGS ILIKE '%filters%'",
    "SHOW SETTING additional_table_filters",
    "SELECT value FROM system.settings WHERE name LIKE 'additional%filters'",
    "SELECT data_paths FROM system.tables WHERE name = 'cases'",
    "SELECT metadata_path FROM system.tables WHERE name = 'cases'",
    "SELECT data_path, metadata_path FROM system.databases",
    "SELECT total_rows, total_bytes FROM system.tables WHERE name = 'cases'",
    "SELECT data_compressed_bytes FROM system.columns WHERE name = 'body'",
    "EXPLAIN PLAN actions = 1 SELECT * EXCEPT (body) FROM cases",
    "EXPLAIN actions = 1 SELECT title FROM cases",
    "EXPLAIN ESTIMATE SELECT count() FROM cases",
)
"""Paths, filters, sizes."""


def attacks() -> list[tuple[StaffRole, Statement]]:
    """Return all of them, by the reviewer who tried them."""
    whole = [(role, sql) for sql in (*FILES, *COLUMNS) for role in (CITY, TOWNSHIP, UNIT)]
    scoped = [(role, sql) for sql in (*ROWS, *NAMES) for role in (TOWNSHIP, UNIT)]
    names = [(CITY, sql) for sql in NAMES]
    return [
        (role, Statement(sql, f"known {number}"))
        for number, (role, sql) in enumerate([*whole, *scoped, *names])
    ]
