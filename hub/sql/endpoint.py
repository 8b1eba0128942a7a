"""Read-only SQL for the staff 只读查询, on loopback: who asks proves here that he is of the staff.

The statement then goes on to the engine's process (`hub.sql.engine`), which knows what each role
may ask, and holds neither passwords nor keys.
"""

import asyncio
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
from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from hub.accounts.staff import Member
from hub.runtime.metrics import METERS, Metric
from hub.settings import Settings
from hub.sql.dialect import SqlDialect, credentials, failed, format_of, parameters_of
from hub.sql.roles import UnsightedError
from hub.sql.users import SqlUsers
from hub.store.engine_client import authorization, engine_url
from hub.tracking.http import address_of

MOST_LOGGED = 2000
AWAY_FOR = 10.0
"""Seconds for which a question waits for an engine that is being started anew."""
LOOK_EVERY = 0.25
PASSED_ON = ("X-ClickHouse-Format", "X-ClickHouse-Timezone", "X-ClickHouse-Exception-Code",
             "Retry-After", "Content-Type")  # fmt: skip
PATIENT = ClientTimeout(total=None, sock_connect=AWAY_FOR)
"""How long a question may take is the engine's to say, and when its turn comes."""
OUTCOMES = {200: "answered", 403: "refused"}

log = structlog.get_logger()


class SqlEndpoint(SqlDialect):
    """The aiohttp application of the endpoint."""

    def __init__(self, settings: Settings, users: SqlUsers) -> None:
        super().__init__()
        self._settings, self._users = settings, users
        self._limit = parse(settings.login_limit)
        self._failed = MovingWindowRateLimiter(MemoryStorage())
        self._session: ClientSession | None = None
        self.app.on_cleanup.append(self._close)

    async def answer(
        self, request: web.Request, fields: dict[str, str], sql: str
    ) -> web.StreamResponse:
        """Answer one query of whoever has proved who he is."""
        name, password = credentials(request, fields)
        address = address_of(request, self._settings.proxies)
        if not await self._failed.test(self._limit, address):
            return failed("Code: 516. Too many wrong passwords from this address", 429)
        member = await asyncio.to_thread(self._users.member, name, password)
        if member is None:
            if name or password:
                METERS.count(Metric.SQL, "unknown")
                await self._failed.hit(self._limit, address)
            response = failed("Code: 516. Authentication failed: name and password of staff", 401)
            response.headers["WWW-Authenticate"] = 'Basic realm="minqing-hub", charset="UTF-8"'
            return response
        log.info("a question by SQL", who=name, sql=sql[:MOST_LOGGED])
        try:
            question = self._question(member, sql, format_of(request, fields), fields)
        except UnsightedError as error:
            return failed(f"Code: 497. {error}", 403)
        status = 0
        try:
            answer = await self._asked(request, question)
            status = answer.status
        finally:
            METERS.count(Metric.SQL, OUTCOMES.get(status, "failed"))
        return answer

    def _question(
        self, member: Member, sql: str, fmt: str, fields: dict[str, str]
    ) -> dict[str, Any]:
        """Return what the engine needs to know, as JSON has it."""
        return {
            "member": member.name, "role": member.role, "office": self._users.office(member),
            "sql": sql, "format": fmt, "parameters": parameters_of(fields),
        }  # fmt: skip

    async def _asked(self, request: web.Request, question: Mapping[str, Any]) -> web.StreamResponse:
        """Pass a question on, and its answer back; waits a while for an engine that is away."""
        give_up = asyncio.get_running_loop().time() + AWAY_FOR
        while True:
            try:
                return await self._asked_once(request, question)
            except ClientConnectorError as error:
                if asyncio.get_running_loop().time() > give_up:
                    return _away(error)
                await asyncio.sleep(LOOK_EVERY)
            except (ClientConnectionError, OSError) as error:
                return _away(error)

    async def _asked_once(
        self, request: web.Request, question: Mapping[str, Any]
    ) -> web.StreamResponse:
        if self._session is None:
            # Who waits for his turn holds a connection; the engine bounds how many do.
            self._session = ClientSession(connector=TCPConnector(limit=0))
        url = f"{engine_url(self._settings)}/staff"
        headers = authorization(self._settings)
        async with self._session.post(
            url, json=question, headers=headers, timeout=PATIENT
        ) as answer:
            if answer.status == 401:
                return _away("it does not know the token of this data folder")
            return await _passed_on(request, answer)

    async def _close(self, _: web.Application) -> None:
        if self._session is not None:
            await self._session.close()


async def _passed_on(request: web.Request, answer: ClientResponse) -> web.StreamResponse:
    headers = {name: answer.headers[name] for name in PASSED_ON if name in answer.headers}
    response = web.StreamResponse(status=answer.status, headers=headers)
    response.content_length = answer.content_length
    await response.prepare(request)
    try:
        async for chunk in answer.content.iter_any():
            await response.write(chunk)
        await response.write_eof()
    except ClientConnectionError as error:
        # The beginning is sent: the client learns from a connection that breaks off.
        log.warning("the engine broke off an answer", error=str(error))
        if request.transport is not None:
            request.transport.abort()
    return response


def _away(error: object) -> web.Response:
    log.warning("the engine does not answer", error=str(error))
    text = "Code: 210. The store is being started; ask again in a few seconds (NETWORK_ERROR)"
    return failed(text, 503, retry_after=5)
