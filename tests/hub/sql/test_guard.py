"""The statements that staff may send: former attacks, and many of their kind."""

import pytest

from hub.sql.roles import HIDDEN
from hub.sql.users import MOST_SQL, SqlSession
from hub.store.catalogue import DATA
from tests.hub.sql.conftest import ROLES, Ask, answer_of

REFUSED = "Code: 497."
HIDDEN_NAMED = (
    "SELECT * FROM view(SELECT {column} FROM {table})",
    "SELECT {column} FROM {table}",
    "SELECT `{column}` FROM {table}",
    "SELECT t.{column} FROM {table} AS t",
    "SELECT `t.{column}` FROM {table} AS t",
    "SELECT default.{table}.{column} FROM {table}",
    "SELECT {column}.size FROM {table}",
    "SELECT {column}.:String FROM {table}",
    "SELECT {column}.^x FROM {table}",
    "SELECT upper({column}) FROM {table}",
    "SELECT count() OVER w FROM {table} WINDOW w AS (ORDER BY {column})",
    "SELECT count() OVER w FROM {table} WINDOW w AS (PARTITION BY {column})",
    "SELECT count() OVER (ORDER BY {column}) FROM {table}",
    "SELECT row_number() OVER (PARTITION BY {column}) FROM {table}",
    "SELECT 1 FROM {table} PREWHERE {column} != ''",
    "SELECT 1 FROM {table} WHERE {column} != ''",
    "SELECT 1 FROM {table} WHERE 1 OR {column} = ''",
    "SELECT 1 FROM {table} GROUP BY {column}",
    "SELECT 1 FROM {table} GROUP BY GROUPING SETS (({column}), ())",
    "SELECT 1 FROM {table} GROUP BY ROLLUP({column})",
    "SELECT 1 FROM {table} GROUP BY 1 HAVING max({column}) > ''",
    "SELECT 1 FROM {table} QUALIFY row_number() OVER (ORDER BY {column}) = 1",
    "SELECT 1 FROM {table} ORDER BY {column}",
    "SELECT 1 AS a FROM {table} ORDER BY a WITH FILL INTERPOLATE (a AS length({column}))",
    "SELECT 1 FROM {table} LIMIT 1 BY {column}",
    "SELECT DISTINCT ON ({column}) 1 FROM {table}",
    "SELECT x FROM {table} ARRAY JOIN [{column}] AS x",
    "SELECT x FROM {table} LEFT ARRAY JOIN [{column}] AS x",
    "SELECT 1 FROM {table} AS a JOIN {table} AS b USING ({column})",
    "SELECT 1 FROM {table} AS a JOIN {table} AS b ON a.{column} = b.{column}",
    "SELECT 1 FROM {table} AS a ASOF JOIN {table} AS b USING ({column})",
    "WITH {column} AS x SELECT x FROM {table}",
    "WITH c AS (SELECT {column} AS x FROM {table}) SELECT x FROM c",
    "WITH (SELECT max({column}) FROM {table}) AS x SELECT x",
    "SELECT (SELECT max({column}) FROM {table})",
    "SELECT 1 WHERE (SELECT max({column}) FROM {table}) > '0'",
    "SELECT 1 WHERE EXISTS (SELECT 1 FROM {table} WHERE {column} > '')",
    "SELECT 1 WHERE '' IN (SELECT {column} FROM {table})",
    "SELECT arrayMap(x -> {column}, [1]) FROM {table}",
    "SELECT arrayFilter(x -> x = {column}, ['']) FROM {table}",
    "SELECT COLUMNS({column}) FROM {table}",
    "SELECT * EXCEPT ({column}) REPLACE ({column} AS channel) FROM {table}",
    "SELECT * EXCEPT ({column}), {column} FROM {table}",
    "SELECT 1 EXCEPT SELECT length({column}) FROM {table}",
    "SELECT ignore({column}) FROM {table}",
    "SELECT toTypeName({column}) FROM {table}",
    "SELECT identity({column}) AS {column} FROM {table}",
    "SELECT if(1, 1, length({column})) FROM {table}",
    "SELECT 1 FROM {table} WHERE 0 AND {column} = ''",
    "SELECT {column} AS a, a AS b FROM (SELECT {column} FROM {table})",
    "EXPLAIN AST SELECT {column} FROM {table}",
    "EXPLAIN SYNTAX SELECT {column} FROM {table}",
    "EXPLAIN SELECT {column} FROM {table}",
    "EXPLAIN ESTIMATE SELECT 1 FROM {table} WHERE {column} = ''",
    "DESCRIBE (SELECT {column} FROM {table})",
)
HIDDEN_TAKEN_IN = (
    "SELECT * FROM {table}",
    "SELECT t.* FROM {table} AS t",
    "SELECT {table}.* FROM {table}",
    "SELECT COLUMNS('.*') FROM {table}",
    "SELECT t.COLUMNS('^[a-z]') FROM {table} AS t",
    "SELECT * ILIKE '%' FROM {table}",
    "SELECT * APPLY(toString) FROM {table}",
    "SELECT * APPLY(x -> toString(x)) FROM {table}",
    "SELECT * APPLY(toString) EXCEPT ({columns}) FROM {table}",
    "SELECT * REPLACE (1 AS channel) FROM {table}",
    "SELECT * EXCEPT (channel) FROM {table}",
    "SELECT * EXCEPT ('^zz') FROM {table}",
    "SELECT tuple(*) FROM {table}",
    "SELECT untuple(tuple(*)) FROM {table}",
    "SELECT count(DISTINCT *) FROM {table}",
    "SELECT cityHash64(*) FROM {table}",
    "SELECT toTypeName(tuple(*)) FROM {table}",
    "SELECT count() FROM (SELECT * FROM {table})",
    "SELECT count() FROM (SELECT DISTINCT * FROM {table})",
    "SELECT (SELECT max(toString(tuple(*))) FROM {table})",
    "SELECT (SELECT tuple(t.*)) FROM {table} AS t",
    "WITH c AS (SELECT * FROM {table}) SELECT 1 FROM c",
    "SELECT 1 IN {table}",
    "SELECT (1, 2) NOT IN default.{table}",
    "SELECT 1 GLOBAL IN ({table})",
    "SELECT 1 WHERE 1 IN (SELECT * FROM {table})",
    "SELECT 1 FROM {table} ORDER BY *",
    "SELECT 1 FROM {table} NATURAL JOIN {table} AS b",
    "SELECT a1 FROM {table} AS t (a1, a2, a3)",
)
WAYS_OUT = (
    "SHOW TABLES FROM system WHERE ascii(substring(file('/etc/hostname'), 1, 1)) > 0",
    "SHOW TABLES WHERE (SELECT max(reporter_key) FROM events) > '0'",
    "SHOW COLUMNS FROM cases WHERE toUInt64((SELECT max(reporter_key) FROM events)) = 1",
    "SHOW DATABASES WHERE 1",
    "SHOW FUNCTIONS WHERE 1",
    "SHOW SETTINGS WHERE 1",
    "SHOW TABLES LIMIT (SELECT 1)",
    "SHOW CREATE DATABASE default",
    "SHOW CREATE DICTIONARY x",
    "SHOW CREATE USER default",
    "SHOW CREATE TABLE system.tables",
    "SHOW INDEXES FROM cases",
    "SHOW PROCESSLIST",
    "SHOW GRANTS",
    "SHOW ACCESS",
    "SHOW USERS",
    "SHOW CLUSTERS",
    "SHOW DICTIONARIES",
    "SHOW ENGINES",
    "SHOW SETTING max_threads",
    "SHOW FILESYSTEM CACHES",
    "SHOW MERGES",
    "DESCRIBE file('/etc/passwd')",
    "DESCRIBE (SELECT file('/etc/passwd'))",
    "DESCRIBE system.settings",
    "EXPLAIN SELECT 1",
    "EXPLAIN PLAN SELECT 1 FROM events",
    "EXPLAIN PLAN actions = 1 SELECT 1 FROM events",
    "EXPLAIN PIPELINE SELECT 1",
    "EXPLAIN QUERY TREE SELECT 1",
    "EXPLAIN ESTIMATE SELECT 1 FROM events",
    "EXPLAIN TABLE OVERRIDE SELECT 1",
    "EXPLAIN AST graph = 1 SELECT 1",
    "EXPLAIN AST INSERT INTO areas SELECT 1",
    "EXPLAIN SYNTAX SELECT file('/etc/passwd')",
    "SELECT * FROM (EXPLAIN SELECT 1)",
    "SELECT * FROM viewExplain('EXPLAIN', '', (SELECT 1))",
    "SELECT file('/etc/passwd')",
    "SELECT arrayMap(file, ['/etc/passwd'])",
    "SELECT arrayMap(`file`, ['/etc/passwd'])",
    "SELECT arrayMap((x) -> file(x), ['/etc/passwd'])",
    "WITH file AS f SELECT arrayMap(f, ['/etc/passwd'])",
    "WITH (x -> file(x)) AS f SELECT f('/etc/passwd')",
    "SELECT 1 WHERE 1 IN file('/etc/passwd', 'LineAsString')",
    "SELECT 1 ORDER BY length(file('/etc/passwd'))",
    "SELECT 1 LIMIT length(file('/etc/passwd'))",
    "SELECT * FROM numbers(length(file('/etc/passwd')))",
    "SELECT * FROM values('a String', file('/etc/passwd'))",
    "SELECT sum(1) OVER (ROWS length(file('x')) PRECEDING) FROM cases",
    "SELECT seq FROM cases ORDER BY seq WITH FILL FROM 1 TO 3 STALENESS length(file('x'))",
    "SELECT quantile(length(file('x')))(seq) FROM cases",
    "SELECT getSetting('additional_table_filters')",
    "SELECT arrayMap(getSetting, ['additional_table_filters'])",
    "SELECT @@max_threads",
    "SELECT value FROM merge('system', 'settings')",
    "SELECT * FROM merge('default', '.*')",
    "SELECT * FROM remote('127.0.0.1', default.cases)",
    "SELECT * FROM cluster('default', default.cases)",
    "SELECT * FROM dictionary('x')",
    "SELECT dictGet('x', 'y', 1)",
    "SELECT joinGet('x', 'y', 1)",
    "SELECT * FROM mergeTreeIndex('default', 'cases')",
    "SELECT * FROM loop(cases)",
    "SELECT * FROM eval('SELECT 1')",
    "SELECT * FROM python(x)",
    "SELECT * FROM duties_since(since = '2020-01-01')",
    "SELECT hasColumnInTable('default', 'cases', 'body')",
    "SELECT arrayReduce('groupArray', [1])",
    "SELECT initializeAggregation('sum', 1)",
    "SELECT evalMLMethod(1, 2)",
    "SELECT sleepEachRow(1)",
    "SELECT throwIf(1, 'x')",
    "SELECT rowNumberInAllBlocks() FROM events",
    "SELECT blockNumber() FROM events",
    "SELECT indexHint(channel = 'x') FROM events",
    "SELECT lowCardinalityIndices(channel) FROM events",
    "SELECT _part FROM events",
    "SELECT `_part_offset` FROM events",
    "SELECT _sample_factor FROM events",
    "SELECT _table FROM events",
    "SELECT 1 FROM events AS `default.cases`",
    "SELECT 1 FROM events SAMPLE 1 / 2",
    "SELECT 1 FROM events STREAM",
    "SELECT 1 FROM cases PASTE JOIN cases AS b",
    "SELECT 1 SETTINGS max_execution_time = 0",
    "SELECT 1 FROM events SETTINGS additional_table_filters = {{}}",
    "SELECT * FROM (SELECT 1 SETTINGS readonly = 0)",
    "SELECT 1 INTO OUTFILE '/tmp/x'",
    "SELECT 1 INTO OUTFILE '/tmp/x' AND STDOUT",
    "SELECT 1 PARALLEL WITH SELECT 2",
    "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT n FROM t",
    "SELECT 1 AS PREWHERE FROM events PREWHERE 1",
    "SELECT * FROM system.parts",
    "SELECT * FROM system.processes",
    "SELECT * FROM system.query_log",
    "SELECT * FROM system.disks",
    "SELECT * FROM system.users",
    "SELECT * FROM system.server_settings",
    "SELECT * FROM system.build_options",
    "SELECT * FROM SYSTEM.parts",
    "WITH `system.parts` AS (SELECT 1) SELECT * FROM system.parts",
    "WITH `system.parts` AS (SELECT 1) SELECT toUInt8((SELECT max(path) FROM system.parts))",
    "SELECT * FROM (cases AS a CROSS JOIN units AS b)",
    "SELECT in(1, cases)",
    "SELECT nullIn(1, default.cases)",
    "SELECT 1 FROM units AS u (a, b)",
    "SELECT " + ", ".join(["(SELECT count() FROM system.functions)"] * 40),
    "SELECT * FROM migrations",
    "SELECT * FROM default.migrations",
    "SELECT (WITH migrations AS (SELECT 1) SELECT 1), (SELECT count() FROM migrations)",
    "SELECT if(1, 1, (SELECT count() FROM migrations))",
    "SELECT 1 IN (SELECT 1 FROM migrations)",
    "SELECT 1 FROM nothing_of_the_kind",
    "SELECT 1 FORMAT Template",
    "SELECT 1 FORMAT Protobuf",
    "SELECT 1 FORMAT CapnProto",
    "SELECT 1 FORMAT MySQLWire",
    "SELECT nothing_of_the_kind(1)",
    "INSERT INTO areas VALUES ('1', '2', '3')",
    "CREATE TEMPORARY TABLE x (a Int8)",
    "CREATE FUNCTION f AS x -> file(x)",
    "DROP TABLE cases",
    "ALTER TABLE cases DELETE WHERE 1",
    "TRUNCATE TABLE cases",
    "OPTIMIZE TABLE cases",
    "SET readonly = 0",
    "SET ROLE x",
    "USE system",
    "SYSTEM FLUSH LOGS",
    "KILL QUERY WHERE 1",
    "BACKUP TABLE cases TO File('x')",
    "GRANT SELECT ON *.* TO x",
    "CHECK TABLE cases",
    "ATTACH TABLE x",
    "BEGIN TRANSACTION",
    "EXECUTE AS x SELECT 1",
)
POSSIBLE = (
    "SELECT 1",
    "(SELECT 1)",
    "SELECT 1 /* a comment */ -- and another",
    "SELECT $$text$$",
    "SELECT 'it''s \\\\ \\n -- no comment; SELECT file(1)'",
    "SELECT count(*) AS TOTAL, unit AS UNIT_NAME FROM cases GROUP BY UNIT_NAME ORDER BY TOTAL",
    "SELECT unit AS `单位 (名称), 中文` FROM cases",
    "SELECT * EXCEPT (body) FROM cases",
    "SELECT * EXCEPT body FROM cases",
    "SELECT a.* EXCEPT (body) FROM cases AS a JOIN cases AS b ON a.case_id = b.case_id",
    "SELECT COLUMNS('^u') EXCEPT (body) FROM cases",
    "SELECT * FROM open_cases",
    "SELECT * FROM (SELECT unit, count() FROM cases GROUP BY ALL)",
    "WITH c AS (SELECT unit FROM cases) SELECT * FROM c WHERE unit IN (SELECT unit FROM c)",
    "WITH x AS (SELECT 1) SELECT 1 IN x",
    "SELECT body FROM (SELECT 1 AS body)",
    "SELECT category, count() AS c, c / sum(c) OVER () FROM cases GROUP BY category WITH ROLLUP",
    "SELECT toDate(opened_at) AS d, count() FROM cases GROUP BY d ORDER BY d WITH FILL STEP 1",
    "SELECT quantiles(0.5, 0.9)(seq), uniqExactIf(unit, seq > 1), topK(3)(unit) FROM cases",
    "SELECT arrayMap(x -> x + 1, arraySort(groupArray(seq))), arrayMap(toString, [1]) FROM cases",
    "SELECT x FROM cases ARRAY JOIN channels AS x",
    "SELECT unit, seq FROM cases ORDER BY seq DESC LIMIT 1 BY unit LIMIT 3 OFFSET 0",
    "SELECT EXTRACT(YEAR FROM opened_at), date_trunc('month', opened_at) FROM cases",
    "SELECT CASE WHEN seq > 1 THEN 'a' ELSE 'b' END, seq BETWEEN 1 AND 2, NOT settled FROM cases",
    "SELECT opened_at + INTERVAL 1 DAY, DATE '2026-01-01', LEFT(unit, 2) FROM cases",
    "SELECT JSONExtractString('{{}}', 'a'), JSONExtract('[1]', 'Array(UInt8)')",
    "SELECT sum(number) OVER (ORDER BY number ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)"
    " FROM numbers(3)",
    "SELECT 1 UNION ALL SELECT 2 INTERSECT SELECT 2",
    "SELECT * FROM values('a UInt8, b String', (1, 'x'), (2, 'y'))",
    "SELECT 1 FROM cases AS a ANY LEFT JOIN units AS u ON a.unit = u.code",
    "SELECT grouping(unit) FROM cases GROUP BY unit WITH CUBE",
    "SELECT DISTINCT ON (unit) unit FROM cases",
    "SELECT unit FROM cases FINAL QUALIFY row_number() OVER (PARTITION BY unit) = 1",
    "EXPLAIN AST SELECT unit FROM cases",
    "EXPLAIN SYNTAX SELECT unit FROM cases",
)


