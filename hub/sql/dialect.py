"""ClickHouse's HTTP protocol 查询协议: reads the statement of a request and formats the response.

curl, clickhouse-connect, DBeaver and Grafana's plug-in use it.
"""

import ast
import re
from collections.abc import Sequence
from typing import Any

import structlog
from aiohttp import BasicAuth, web
from aiohttp.web_protocol import RequestPayloadError
from clickhouse_connect.driver.exceptions import ClickHouseError

MAX_SQL = 4 * 1024 * 1024
FORMAT = re.compile(r"\bFORMAT\s+`?(\w+)`?\s*;?\s*$", re.IGNORECASE)
ESCAPED = re.compile(r"\\(.)", re.DOTALL)
ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f", "0": "\0"}
CODE = re.compile(r"Code: (\d+)")

log = structlog.get_logger()


def split_format(sql: str, default: str) -> tuple[str, str]:
    """Return the query without its FORMAT clause, and the format."""
    match = FORMAT.search(sql)
    if not match:
        return sql.rstrip().rstrip(";"), default
    return sql[: match.start()].rstrip(), match[1]


def parameter(text: str) -> Any:
    """Return the value of a `param_…` field: arrays as lists, the rest as text without escapes.

    Raises `ValueError` for an invalid array.
    """
    if text.startswith("["):
        try:
            return list(ast.literal_eval(text))
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError) as error:
            # The parser's own message contains memory addresses of this process.
            raise ValueError(
                f"Code: 36. {text[:40]!r} is not an array: write [1, 2] or ['a', 'b']"
            ) from error
    return unescaped(text)


def unescaped(text: str) -> str:
    """Return a value of ClickHouse's format TabSeparated without its escapes."""
    return ESCAPED.sub(lambda escape: ESCAPES.get(escape[1], escape[1]), text)


def parameters_of(fields: dict[str, str]) -> dict[str, str]:
    """Return the unparsed `param_…` fields by parameter name."""
    return {
        name.removeprefix("param_"): value
        for name, value in fields.items()
        if name.startswith("param_")
    }


def format_of(request: web.Request, fields: dict[str, str]) -> str:
    """Return the output format of the header or field, or empty."""
    return request.headers.get("X-ClickHouse-Format") or fields.get("default_format", "")


class SqlDialect:
    """An aiohttp application that receives queries with their format and parameters."""

    def __init__(self, max_size: int = MAX_SQL, middlewares: Sequence[Any] = ()) -> None:
        self.app = web.Application(client_max_size=max_size, middlewares=middlewares)
        self.app.router.add_get("/ping", self._ping)
        self.app.router.add_get("/", self._query)
        self.app.router.add_post("/", self._query)

    async def answer(
        self, request: web.Request, fields: dict[str, str], sql: str
    ) -> web.StreamResponse:
        """Answer one query."""
        raise NotImplementedError

    async def _ping(self, _: web.Request) -> web.Response:
        return web.Response(text="Ok.\n")

    async def _query(self, request: web.Request) -> web.StreamResponse:
        fields, body = dict(request.query), ""
        try:
            if request.content_type == "multipart/form-data":
                # Clients send long parameters as a form.
                fields |= {name: str(value) for name, value in (await request.post()).items()}
            else:
                body = (await request.read()).decode("utf-8", "replace")
        except (ValueError, RequestPayloadError) as error:
            log.info("sql_body_unreadable", error=str(error))
            return failed("Code: 36. The body cannot be read: send it as plain text, or a form")
        sql = "\n".join(part for part in (fields.get("query", ""), body) if part)
        if not sql.strip():
            return web.Response(text="Ok.\n")
        try:
            return await self.answer(request, fields, sql)
        except (ClickHouseError, ValueError, SyntaxError) as error:
            return failed(str(error))


def credentials(request: web.Request, fields: dict[str, str]) -> tuple[str, str]:
    """Return name and password from ClickHouse's headers, the fields, or Basic authentication."""
    if "X-ClickHouse-User" in request.headers:
        return request.headers["X-ClickHouse-User"], request.headers.get("X-ClickHouse-Key", "")
    if "user" in fields:
        return fields["user"], fields.get("password", "")
    try:
        basic = BasicAuth.decode(request.headers.get("Authorization", ""), "utf-8")
    except ValueError:
        return "", ""
    return basic.login, basic.password


def answered(fmt: str, body: bytes) -> web.Response:
    """Return a result in ClickHouse's HTTP form."""
    headers = {"X-ClickHouse-Format": fmt, "X-ClickHouse-Timezone": "Asia/Shanghai"}
    return web.Response(body=body, headers=headers, content_type="text/plain")


def failed(text: str, status: int = 400, *, retry_after: int = 0) -> web.Response:
    """Return an error in ClickHouse's HTTP form; `retry_after` in seconds, 0 for none."""
    code = CODE.search(text)
    headers = {"X-ClickHouse-Exception-Code": code[1] if code else "0"}
    if retry_after:
        headers["Retry-After"] = str(retry_after)
    return web.Response(status=status, text=f"{text}\n", headers=headers)
