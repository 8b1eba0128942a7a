"""Statement forms: each that the engine's own documentation lists, and each keyword as a beginning."""

from collections.abc import Iterator

from tests.attack.functions import Known
from tests.attack.judge import Statement

FORMS: dict[str, tuple[str, ...]] = {
    "ALTER": (
        "ALTER TABLE cases ADD COLUMN x String",
        "ALTER TABLE cases MODIFY COLUMN body String COMMENT 'x'",
        "ALTER TABLE cases DROP COLUMN body",
        "ALTER TABLE cases FREEZE WITH NAME 'x'",
        "ALTER TABLE cases EXPORT PART 'all_1_1_0' TO TABLE x",
        "ALTER USER default IDENTIFIED BY 'x'",
    ),
    "ATTACH": (
        "ATTACH TABLE x FROM '{data}' (x String) ENGINE = File(LineAsString)",
        "ATTACH DATABASE x ENGINE = Filesystem('{data}')",
    ),
    "CHECK DATABASE": ("CHECK DATABASE default",),
    "CHECK GRANT": ("CHECK GRANT SELECT(body) ON default.cases", "CHECK GRANT SELECT ON *.*"),
    "CHECK TABLE": ("CHECK TABLE cases", "CHECK ALL TABLES", "CHECK TABLE cases PARTITION ID 'all'"),
    "CREATE": ("CREATE DATABASE x", "CREATE DATABASE x ENGINE = Filesystem('{data}')"),
    "DELETE": ("DELETE FROM cases WHERE 1",),
    "DESCRIBE TABLE": (
        "DESCRIBE cases", "DESC TABLE default.cases", "DESCRIBE cases FORMAT JSON",
        "DESCRIBE cases SETTINGS describe_include_subcolumns = 1", "DESCRIBE migrations",
        "DESCRIBE audit", "DESCRIBE system.disks", "DESCRIBE file('{data}/notes.txt')",
        "DESCRIBE cases INTO OUTFILE '{data}/out'", "DESCRIBE default.`cases`",
    ),
    "DETACH": ("DETACH TABLE cases", "DETACH DATABASE default"),
    "DROP": ("DROP TABLE cases", "DROP DATABASE default", "DROP FUNCTION x", "DROP VIEW open_cases"),
    "EXCHANGE": ("EXCHANGE TABLES cases AND events",),
    "EXECUTE AS": ("EXECUTE AS default", "EXECUTE AS default SELECT body FROM cases"),
    "EXISTS": (
        "EXISTS cases", "EXISTS TABLE migrations", "EXISTS audit", "EXISTS DATABASE default",
        "EXISTS TEMPORARY TABLE cases", "EXISTS DICTIONARY cases", "EXISTS VIEW open_cases",
        "EXISTS system.disks", "EXISTS cases INTO OUTFILE '{data}/out'",
    ),
    "EXPLAIN": (
        "EXPLAIN INSERT INTO cases (title) SELECT body FROM cases",
        "EXPLAIN file('{data}/notes.txt')", "EXPLAIN SYSTEM FLUSH LOGS", "EXPLAIN SHOW TABLES",
        "EXPLAIN AST DROP TABLE cases", "EXPLAIN SYNTAX SELECT * FROM cases",
        "EXPLAIN EXPLAIN SELECT body FROM cases", "EXPLAIN SELECT 1 SETTINGS explain_query_plan_default='pretty'",
        "EXPLAIN WHATIF SELECT title FROM cases", "EXPLAIN ANALYZE SELECT title FROM cases",
        "EXPLAIN TABLE OVERRIDE mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
        "SELECT * FROM (EXPLAIN SELECT body FROM cases)",
        "SELECT * FROM (EXPLAIN PLAN actions = 1 SELECT title FROM cases)",
        "SELECT explain FROM (EXPLAIN ESTIMATE SELECT title FROM cases)",
    ),
    "GRANT": ("GRANT ALL ON *.* TO default", "GRANT SELECT ON default.cases TO CURRENT_USER"),
    "HYPOTHETICAL INDEX": ("CREATE HYPOTHETICAL INDEX i ON cases (body) TYPE minmax",),
    "HYPOTHETICAL PROJECTION": ("CREATE HYPOTHETICAL PROJECTION p ON cases (SELECT body)",),
    "IN": ("SELECT 1 IN cases", "SELECT ('a', 1) NOT IN default.cases", "SELECT 1 GLOBAL IN migrations",
           "SELECT 1 IN system.disks", "SELECT '暗记A' IN file('{data}/notes.txt', 'LineAsString')"),
    "INSERT INTO": (
        "INSERT INTO areas VALUES ('1', '2', '3')", "INSERT INTO areas SELECT '1', '2', '3'",
        "INSERT INTO areas FROM INFILE '{data}/notes.txt' FORMAT CSV",
        "INSERT INTO FUNCTION file('out', 'CSV') SELECT 1", "INSERT INTO cases FORMAT JSONEachRow {}",
        "INSERT INTO TABLE areas SETTINGS async_insert = 1 VALUES ('1', '2', '3')",
    ),
    "KILL": ("KILL QUERY WHERE 1", "KILL MUTATION WHERE 1", "KILL TRANSACTION WHERE 1",
             "KILL PART_MOVE_TO_SHARD WHERE 1"),
    "MOVE": ("MOVE ROLE x TO local_directory", "ALTER TABLE cases MOVE PART 'a' TO DISK 'default'"),
    "ON CLUSTER": ("DROP TABLE cases ON CLUSTER default",),
    "OPTIMIZE": ("OPTIMIZE TABLE cases FINAL", "OPTIMIZE TABLE cases DRY RUN PARTS 'a'"),
    "PARALLEL WITH": ("SELECT 1 PARALLEL WITH SELECT body FROM cases",
                      "DROP TABLE cases PARALLEL WITH DROP TABLE events"),
    "RENAME": ("RENAME TABLE cases TO x", "RENAME DATABASE default TO x"),
    "REVOKE": ("REVOKE ALL ON *.* FROM default",),
    "SELECT": (
        "SELECT * FROM cases", "SELECT * FROM events", "SELECT COLUMNS('^b') FROM cases",
        "SELECT cases.* FROM cases", "SELECT tuple(*) FROM cases", "SELECT body.size FROM cases",
        "SELECT body.size0 FROM cases", "SELECT native_ids.size0 FROM cases", "TABLE cases",
        "SELECT due_at.null FROM cases", "SELECT * LIKE 'b%' FROM cases", "SELECT c.* FROM cases AS c",
        "SELECT * EXCEPT ('^(?!body)') FROM cases", "SELECT COLUMNS(body) FROM cases",
        "SELECT `default`.`cases`.`body` FROM `default`.`cases`", "SELECT \"body\" FROM \"cases\"",
        "SELECT BODY FROM cases", "SELECT ｂｏｄｙ FROM cases", "SELECT “body” FROM “cases”",
        "SELECT * FROM default.cases AS system", "SELECT _table, _database FROM cases",
        "SELECT _part, _part_index, _part_uuid, _partition_id, _part_offset FROM cases",
        "SELECT _partition_value FROM events", "SELECT _sample_factor FROM cases",
        "SELECT _block_number, _block_offset FROM cases", "SELECT _row_exists FROM cases",
        "SELECT _disk_name FROM cases", "SELECT _part_data_version FROM cases",
        "SELECT _part_starting_offset, _part_granule_offset FROM cases", "SELECT precedence FROM events",
        "SELECT '421299001' AS division_code, title FROM cases",
        "SELECT 'U-C' AS unit, title FROM cases", "WITH 'U-C' AS unit SELECT title FROM cases",
        "WITH '421299001' AS division_code SELECT title FROM cases ORDER BY title",
        "SELECT title FROM cases AS units", "SELECT title FROM default.cases ARRAY JOIN ['U-C'] AS unit",
        "SELECT title FROM cases JOIN (SELECT 'U-C' AS unit) AS x ON 1",
        "SELECT title FROM (SELECT * FROM cases)", "SELECT count() FROM cases",
        "SELECT count() FROM cases FINAL", "SELECT min(case_id), max(case_id) FROM cases",
        "SELECT min(received_at) FROM events", "SELECT count() FROM events WHERE received_at < '2000-01-01'",
        "SELECT title FROM cases SETTINGS final = 0", "SELECT title FROM cases SETTINGS optimize_trivial_count_query = 1",
        "SELECT 1; SELECT body FROM cases", "SELECT 1;;", "-- x", "/* x */", "",
        "SELECT any(c) FROM (SELECT * FROM cases) AS c", "SELECT cases FROM cases",
        "SELECT toJSONString(tuple(*)) FROM cases", "SELECT untuple(c) FROM (SELECT tuple(*) AS c FROM cases)",
        "SELECT groupArray(*) FROM events", "SELECT count(DISTINCT *) FROM cases",
        "SELECT DISTINCT ON (body) title FROM cases", "SELECT title FROM cases ORDER BY ALL",
        "SELECT unit FROM cases GROUP BY ALL", "SELECT * FROM cases LIMIT 0", "SELECT * FROM cases WHERE 0",
        "SELECT * FROM case_routes", "SELECT * FROM complete_dispositions", "SELECT * FROM arrivals_kept",
        "SELECT * FROM assessed_entries_fed", "SELECT * FROM `.inner.x`", "SELECT * FROM INFORMATION_SCHEMA.COLUMNS",
        "SELECT * FROM information_schema.tables", "SELECT * FROM `duties_since`(since = '2026-01-01')",
        "SELECT * FROM duties_of_periods_since(since = '2026-01-01')", "SELECT * FROM rounds_since(since = '2020-01-01')",
        "SELECT * FROM plan_periods_since(since = (SELECT max(body) FROM cases))",
    ),
    "SET": ("SET readonly = 0", "SET additional_table_filters = {}", "SET param_x = 1",
            "SET profile = 'default'", "SET x DEFAULT"),
    "SET ROLE": ("SET ROLE ALL", "SET DEFAULT ROLE NONE TO default"),
    "SHOW": (
        "SHOW TABLES", "SHOW FULL TABLES", "SHOW TABLES FROM system", "SHOW TEMPORARY TABLES",
        "SHOW DATABASES", "SHOW CREATE TABLE cases", "SHOW CREATE TABLE migrations", "SHOW CREATE audit",
        "SHOW CREATE VIEW open_cases", "SHOW CREATE DATABASE default", "SHOW CREATE DICTIONARY x",
        "SHOW CREATE TABLE arrivals_fed", "SHOW CREATE TABLE system.disks", "SHOW CREATE USER default",
        "SHOW COLUMNS FROM cases", "SHOW FULL COLUMNS FROM migrations", "SHOW COLUMNS FROM disks FROM system",
        "SHOW INDEX FROM cases", "SHOW EXTENDED INDEXES FROM events", "SHOW PROCESSLIST", "SHOW GRANTS",
        "SHOW GRANTS FOR default WITH IMPLICIT FINAL", "SHOW USERS", "SHOW ROLES", "SHOW PROFILES",
        "SHOW POLICIES", "SHOW QUOTAS", "SHOW QUOTA", "SHOW CURRENT QUOTA", "SHOW ACCESS", "SHOW CLUSTERS",
        "SHOW CLUSTER 'default'", "SHOW SETTINGS LIKE '%'", "SHOW CHANGED SETTINGS LIKE '%'",
        "SHOW SETTING max_threads", "SHOW SETTING additional_table_filters", "SHOW FILESYSTEM CACHES",
        "SHOW ENGINES", "SHOW FUNCTIONS", "SHOW FUNCTIONS LIKE '%file%'", "SHOW MERGES", "SHOW DICTIONARIES",
        "SHOW PRIVILEGES", "SHOW NAMED COLLECTIONS", "SHOW TABLES INTO OUTFILE '{data}/out'",
        "SHOW TABLES FORMAT JSON", "SHOW CREATE TABLE cases FORMAT Vertical", "SHOW TABLES LIKE '%' LIMIT 5",
        "SHOW TABLES NOT ILIKE 'c%'", "SHOW CURRENT ROLES", "SHOW MASKING POLICIES", "SHOW HANDLERS",
        "SHOW TOKENS", "SHOW STATISTICS FROM cases", "SHOW TYPES", "SHOW WARNINGS", "SHOW DISKS",
    ),
    "SYSTEM": (
        "SYSTEM FLUSH LOGS", "SYSTEM STOP MERGES", "SYSTEM RELOAD CONFIG", "SYSTEM DROP MARK CACHE",
        "SYSTEM SHUTDOWN", "SYSTEM KILL", "SYSTEM SYNC FILE CACHE", "SYSTEM ENABLE FAILPOINT x",
        "SYSTEM UNFREEZE WITH NAME 'x'", "SYSTEM JEMALLOC FLUSH PROFILE", "SYSTEM INSTRUMENT ADD x LOG",
        "SYSTEM SUSPEND FOR 9 SECOND", "SYSTEM SET FAKE TIME 1",
    ),
    "TRUNCATE": ("TRUNCATE TABLE cases", "TRUNCATE ALL TABLES FROM default", "TRUNCATE DATABASE default"),
    "UNDROP": ("UNDROP TABLE x",),
    "UPDATE": ("UPDATE cases SET title = body WHERE 1",),
    "USE": ("USE system", "USE DATABASE default"),
    "CREATE DICTIONARY": (
        "CREATE DICTIONARY d (a String) PRIMARY KEY a SOURCE(FILE(PATH '{data}/notes.txt' FORMAT LineAsString)) LAYOUT(FLAT())",
    ),
    "CREATE FUNCTION": ("CREATE FUNCTION f AS () -> file('{data}/notes.txt')",
                        "CREATE FUNCTION f LANGUAGE WASM FROM 'x'"),
    "CREATE HANDLER": ("CREATE HANDLER h URL '/x' AS SELECT body FROM cases",),
    "CREATE TOKEN": ("CREATE TOKEN", "CREATE TOKEN GRANTS (SELECT ON *.*)"),
    "CREATE MASKING POLICY": ("CREATE MASKING POLICY p ON cases UPDATE body = 'x' TO ALL",),
    "CREATE NAMED COLLECTION": ("CREATE NAMED COLLECTION c AS url = 'http://127.0.0.1:1/'",),
    "CREATE ROW POLICY": ("CREATE ROW POLICY p ON cases USING 1 TO ALL",),
    "CREATE SETTINGS PROFILE": ("CREATE SETTINGS PROFILE p SETTINGS readonly = 0 TO ALL",),
    "CREATE DATABASE": ("CREATE DATABASE x ENGINE = Memory",),
    "CREATE QUOTA": ("CREATE QUOTA q TO ALL",),
    "CREATE ROLE": ("CREATE ROLE r",),
    "CREATE USER": ("CREATE USER x IDENTIFIED BY 'x'",),
    "CREATE TABLE": ("CREATE TABLE x AS cases", "CREATE TABLE x CLONE AS cases",
                     "CREATE TABLE x ENGINE = Log AS SELECT body FROM cases"),
    "CREATE TEMPORARY TABLE": ("CREATE TEMPORARY TABLE cases (division_code String)",),
    "CREATE VIEW": ("CREATE VIEW x AS SELECT body FROM cases", "CREATE MATERIALIZED VIEW x TO cases AS SELECT * FROM cases",
                    "CREATE LIVE VIEW x AS SELECT 1", "CREATE WINDOW VIEW x AS SELECT 1"),
    "REPLACE TABLE": ("REPLACE TABLE cases (x String) ENGINE = Memory",),
    "INTO OUTFILE": (
        "SELECT title FROM cases INTO OUTFILE '{data}/out.tsv'",
        "SELECT title FROM cases INTO OUTFILE '{data}/notes.txt' APPEND",
        "SELECT title FROM cases INTO OUTFILE '{data}/out.tsv' AND STDOUT TRUNCATE",
        "SELECT title FROM cases INTO/**/OUTFILE '{data}/out.gz' COMPRESSION 'gzip' LEVEL 3 FORMAT CSV",
    ),
    "FORMAT": ("SELECT title FROM cases FORMAT {Identifier}", "SELECT title FROM cases FORMAT Null",
               "SELECT title FROM cases FORMAT JSON; SELECT body FROM cases",
               "SELECT title FROM cases FORMAT CSV SETTINGS readonly = 0",
               "SELECT title FROM cases SETTINGS output_format_json_quote_64bit_integers = 1 FORMAT JSON",
               "SELECT title FROM cases FORMAT Template SETTINGS format_template_row = '{data}/notes.txt'",
               "SELECT title FROM cases FORMAT Protobuf SETTINGS format_schema = '{data}/notes.txt:x'"),
    "OTHERS": (
        "WATCH cases", "BACKUP TABLE cases TO Disk('default', 'x')", "BACKUP ALL TO File('{data}/x')",
        "RESTORE TABLE cases FROM File('{data}/x')", "BEGIN TRANSACTION", "COMMIT", "ROLLBACK",
        "SET TRANSACTION SNAPSHOT 1", "PREPARE x AS SELECT body FROM cases", "EXECUTE x", "DEALLOCATE x",
        "COPY cases TO STDOUT", "COPY cases FROM STDIN", "COPY (SELECT body FROM cases) TO '{data}/out'",
        "EXTERNAL DDL FROM MySQL(a, b, c) CREATE TABLE x (a INT)", "UNLOCK SNAPSHOT 'x'", "HELP", "EXIT",
        "DECLARE c CURSOR FOR SELECT 1", "FETCH 1 FROM c", "CALL file('{data}/notes.txt')", "LOAD DATA",
        "VALUES (1)", "ANALYZE TABLE cases", "LOCK TABLES cases", "DO SELECT 1", "VACUUM", "SELECT",
        "GET / HTTP/1.1", "KQL", "cases | project body", "cases.body",
    ),
}  # fmt: skip
"""By the engine's name of the statement (`system.statements`)."""
CLAUSE_FORMS = frozenset({
    "ALL", "APPLY modifier", "ARRAY JOIN", "DISTINCT", "EXCEPT", "EXCEPT modifier", "FROM",
    "GROUP BY", "HAVING", "INTERSECT", "JOIN", "LIMIT", "LIMIT BY", "OFFSET FETCH", "ORDER BY",
    "PIPE OPERATORS", "PREWHERE", "QUALIFY", "REPLACE modifier", "SAMPLE", "UNION", "WHERE", "WITH",
    "CODEC",
})  # fmt: skip
"""Parts of a SELECT, which `tests.attack.clauses` tries; a codec is part of CREATE TABLE."""
TAILS = ("", " cases", " TABLE cases", " FROM cases", " 1", " SELECT body FROM cases",
         " '{data}/notes.txt'", " x ON cases")  # fmt: skip
"""What may follow a keyword that begins a statement."""


def missing(known: Known) -> list[str]:
    """Return the statements of the engine that nobody has looked at: forms and clauses lack them."""
    return [
        name for name in known.statements
        if name not in FORMS and name not in CLAUSE_FORMS and not name.startswith("ALTER ")
    ]  # fmt: skip


def forms() -> Iterator[list[Statement]]:
    """Yield the statements of each form."""
    for name, written in FORMS.items():
        yield [Statement(sql, f"form {name}") for sql in written]


def beginnings(known: Known) -> Iterator[list[Statement]]:
    """Yield each keyword of the engine as the beginning of a statement."""
    for keyword in known.keywords:
        yield [Statement(f"{keyword}{tail}", f"keyword {keyword}") for tail in TAILS]