@pytest.mark.parametrize(
    "role", ["township", *(pytest.param(role, marks=pytest.mark.slow) for role in ("city", "unit"))]
)
def test_hidden_columns_are_out_of_reach(sessions: dict[str, SqlSession], role: str) -> None:
    """They are refused by name in every clause, and are left out of all columns."""
    visibility = sessions[role].visibility
    assert visibility is not None
    for table in sorted(visibility.names & HIDDEN.keys()):
        columns = ", ".join(HIDDEN[table])
        for template in HIDDEN_TAKEN_IN:
            sql = template.format(table=table, columns=columns)
            assert answer_of(sessions[role], sql).startswith(REFUSED), sql
        for column in HIDDEN[table]:
            for template in HIDDEN_NAMED:
                sql = template.format(table=table, column=column)
                answer = answer_of(sessions[role], sql)
                assert answer.startswith((REFUSED, "Code: 62.")), (sql, answer)


def test_no_way_leads_out(ask: Ask) -> None:
    """No file, setting, other table or write is allowed; the refusal states what to use."""
    for sql in WAYS_OUT:
        for role in ROLES:
            answer = ask(role, sql.format())
            assert answer.startswith((REFUSED, "Code: 62.")), (role, sql, answer)
            assert "; " in answer or answer.startswith("Code: 62."), "what to use instead"
            assert "\n" not in answer, "one sentence"
            assert "startsWith(" not in answer


