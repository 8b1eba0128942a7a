"""The row filter runs first: the values of foreign rows change no answer and no error."""

from collections.abc import Iterator

import pytest

from hub.accounts.staff import StaffRole
from hub.settings import Settings
from hub.sql.guard.pinned import FILTER_FIRST, settings_of
from hub.sql.roles import visibility_of
from hub.sql.users import SqlSession
from hub.store.client import Store
from tests.hub.sql.conftest import TOWNSHIP, answer_of

MARK = "FOREIGNMARK"
OTHER = "429999002"
COLUMNS = (
    "(event_id, native_id, received_at, division_code, channel, kind, category, content, title,"
    " signatories)"
)
OWN_ROWS = (
    f"INSERT INTO events {COLUMNS} SELECT toUUID(concat('00000000-0000-0000-0000-1', leftPad("
    "toString(number), 11, '0'))), toString(number),"
    " toDateTime64('2026-01-05 00:00:00', 3, 'Asia/Shanghai')"
    f" + number * 7000, '{TOWNSHIP}', 'own', 'own', 'own', toString(number), 'own', 2"
    " FROM numbers(400)"
)
FOREIGN_ROWS = (
    f"INSERT INTO events {COLUMNS} SELECT toUUID(concat('00000000-0000-0000-0000-2', leftPad("
    "toString(number), 11, '0'))), toString(number),"
    " toDateTime64('2026-01-01 00:00:00', 3, 'Asia/Shanghai')"
    f" + number * 7100, '{OTHER}', '{MARK}', '{MARK}', '{MARK}', concat('{MARK}',"
    f" toString(number)), '{MARK}', 1 FROM numbers(900)"
)
MOVED = (
    # An older version of the same row is in the area; the newest is outside.
    "INSERT INTO cases (case_id, seq, division_code, content) VALUES"
    f" ('00000000-0000-0000-0000-000000000009', 1, '{TOWNSHIP}', 'MOVED'),"
    f" ('00000000-0000-0000-0000-000000000009', 2, '{OTHER}', 'MOVED')"
)
FAILS_ON_FOREIGN = (
    "toUInt64(content) >= 0",
    "intDiv(1, kind != 'FOREIGNMARK') = 1",
    "intDiv(1, signatories - 1) = 1",
    "intDiv(1, channel = 'own') = 1",
    "toUInt64(concat(content, if(kind = 'own', '', 'x'))) >= 0",
    "if(division_code LIKE '429999002%', toUInt64(concat('x', content)), 1) > 0",
    "toDateTime(received_at) > '2026-01-01' AND toUInt64(content) >= 0",
    "intDiv(1, received_at >= toDateTime64('2026-01-05 00:00:00', 3, 'Asia/Shanghai')) = 1",
    "toUInt8(substring(toString(event_id), 25, 1)) = 1 AND intDiv(1,"
    " toUInt8(substring(toString(event_id), 25, 1)) - 2) != 0",
)
CLAUSES = (
    "SELECT count() FROM events WHERE {}",
    "SELECT count() FROM events WHERE received_at > '2026-01-02' AND {}",
    "SELECT count() FROM events WHERE {} AND channel = 'own'",
    "SELECT count() FROM events WHERE {} OR channel = 'own'",
    "SELECT countIf({}) FROM events",
    "SELECT count() FROM events GROUP BY {}",
    "SELECT count() FROM events HAVING max({})",
    "SELECT event_id FROM events ORDER BY {}, event_id LIMIT 3",
    "SELECT event_id FROM events ORDER BY event_id LIMIT 1 BY {}",
    "SELECT count() OVER (PARTITION BY {}) FROM events LIMIT 2",
    "SELECT count() OVER w FROM events WINDOW w AS (ORDER BY {}) LIMIT 2",
    "SELECT event_id FROM events QUALIFY row_number() OVER (ORDER BY {}, event_id) < 3",
    "SELECT count() FROM events ARRAY JOIN [{}] AS x",
    "SELECT sum(arraySum(arrayMap(x -> x, [{}]))) FROM events",
    "SELECT count() FROM events JOIN (SELECT event_id FROM events) AS b USING (event_id) WHERE {}",
    "SELECT count() FROM numbers(3) AS n JOIN events ON n.number = ({})",
    "SELECT count() FROM numbers(3) WHERE number IN (SELECT {} FROM events)",
    "SELECT count() FROM"
    " (SELECT * EXCEPT (reporter_sealed, reporter_key, reporter_name_key, words) FROM events"
    " ORDER BY received_at LIMIT 50) WHERE {}",
    "WITH e AS (SELECT event_id, {} AS f FROM events) SELECT count() FROM e WHERE f",
    "SELECT DISTINCT {} FROM events",
    "SELECT (SELECT count() FROM events WHERE {})",
    "SELECT count() FROM events FINAL WHERE {}",
    "SELECT 1 FROM events WHERE {} UNION ALL SELECT 2 FROM events WHERE {}",
)
WHOLE = (
    "SELECT count() FROM events",
    "SELECT min(received_at), max(received_at), max(event_id), any(content), anyLast(kind)"
    " FROM events",
    "SELECT kind, category, count() FROM events GROUP BY ALL ORDER BY ALL",
    "SELECT uniqExact(channel), topK(9)(kind), groupUniqArray(category) FROM events",
    "SELECT event_id FROM events LIMIT 3",
    "SELECT event_id FROM events ORDER BY received_at DESC LIMIT 3",
    "SELECT row_number() OVER (ORDER BY received_at), event_id FROM events LIMIT 2",
    "SELECT toStartOfMonth(received_at) AS m, count() FROM events GROUP BY m ORDER BY m",
    "SELECT count() FROM events WHERE kind LIKE 'FOREIGN%'",
    "SELECT * FROM events_by_channel ORDER BY ALL",
    "SELECT sum(events) FROM events_by_grid WHERE intDiv(1, category != 'FOREIGNMARK') = 1",
    "SELECT count() FROM events FORMAT JSON",
    "SELECT count() FROM events WHERE received_at > (SELECT max(received_at) FROM events) - 9000",
)


