"""Read-only SQL endpoint for the staff 只读查询, on loopback: it authenticates the member.

It forwards the statement to the engine's process (`hub.sql.engine`), which checks what the role may
query and holds neither passwords nor keys.
"""

import asyncio
import re
from collections.abc import Mapping
from typing import Any

import structlog
from aiohttp import (
    ClientConnectionError,
    ClientConnectorError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    TCPConnector,
    web,
)

from hub.accounts.audit import Audit, AuditAction
from hub.accounts.login_attempts import LoginAttempts
from hub.accounts.session import PUBLIC, Viewer
from hub.accounts.staff import Member
from hub.runtime.metrics import METERS, Metric
from hub.settings.sql import SqlSettings
from hub.sql.dialect import SqlDialect, credentials, failed, format_of, parameters_of
from hub.sql.roles import NoSqlAccessError
from hub.sql.users import SqlUsers
from hub.store.engine_client import authorization, engine_url
from hub.web.client_address import address_of
from hub.web.problem import ProblemError

MOST_LOGGED = 2000
MOST_PARAMETERS = 256 * 1024
"""Total number of characters of all parameters of a statement."""
WORD = re.compile(r"[A-Za-z]{1,20}")
AWAY_FOR = 10.0
"""Longest wait of a query, in seconds, while the engine restarts."""
RETRY_EVERY = 0.25
FORWARDED_HEADERS = (
    "X-ClickHouse-Format",
    "X-ClickHouse-Timezone",
    "X-ClickHouse-Exception-Code",
    "Retry-After",
    "Content-Type",
)
NO_TIMEOUT = ClientTimeout(total=None, sock_connect=AWAY_FOR)
"""The engine limits the time of a query and how long it waits for its turn."""
OUTCOMES = {200: "answered", 403: "refused"}

log = structlog.get_logger()