def test_ordinary_statements_are_answered(ask: Ask) -> None:
    """These are statements that people and their tools send every day."""
    for sql in POSSIBLE:
        for role in ROLES:
            answer = ask(role, sql.format())
            assert not answer.startswith("Code: "), (role, sql, answer)


@pytest.mark.parametrize(
    "role", ["unit", *(pytest.param(role, marks=pytest.mark.slow) for role in ("city", "township"))]
)
def test_the_examples_of_the_dictionary_are_answered(
    sessions: dict[str, SqlSession], role: str
) -> None:
    """Each relation's example, and all columns but the hub's own, run for the roles that see it."""
    session = sessions[role]
    assert session.visibility is not None
    for name in sorted(session.visibility.names):
        but = f" EXCEPT ({', '.join(HIDDEN[name])})" if name in HIDDEN else ""
        shipped = DATA[name].ask.replace("'…'", "'00000000-0000-0000-0000-000000000000'")
        for sql in (f"SELECT *{but} FROM {name} LIMIT 2", f"SELECT count() FROM {name}", shipped):
            answer = answer_of(session, sql) if sql and "SELECT * FROM cases" not in sql else ""
            assert not answer.startswith("Code: "), (sql, answer)


def test_parameters_are_values(ask: Ask) -> None:
    """Each becomes a literal before the check, so it cannot be a name or a statement."""
    sql = "SELECT {a:Array(String)}, {s:String}, {n:UInt8} + 1, {none:Nullable(String)}"
    parameters = {
        "a": ["x", "y'); SELECT 1"],
        "s": "' || file('/etc/passwd')",
        "n": "1",
        "none": None,
    }
    assert ask("township", sql, parameters) == (
        "['x','y\\'); SELECT 1']\t\\' || file(\\'/etc/passwd\\')\t2\t\\N\n"
    )
    assert ask("township", "SELECT unit FROM cases LIMIT {n:UInt8}", parameters).count("\n") == 1
    for refused in (
        "SELECT {s:Identifier} FROM cases",
        "SELECT 1 FROM {t:Identifier}",
        "SELECT 1 FROM default.{t:Identifier}",
        "SELECT {missing:String}",
        "SELECT {s:Map(String, String)}",
    ):
        assert ask("township", refused, parameters | {"t": "audit"}).startswith(REFUSED), refused


