"""SHOW, DESCRIBE, EXISTS and the system tables: the hub's answers, and clients' first queries."""

import pytest

from hub.settings import Settings
from hub.sql.guard.catalogue_answers import like
from hub.sql.roles import HIDDEN
from hub.sql.users import SqlSession
from tests.hub.sql.conftest import ROLES, TOWNSHIP, Ask, answer_of

OF_CLIENTS = (
    # clickhouse-connect
    "SELECT version(), timezone()",
    "SELECT name, value, readonly FROM system.settings LIMIT 10000",
    # clickhouse-go over HTTP, which Grafana's plug-in uses
    "SELECT displayName(), version(), revision(), timezone()",
    # ClickHouse's JDBC driver, which DBeaver uses
    "SELECT currentUser() AS user, timezone() AS timezone, version() AS version LIMIT 1",
    "SELECT '' AS TABLE_CAT, t.database AS TABLE_SCHEM, t.name AS TABLE_NAME,"
    " if(t.is_temporary = 1, concat('Temporary', t.engine), t.engine) AS TABLE_TYPE,"
    " t.comment AS REMARKS,"
    " CAST(null as Nullable(String)) AS TYPE_CAT, d.engine AS TYPE_SCHEM FROM system.tables t"
    " JOIN system.databases d ON system.tables.database = system.databases.name"
    " WHERE t.database LIKE '%' AND t.name LIKE 'ca%' AND (t.engine IN ('View', 'MergeTree'))",
    "SELECT name AS TABLE_SCHEM, '' AS TABLE_CATALOG FROM system.databases ORDER BY name",
    "SELECT database AS TABLE_SCHEM, table AS TABLE_NAME, name AS COLUMN_NAME, type AS TYPE_NAME,"
    " position AS ORDINAL_POSITION, comment AS REMARKS FROM system.columns"
    " WHERE database LIKE '%' AND table LIKE 'cases' ORDER BY position",
    "SELECT name FROM system.functions WHERE name ILIKE 'array%'",
    # Grafana's query builder
    "SHOW DATABASES",
    "SHOW TABLES FROM default",
    "DESC TABLE default.cases",
    "SELECT name, type, comment FROM system.columns WHERE database = 'default' AND table = 'cases'",
    # others: linq2db, SQLAlchemy, Metabase
    "select name, comment, engine LIKE '%View' from system.tables"
    " where is_temporary = 0 and database = database()",
    "select hostName()",
    "SELECT table_schema, table_name FROM information_schema.tables WHERE table_name = 'cases'",
    "SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE FROM INFORMATION_SCHEMA.COLUMNS LIMIT 5",
    "SELECT * FROM system.data_type_families",
    "SELECT * FROM system.formats",
    "SELECT * FROM system.table_functions",
    "SELECT * FROM system.dictionaries",
    "SELECT * FROM system.data_skipping_indices",
    "SELECT * FROM system.time_zones",
    "SELECT * FROM system.table_engines",
    "SELECT * FROM system.keywords",
    "SELECT * FROM information_schema.schemata",
    "SELECT * FROM information_schema.views",
    "EXISTS TABLE default.cases",
    "SHOW CREATE TABLE cases",
)
TELLING = (
    "SELECT * FROM system.tables",
    "SELECT * FROM system.columns",
    "SELECT * FROM system.settings",
    "SELECT * FROM system.databases",
    "SHOW SETTINGS LIKE '%'",
    "SHOW TABLES",
    "SHOW TABLES FROM system",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM information_schema.columns",
    "SELECT value FROM system.settings WHERE name = 'additional_table_filters'",
    "SELECT toString(tuple(*)) FROM system.tables",
    "SELECT create_table_query FROM system.tables",
    "SELECT s.* FROM system.settings AS s, system.tables AS t",
    "SHOW CREATE TABLE cases",
    "SELECT (SELECT groupArray(value) FROM system.settings)",
    "EXPLAIN AST SELECT * FROM system.settings",
    "EXPLAIN SYNTAX SELECT * FROM system.settings",
    "SELECT hostName(), FQDN(), displayName()",
    "SELECT data_paths FROM system.tables",
    "SELECT metadata_path FROM system.tables",
    "SELECT path FROM system.databases",
    "SELECT data_path FROM system.databases",
)


@pytest.mark.parametrize("role", ROLES)
def test_the_first_queries_of_clients_are_answered(
    sessions: dict[str, SqlSession], role: str
) -> None:
    """A client gets no refusal while it connects."""
    for sql in OF_CLIENTS:
        answer = answer_of(sessions[role], sql)
        assert not answer.startswith("Code: "), (sql, answer)
        assert "audit" not in answer or role == "auditor", sql


