"""Attacks by the HTTP request: fields, headers, bodies and invalid statements."""

import gzip
import zlib
from collections.abc import Iterator

from tests.attack.judge import Request, Statement

HIDDEN = b"SELECT body FROM cases"
OWN = b"SELECT title FROM cases ORDER BY title"
SETTINGS = {
    "additional_table_filters": "{}",
    "additional_result_filter": "1",
    "readonly": "0",
    "max_execution_time": "0",
    "max_result_rows": "0",
    "final": "0",
    "allow_ddl": "1",
    "allow_introspection_functions": "1",
    "session_id": "x",
    "session_timeout": "60",
    "role": "admin",
    "profile": "default",
    "compress": "1",
    "decompress": "1",
    "stacktrace": "1",
    "wait_end_of_query": "1",
    "quota_key": "x",
    "database": "system",
    "default_format": "JSON",
    "query_id": "x",
    "format_schema": "{data}/notes.txt:x",
    "format_template_row": "{data}/notes.txt",
    "limit": "1",
    "offset": "1",
    "log_queries": "1",
    "enable_http_compression": "1",
    "send_logs_level": "trace",
    "param_": "x",
    "user": "hub",
    "cookies": "x",
    "close_session": "1",
    "http_response_headers": "{}",
    "format": "Template",
    "buffer_size": "1",
    "http_write_exception_in_output_format": "1",
}
"""Fields of a request that a server accepts; the endpoint must accept none of them."""
HEADERS = (
    {"X-ClickHouse-Database": "system"},
    {"X-ClickHouse-Format": "Template"},
    {"X-ClickHouse-Format": "Protobuf"},
    {"X-ClickHouse-Format": "CSV SETTINGS readonly = 0"},
    {"X-ClickHouse-Format": "CSV; SELECT body FROM cases"},
    {"X-ClickHouse-Format": "CSV\tINTO OUTFILE"},
    {"X-ClickHouse-Quota": "x"},
    {"X-ClickHouse-Query-Id": "x"},
    {"X-ClickHouse-User": "hub", "X-ClickHouse-Key": ""},
    {"X-ClickHouse-User": "default"},
    {"X-ClickHouse-SSL-Certificate-Auth": "on"},
    {"X-Forwarded-For": "127.0.0.1"},
    {"X-HTTP-Method-Override": "PUT"},
    {"Content-Type": "application/x-www-form-urlencoded"},
    {"Content-Type": "multipart/form-data; boundary=x"},
    {"Content-Type": "text/plain; charset=utf-7"},
    {"Content-Type": "text/plain; charset=nonsense"},
    {"Accept-Encoding": "gzip, zstd, br"},
)
IDENTIFIERS = (
    "body",
    "cases.body",
    "`body`",
    "body FROM cases --",
    "migrations",
    "default.migrations",
    "audit",
    "system.disks",
    "reporter_key",
    "x'y",
    "",
)
PARAMETERS = (
    "SELECT {x:Identifier} FROM cases",
    "SELECT cases.{x:Identifier} FROM cases",
    "SELECT * FROM {x:Identifier}",
    "SELECT count() FROM cases WHERE {x:Identifier} LIKE '暗记A%'",
    "SELECT 1 IN {x:Identifier}",
    "SELECT title AS {x:Identifier} FROM cases",
    "SELECT {x:String}",
    "SELECT title FROM cases WHERE title = {x:String}",
    "SELECT * FROM cases WHERE {x:Bool}",
    "SHOW TABLES LIKE {x:String}",
    "SHOW TABLES FROM {x:Identifier}",
    "DESCRIBE {x:Identifier}",
    "SHOW CREATE TABLE {x:Identifier}",
    "EXISTS {x:Identifier}",
    "SELECT COLUMNS({x:String}) FROM cases",
    "SELECT {x:Array(String)}",
    "SELECT {x:Map(String, String)}, {x:Tuple(String)}",
    "SELECT {x:Identifier}(title) FROM cases",
    "SELECT * EXCEPT ({x:Identifier}) FROM cases",
    "SELECT title FROM cases FORMAT {x:Identifier}",
    "SELECT title FROM cases SETTINGS {x:Identifier} = 1",
    "SELECT title FROM cases LIMIT {x:UInt8}",
    "SELECT {x:AggregateFunction(count)}",
    "SELECT {x:Nothing}, {x:Dynamic}, {x:JSON}",
    "SELECT {x:String} AS {y:Identifier}, {z:Nonsense}",
)
VALUES = (
    "'",
    "\\",
    "\\'",
    "' OR 1 = 1 --",
    "{x:String}",
    "{data}/notes.txt",
    "\\N",
    "\0",
    "%",
    "[1,",
    "['a', file('{data}/notes.txt')]",
    "[__import__('os').environ]",
    "[1] + [2]",
    "[" * 3000,
    "[" + "-" * 3000 + "1]",
    "[" + "9" * 6000 + "]",
    "[" + "(" * 190 + ")" * 190 + "]",
    "[{'a': 1}]",
    "[b'a']",
    "[None, True, 1.5e999]",
    "9" * 6000,
    "nan",
    "\ud800",
    "[\ud800]",
)
"""Values of parameters; a lone surrogate is sent as invalid UTF-8 bytes."""


def requests() -> Iterator[Statement]:
    """Yield all attacks by the request."""
    yield from _fields()
    yield from _parameters()
    yield from _bodies()
    yield from _paths()