@pytest.fixture
def township(store: Store, engine_settings: Settings) -> Iterator[SqlSession]:
    """Return the session of a township."""
    session = SqlSession(
        engine_settings,
        visibility_of(
            StaffRole.TOWNSHIP,
            TOWNSHIP,
            {
                "events_by_channel": frozenset({"events"}),
                "events_by_grid": frozenset({"events"}),
            },
        ),
    )
    assert store
    yield session
    session.close()


def statements() -> list[str]:
    """Return every clause, and every condition that would fail on a foreign row."""
    queries = [CLAUSES[0].format(condition) for condition in FAILS_ON_FOREIGN]
    for at, clause in enumerate(CLAUSES):
        for step in (0, 4):
            condition = FAILS_ON_FOREIGN[(at + step) % len(FAILS_ON_FOREIGN)]
            queries.append(clause.format(condition, condition))
    return [*WHOLE, *queries]


def test_foreign_rows_change_no_answer_and_no_error(store: Store, township: SqlSession) -> None:
    """Every statement answers the same with the rows of others in the store and without them."""
    store.command(OWN_ROWS)
    alone = {sql: answer_of(township, sql) for sql in statements()}
    store.command(FOREIGN_ROWS)
    store.command(MOVED)
    assert store.rows("SELECT count() FROM events WHERE kind = 'own'") == [(400,)]
    assert store.rows(f"SELECT count() FROM events WHERE kind = '{MARK}'") == [(900,)]
    together = {sql: answer_of(township, sql) for sql in statements()}
    changed = [sql for sql in alone if alone[sql] != together[sql]]
    assert changed == []
    assert sum(not answer.startswith("Code:") for answer in together.values()) > 55
    assert not any(MARK in answer for answer in together.values())
    assert answer_of(township, "SELECT count() FROM cases WHERE content = 'MOVED'") == "0\n"


def test_the_row_filter_is_directly_above_the_read(store: Store, township: SqlSession) -> None:
    """No other condition is between the row filter and the read; the query's conditions follow."""
    store.command(OWN_ROWS)
    for sql in (
        "SELECT count() FROM events WHERE toUInt64(content) > 5 AND received_at > 0",
        "SELECT count() FROM events_by_channel WHERE channel = 'x'",
    ):
        rows = township._client.query(f"EXPLAIN PLAN actions = 1 {sql}").result_rows
        plan = [str(row[0]) for row in rows]
        (read,) = [at for at, line in enumerate(plan) if "ReadFromMergeTree" in line]
        above = [line for line in plan[:read] if "Filter (" in line]
        assert "(additional filter)" in above[-1], plan
        assert not any("Prewhere" in line for line in plan), plan
        assert not any("toUInt64(content)" in line for line in plan[plan.index(above[-1]) : read])


def test_the_settings_are_the_engines_and_stay(store: Store, township: SqlSession) -> None:
    """This version has each setting; each is set, and cannot be changed."""
    assert township.visibility is not None
    values = dict(township._client.query("SELECT name, value FROM system.settings").result_rows)
    for name, value in settings_of(township.visibility).items():
        assert values[name] == str(value), name
    assert values["readonly"] == "1"
    assert set(FILTER_FIRST) <= set(settings_of(township.visibility))
    known = {name for (name,) in store.rows("SELECT name FROM system.settings")}
    assert set(settings_of(township.visibility)) <= known
