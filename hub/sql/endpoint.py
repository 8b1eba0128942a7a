"""Read-only SQL 只读查询: ClickHouse's HTTP dialect over the embedded engine, on loopback.

curl, clickhouse-connect, DBeaver and Grafana's plug-in speak it. Who asks is a member of the staff;
what he may ask is in `hub.sql.roles`.
"""

import ast
import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog
from aiohttp import BasicAuth, web
from clickhouse_connect.driver.exceptions import ClickHouseError
from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from hub.runtime.metrics import METERS, Metric
from hub.settings import Settings
from hub.sql.guard import RefusedError
from hub.sql.roles import UnsightedError
from hub.sql.users import Asker, SqlUsers
from hub.store.reader import OWN
from hub.tracking.http import address_of

MAX_SQL = 4 * 1024 * 1024
FORMAT = re.compile(r"\bFORMAT\s+(\w+)\s*;?\s*$", re.IGNORECASE)
ESCAPED = re.compile(r"\\(.)", re.DOTALL)
ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f", "0": "\0"}
CODE = re.compile(r"Code: (\d+)")
WORD = re.compile(r"[A-Za-z]{1,20}")
AT_ONCE = 4
"""Questions of the staff that run at once; the hub's own processes have a queue of their own."""
MOST_LOGGED = 2000

log = structlog.get_logger()


def split_format(sql: str, default: str) -> tuple[str, str]:
    """Return the query without its FORMAT clause, and the format."""
    found = FORMAT.search(sql)
    if not found:
        return sql.rstrip().rstrip(";"), default
    return sql[: found.start()].rstrip(), found[1]


def parameter(text: str) -> Any:
    """Return the value of a `param_…` field: arrays as lists, the rest as text without escapes.

    Raises `ValueError` or `SyntaxError` for an array that is none.
    """
    if text.startswith("["):
        return list(ast.literal_eval(text))
    return ESCAPED.sub(lambda found: ESCAPES.get(found[1], found[1]), text)


class SqlDialect:
    """The dialect: where a query, its format and its parameters stand in a request."""

    def __init__(self) -> None:
        self.app = web.Application(client_max_size=MAX_SQL)
        self.app.router.add_get("/ping", self._ping)
        self.app.router.add_get("/", self._query)
        self.app.router.add_post("/", self._query)

    async def answer(
        self, request: web.Request, fields: dict[str, str], sql: str, parameters: dict[str, Any]
    ) -> web.Response:
        """Answer one query."""
        raise NotImplementedError

    async def _ping(self, _: web.Request) -> web.Response:
        return web.Response(text="Ok.\n")

    async def _query(self, request: web.Request) -> web.Response:
        fields, body = dict(request.query), ""
        if request.content_type == "multipart/form-data":
            # What is too long for an address comes as a form.
            fields |= {name: str(value) for name, value in (await request.post()).items()}
        else:
            body = (await request.read()).decode("utf-8", "replace")
        sql = "\n".join(part for part in (fields.get("query", ""), body) if part)
        if not sql.strip():
            return web.Response(text="Ok.\n")
        try:
            parameters = {
                name.removeprefix("param_"): parameter(value)
                for name, value in fields.items()
                if name.startswith("param_")
            }
            return await self.answer(request, fields, sql, parameters)
        except (ClickHouseError, ValueError, SyntaxError) as error:
            return failed(str(error))


class SqlEndpoint(SqlDialect):
    """The aiohttp application of the endpoint."""

    def __init__(self, settings: Settings, users: SqlUsers) -> None:
        super().__init__()
        self._settings, self._users = settings, users
        self._limit = parse(settings.login_limit)
        self._failed = MovingWindowRateLimiter(MemoryStorage())
        self._staff = ThreadPoolExecutor(AT_ONCE, "sql")
        self.app.on_cleanup.append(self._close)

    async def answer(
        self, request: web.Request, fields: dict[str, str], sql: str, parameters: dict[str, Any]
    ) -> web.Response:
        """Answer one query of whoever has proved who he is."""
        name, password = credentials(request, fields)
        address = address_of(request, self._settings.proxies)
        if not await self._failed.test(self._limit, address):
            return failed("Code: 516. Too many wrong passwords from this address", 429)
        try:
            asker = await asyncio.to_thread(self._users.asker, name, password)
        except UnsightedError as error:
            return failed(f"Code: 497. {error}", 403)
        if asker is None:
            if name or password:
                METERS.count(Metric.SQL, "unknown")
                await self._failed.hit(self._limit, address)
            response = failed("Code: 516. Authentication failed: name and password of staff", 401)
            response.headers["WWW-Authenticate"] = 'Basic realm="minqing-hub", charset="UTF-8"'
            return response
        fmt = request.headers.get("X-ClickHouse-Format") or fields.get("default_format", "")
        loop = asyncio.get_running_loop()
        pool = None if name == OWN else self._staff
        if pool:
            log.info("a question by SQL", who=name, sql=sql[:MOST_LOGGED])
        outcome = "failed"
        try:
            used, body = await loop.run_in_executor(pool, _run, asker, sql, fmt, parameters)
            outcome = "answered"
        except RefusedError as error:
            outcome = "refused"
            log.warning(
                "a question by SQL was refused", who=name, kind=kind_of(sql), why=str(error)
            )
            return failed(str(error), 403)
        finally:
            if pool:
                METERS.count(Metric.SQL, outcome)
        return answered(used, body)

    async def _close(self, _: web.Application) -> None:
        self._staff.shutdown()
        self._users.close()


def kind_of(sql: str) -> str:
    """Return the first word of a statement: what kind it is, and nothing of what it asks."""
    found = WORD.search(sql)
    return found[0].upper() if found else ""


def _run(asker: Asker, sql: str, fmt: str, parameters: dict[str, Any]) -> tuple[str, bytes]:
    query, fmt = split_format(asker.canonical(sql), fmt or "TabSeparated")
    return fmt, asker.answer(query, fmt, parameters)


def credentials(request: web.Request, fields: dict[str, str]) -> tuple[str, str]:
    """Return name and password as ClickHouse's clients send them: headers, fields, or Basic."""
    if "X-ClickHouse-User" in request.headers:
        return request.headers["X-ClickHouse-User"], request.headers.get("X-ClickHouse-Key", "")
    if "user" in fields:
        return fields["user"], fields.get("password", "")
    try:
        told = BasicAuth.decode(request.headers.get("Authorization", ""), "utf-8")
    except ValueError:
        return "", ""
    return told.login, told.password


def answered(fmt: str, body: bytes) -> web.Response:
    """Return a result as ClickHouse does."""
    headers = {"X-ClickHouse-Format": fmt, "X-ClickHouse-Timezone": "Asia/Shanghai"}
    return web.Response(body=body, headers=headers, content_type="text/plain")


def failed(text: str, status: int = 400) -> web.Response:
    """Return an error as ClickHouse does."""
    code = CODE.search(text)
    headers = {"X-ClickHouse-Exception-Code": code[1] if code else "0"}
    return web.Response(status=status, text=f"{text}\n", headers=headers)