def _fields() -> Iterator[Statement]:
    for body in (HIDDEN, OWN, b"SELECT getSetting('additional_table_filters')"):
        for name, value in SETTINGS.items():
            yield _sent(f"field {name}", body, ((name, value),))
        yield _sent("all fields", body, tuple(SETTINGS.items()))
        for headers in HEADERS:
            yield _sent(f"header {headers}", body, headers=headers)
    for second in ("SELECT body FROM cases", "UNION ALL SELECT body FROM cases", "--", "/*"):
        yield _sent("two queries", b"", (("query", "SELECT title FROM cases"), ("query", second)))
        yield _sent("query and body", second.encode(), (("query", "SELECT title FROM cases"),))
        yield _sent("body of an insert", b"1\t2\t3", (("query", f"INSERT INTO areas {second}"),))
    for fmt in (
        "Template",
        "Protobuf",
        "CapnProto",
        "Avro",
        "Null",
        "PostgreSQLWire",
        "MySQLWire",
        "Prometheus",
        "SQLInsert",
        "Hash",
        "JSON FORMAT CSV",
        "x" * 9000,
        "Npy",
        "PNG",
        "ODBCDriver2",
        "CustomSeparated",
        "Buffers",
        "JSONEachRowWithProgress",
    ):
        yield _sent(f"format {fmt[:20]}", OWN, (("default_format", fmt),))
        yield _sent(f"format {fmt[:20]}", OWN + f" FORMAT {fmt}".encode())


def _parameters() -> Iterator[Statement]:
    for sql in PARAMETERS:
        for value in (*IDENTIFIERS, *VALUES):
            fields = (("param_x", value), ("param_y", value), ("param_z", value))
            yield _sent(f"parameter {sql}", sql.encode(), fields)
    for name in ("param_param_x", "param_x ", "PARAM_x", "param_x:Identifier", "param__"):
        yield _sent(f"parameter {name}", b"SELECT {x:String}, {param_x:String}", ((name, "a"),))


def _bodies() -> Iterator[Statement]:
    bomb = gzip.compress(b"SELECT '" + b"a" * 40_000_000 + b"'")
    for coding, body in (
        ("gzip", gzip.compress(HIDDEN)),
        ("deflate", zlib.compress(HIDDEN)),
        ("gzip", HIDDEN),
        ("br", HIDDEN),
        ("zstd", HIDDEN),
        ("lz4", HIDDEN),
        ("snappy", HIDDEN),
        ("xz", HIDDEN),
        ("gzip, gzip", gzip.compress(gzip.compress(HIDDEN))),
        ("gzip", bomb),
        ("identity", HIDDEN),
    ):
        yield _sent(f"coded {coding}", body, headers={"Content-Encoding": coding})
    for name, body in (
        ("NUL", b"SELECT 1\0; SELECT body FROM cases"),
        ("NUL in a text", b"SELECT '\0', title FROM cases"),
        ("NUL in a name", b"SELECT bo\0dy FROM cases"),
        ("invalid UTF-8", b"SELECT '\xff\xfe', body FROM cases"),
        ("invalid UTF-8 as a name", b"SELECT `\xff` FROM cases"),
        ("overlong", b"SELECT bo\xc1\xa4y FROM cases"),
        ("byte order mark", b"\xef\xbb\xbfSELECT title FROM cases"),
        ("UTF-16", HIDDEN.decode().encode("utf-16")),
        ("surrogate", b"SELECT '\xed\xa0\x80' FROM cases"),
        ("spaces", HIDDEN.replace(b" ", b"\xc2\xa0")),
        ("line ends", HIDDEN.replace(b" ", b"\r\n\x0b\x0c")),
        ("too long", b"SELECT '" + b"a" * 5_000_000 + b"'"),
        ("quotes", "SELECT “body”, ‘x’ FROM cases".encode()),
        ("escapes", b'SELECT "bo\\x64y" FROM cases'),
        ("escapes in backticks", b"SELECT `bo\\x64y` FROM `cas\\x65s`"),
        ("unclosed", b"SELECT 'body FROM cases"),
        ("unclosed comment", b"SELECT body /* FROM cases"),
        ("heredoc", b"SELECT $a$ body $a$ FROM cases"),
    ):
        yield _sent(f"bytes {name}", body)


def _paths() -> Iterator[Statement]:
    for path in (
        "/play",
        "/dashboard",
        "/metrics",
        "/replicas_status",
        "/?query=SELECT+body+FROM+cases",
        "/ping?query=SELECT+body+FROM+cases",
        "/../notes.txt",
        "/%2e%2e/notes.txt",
        "//",
        "/js/x",
        "/?query=%00%ff",
        "/?" + "a=1&" * 2000,
        "/?query=" + "a" * 60000,
        "/jemalloc",
    ):
        for method in ("GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "TRACE"):
            yield _sent(f"path {path[:40]}", b"", method=method, path=path)


def _sent(
    tries: str,
    body: bytes,
    fields: tuple[tuple[str, str], ...] = (),
    headers: dict[str, str] | None = None,
    method: str = "POST",
    path: str = "",
) -> Statement:
    request = Request(body, fields, tuple((headers or {}).items()), method, path)
    return Statement(body.decode("utf-8", "replace"), f"request {tries}", request)