class SqlEndpoint(SqlDialect):
    """The aiohttp application of the endpoint."""

    def __init__(
        self,
        settings: SqlSettings,
        users: SqlUsers,
        attempts: LoginAttempts | None = None,
        audit: Audit | None = None,
    ) -> None:
        """Use the log-in attempts and audit of the process; without an audit only log refusals."""
        super().__init__()
        self._settings, self._users = settings, users
        self._attempts, self._audit = attempts or LoginAttempts(settings), audit
        self._session: ClientSession | None = None
        self.app.on_cleanup.append(self._close)

    async def answer(
        self, request: web.Request, fields: dict[str, str], sql: str
    ) -> web.StreamResponse:
        """Answer one statement of a member of the staff."""
        name, password = credentials(request, fields)
        try:
            member = await self._verify(request, name, password)
        except ProblemError as error:
            await self._note(request, PUBLIC, AuditAction.LOGIN_REFUSED, f"SQL: {name}")
            return failed(f"Code: 516. {error}", 429, retry_after=error.retry_after)
        if member is None:
            if name or password:
                METERS.count(Metric.SQL, "unknown")
                await self._note(request, PUBLIC, AuditAction.LOGIN_FAILED, f"SQL: {name}")
            response = failed(
                "Code: 516. Authentication failed: send a name and password of staff", 401
            )
            response.headers["WWW-Authenticate"] = 'Basic realm="minqing-hub", charset="UTF-8"'
            return response
        size = sum(map(len, parameters_of(fields).values()))
        if size > MOST_PARAMETERS:
            return failed(
                f"Code: 497. The parameters have {size} characters, more than the allowed"
                f" {MOST_PARAMETERS}; send them in several statements",
                403,
            )
        log.info("sql_question", who=name, sql=sql[:MOST_LOGGED])
        viewer, status = Viewer(member.name, member.role, member.unit), 0
        try:
            question = self._query_body(member, sql, format_of(request, fields), fields)
            answer = await self._forward(request, question)
            status = answer.status
        except NoSqlAccessError as error:
            status = 403
            await self._note(request, viewer, AuditAction.SQL_REFUSED, str(error))
            return failed(f"Code: 497. {error}", status)
        finally:
            METERS.count(Metric.SQL, OUTCOMES.get(status, "failed"))
        if isinstance(answer, web.Response) and status == 403:
            await self._note(
                request, viewer, AuditAction.SQL_REFUSED, f"{kind_of(sql)}: {answer.text}"
            )
        return answer

    async def _verify(self, request: web.Request, name: str, password: str) -> Member | None:
        """Return the member, or None; raises `ProblemError` if an attempt limit is reached.

        A password that was verified before does not count as an attempt.
        """
        if not name and not password:
            return None
        address = address_of(request, self._settings.proxies)
        self._attempts.check_open(name, address)
        if self._users.remembers(name, password):
            return self._users.member(name)
        async with self._attempts.reserve(name, address) as attempt:
            member = await attempt.check(self._users.verify, name, password)
            if member is not None:
                attempt.succeeded()
            return member

    async def _note(
        self, request: web.Request, who: Viewer, what: AuditAction, detail: str
    ) -> None:
        log.info("sql_refused", who=who.name, what=what, detail=detail)
        if self._audit is not None:
            await self._audit.note_refusal(request, who, what, detail=detail)

    def _query_body(
        self, member: Member, sql: str, fmt: str, fields: dict[str, str]
    ) -> dict[str, Any]:
        """Return the body of `StaffQuery` for the engine."""
        return {
            "member": member.name,
            "role": member.role,
            "office": self._users.office(member),
            "sql": sql,
            "format": fmt,
            "parameters": parameters_of(fields),
        }

    async def _forward(
        self, request: web.Request, question: Mapping[str, Any]
    ) -> web.StreamResponse:
        """Forward a query and its response; waits up to `AWAY_FOR` for an engine that restarts."""
        give_up = asyncio.get_running_loop().time() + AWAY_FOR
        while True:
            try:
                return await self._forward_once(request, question)
            except ClientConnectorError as error:
                if asyncio.get_running_loop().time() > give_up:
                    return _unavailable(error)
                await asyncio.sleep(RETRY_EVERY)
            except (ClientConnectionError, OSError) as error:
                return _unavailable(error)

    async def _forward_once(
        self, request: web.Request, question: Mapping[str, Any]
    ) -> web.StreamResponse:
        if self._session is None:
            # A waiting query holds a connection; the engine limits how many wait.
            self._session = ClientSession(connector=TCPConnector(limit=0))
        url = f"{engine_url(self._settings)}/staff"
        headers = authorization(self._settings)
        async with self._session.post(
            url, json=question, headers=headers, timeout=NO_TIMEOUT
        ) as answer:
            if answer.status == 401:
                return _unavailable("it has another token than this data folder")
            if answer.status == 403:
                # Read completely, because the audit records the message.
                return failed((await answer.text()).strip(), 403)
            return await _forward_response(request, answer)

    async def _close(self, _: web.Application) -> None:
        if self._session is not None:
            await self._session.close()


def kind_of(sql: str) -> str:
    """Return the first word of a statement, which reveals nothing of its content."""
    word = WORD.search(sql)
    return word[0].upper() if word else ""


async def _forward_response(request: web.Request, answer: ClientResponse) -> web.StreamResponse:
    headers = {name: answer.headers[name] for name in FORWARDED_HEADERS if name in answer.headers}
    response = web.StreamResponse(status=answer.status, headers=headers)
    response.content_length = answer.content_length
    await response.prepare(request)
    try:
        async for chunk in answer.content.iter_any():
            await response.write(chunk)
        await response.write_eof()
    except ClientConnectionError as error:
        # The response has started, so only a broken connection tells the client.
        log.warning("engine_response_broken", error=str(error))
        if request.transport is not None:
            request.transport.abort()
    return response


def _unavailable(error: object) -> web.Response:
    log.warning("engine_unavailable", error=str(error))
    text = "Code: 210. The store is starting; try again in a few seconds (NETWORK_ERROR)"
    return failed(text, 503, retry_after=5)