def test_an_error_shows_no_value(ask: Ask) -> None:
    """An error of a row is its code and one sentence; an error of a name has the name."""
    for sql in (
        "SELECT toUInt64(content) FROM events",
        "SELECT toUInt64(assumeNotNull((SELECT max(concat('x', content)) FROM events)))",
        "SELECT toDate(content) FROM events WHERE 1 = intDiv(1, 0)",
    ):
        answer = ask("township", sql)
        assert "The query failed while it ran" in answer
        assert "不" not in answer
    assert ask("city", "SELECT bodi FROM cases") == (
        "Code: 47. Unknown expression identifier `bodi`"
    )


def test_the_length_of_a_statement_is_limited(ask: Ask) -> None:
    """A longer statement is refused before it is parsed."""
    assert "characters" in ask("city", f"SELECT '{'x' * MOST_SQL}'")


def test_except_removes_hidden_columns_of_a_join(ask: Ask) -> None:
    """EXCEPT removes a name from both sides."""
    sql = (
        "SELECT * EXCEPT (body) FROM cases AS a JOIN cases AS b USING (case_id) LIMIT 1 FORMAT JSON"
    )
    assert '"body' not in ask("city", sql)
    assert ask("city", "SELECT * EXCEPT (body) FROM cases, events").startswith(REFUSED)
