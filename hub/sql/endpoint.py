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

from hub.accounts.audit import Audit, Look
from hub.accounts.login_attempts import LoginAttempts
from hub.accounts.session import PUBLIC, Viewer
from hub.runtime.metrics import METERS, Metric
from hub.settings import Settings
from hub.sql.guard import RefusedError
from hub.sql.roles import UnsightedError
from hub.sql.users import Asker, SqlUsers
from hub.store.reader import OWN
from hub.web.client_address import address_of
from hub.web.problem import ProblemError

MAX_SQL = 4 * 1024 * 1024
FORMAT = re.compile(r"\bFORMAT\s+(\w+)\s*;?\s*$", re.IGNORECASE)
ESCAPED = re.compile(r"\\(.)", re.DOTALL)
ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f", "0": "\0"}
CODE = re.compile(r"Code: (\d+)")
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

    def __init__(
        self,
        settings: Settings,
        users: SqlUsers,
        attempts: LoginAttempts | None = None,
        audit: Audit | None = None,
    ) -> None:
        """Take the counters and the audit of the process; without an audit refusals are logged."""
        super().__init__()
        self._settings, self._users = settings, users
        self._attempts, self._audit = attempts or LoginAttempts(settings), audit
        self._staff = ThreadPoolExecutor(AT_ONCE, "sql")
        self.app.on_cleanup.append(self._close)

    async def answer(
        self, request: web.Request, fields: dict[str, str], sql: str, parameters: dict[str, Any]
    ) -> web.Response:
        """Answer one query of whoever has proved who he is."""
        name, password = credentials(request, fields)
        try:
            asker = await self._asker(request, name, password)
        except ProblemError as error:
            await self._refused(request, PUBLIC, Look.LOGIN_REFUSED, f"SQL: {name}")
            response = failed(f"Code: 516. {error}", 429)
            response.headers["Retry-After"] = str(error.retry_after)
            return response
        except UnsightedError as error:
            await self._refused(request, self._viewer(name), Look.SQL_REFUSED, str(error))
            return failed(f"Code: 497. {error}", 403)
        if asker is None:
            if name or password:
                METERS.count(Metric.SQL, "unknown")
                await self._refused(request, PUBLIC, Look.LOGIN_FAILED, f"SQL: {name}")
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
            await self._refused(request, self._viewer(name), Look.SQL_REFUSED, str(error))
            return failed(str(error), 403)
        finally:
            if pool:
                METERS.count(Metric.SQL, outcome)
        return answered(used, body)

    async def _asker(self, request: web.Request, name: str, password: str) -> Asker | None:
        """Return whose question it is; raises `ProblemError` and `UnsightedError`.

        The hub's own processes have a token of 256 bits, which nobody can guess and no limit
        closes. A password that was proved before costs nothing to look up, and is no attempt.
        """
        if name == OWN:
            return await asyncio.to_thread(self._users.asker, name, password)
        if not name and not password:
            return None
        address = address_of(request, self._settings.proxies)
        self._attempts.check_open(name, address)
        if self._users.remembers(name, password):
            return await asyncio.to_thread(self._users.asker, name, password)
        async with self._attempts.reserve(name, address) as attempt:
            try:
                asker = await attempt.check(self._users.asker, name, password)
            except UnsightedError:
                # The password was right: what he lacks is an office of the register.
                attempt.succeeded()
                raise
            if asker is not None:
                attempt.succeeded()
            return asker

    def _viewer(self, name: str) -> Viewer:
        member = self._users.member(name)
        return Viewer(name, member.role, member.unit) if member else Viewer(name)

    async def _refused(self, request: web.Request, who: Viewer, what: Look, detail: str) -> None:
        log.info("refused by SQL", who=who.name, what=what, detail=detail)
        if self._audit is not None:
            await self._audit.note_refusal(request, who, what, detail=detail)

    async def _close(self, _: web.Application) -> None:
        self._staff.shutdown()
        self._users.close()


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