def test_no_path_and_no_filter_is_in_an_answer(
    sessions: dict[str, SqlSession], engine_settings: Settings
) -> None:
    """No query of the engine's catalogue shows the machine or a condition of a row filter."""
    for role in ("city", "township"):
        for sql in TELLING:
            answer = answer_of(sessions[role], sql)
            for word in (
                str(engine_settings.data),
                "chdb",
                "startsWith",
                TOWNSHIP,
                "readonly=",
                "additional_table_filters:",
                "store/",
                "default/",
            ):
                assert word not in answer, (role, sql, word)


def test_show_lists_the_visible_tables_and_columns(
    ask: Ask, sessions: dict[str, SqlSession]
) -> None:
    """SHOW lists tables, columns and types, each session sees those of its role."""
    for role, session in sessions.items():
        assert session.visibility is not None
        assert set(ask(role, "SHOW TABLES").split()) == set(session.visibility.names)
        assert set(ask(role, "SELECT name FROM system.tables").split()) == set(
            session.visibility.names
        )
    described = ask("township", "DESCRIBE TABLE cases")
    assert "unit\tString" in described
    assert "\nbody\t" not in described
    assert ask("township", "SHOW COLUMNS FROM cases LIKE 'body'") == ""
    for table, columns in HIDDEN.items():
        sql = f"SELECT name FROM system.columns WHERE table = '{table}'"
        assert not set(ask("auditor", sql).split()) & set(columns)
    assert ask("township", "SHOW CREATE TABLE units").startswith("CREATE TABLE default.units")
    assert ask("township", "SHOW CREATE VIEW open_cases").startswith("CREATE VIEW")
    assert [
        ask("township", f"EXISTS {name}")
        for name in (
            "cases",
            "TABLE default.cases",
            "VIEW open_cases",
            "VIEW cases",
            "receipts",
            "audit",
            "system.tables",
            "DATABASE default",
            "DATABASE system",
        )
    ] == ["1\n", "1\n", "1\n", "0\n", "0\n", "0\n", "0\n", "1\n", "0\n"]
    for sql in (
        "DESCRIBE audit",
        "SHOW CREATE receipts",
        "SHOW COLUMNS FROM audit",
        "DESC x.cases",
    ):
        assert ask("township", sql).startswith("Code: 497."), sql


def test_show_understands_patterns_and_limits(ask: Ask) -> None:
    """LIKE, ILIKE, their negations, FROM and LIMIT, in any format."""
    assert ask("city", "SHOW TABLES LIKE 'open\\_cases'") == "open_cases\n"
    assert ask("city", "SHOW TABLES ILIKE 'OPEN%' LIMIT 1") == "open_cases\n"
    assert "open_cases" not in ask("city", "SHOW TABLES NOT LIKE 'open%'")
    assert "open_cases" not in ask("city", "SHOW TABLES FROM default NOT ILIKE 'OPEN%'")
    assert ask("city", "SHOW TABLES FROM nowhere") == ""
    assert ask("city", "SHOW DATABASES") == "default\n"
    assert ask("city", "SHOW FULL COLUMNS FROM units FROM default LIKE 'co%'").startswith("code\t")
    assert "sum\t1" in ask("city", "SHOW FUNCTIONS LIKE 'sum'")
    assert ask("city", "SHOW FUNCTIONS LIKE 'file'") == ""
    assert "max_execution_time" in ask("city", "SHOW SETTINGS LIKE 'max%'")
    assert '"name": "units"' in ask("city", "SHOW TABLES LIKE 'units' FORMAT JSON")
    assert ask("city", f"SHOW TABLES LIKE '{'%_' * 40}zz'") == ""


def test_like_is_that_of_the_engine() -> None:
    """A percent is any text, an underscore one character; other characters are literal."""
    for pattern, text, matches in (
        ("a%", "abc", True),
        ("a_c", "abc", True),
        ("a_c", "ac", False),
        ("a\\_c", "abc", False),
        ("a\\_c", "a_c", True),
        ("%", "", True),
        ("[a]*", "a", False),
        ("[a]*", "[a]*", True),
        ("A%", "abc", False),
        ("a.c", "abc", False),
        ("%\\%", "5%", True),
    ):
        assert bool(like(pattern, ignores_case=False).fullmatch(text)) is matches, pattern
    assert like("A%", ignores_case=True).fullmatch("abc")
