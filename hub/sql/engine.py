"""The engine's endpoint 引擎端口: for the hub's own processes only, on 127.0.0.1.

They prove themselves by the token of the data folder, of which this process keeps a hash only. They
read in ClickHouse's HTTP dialect, add lines to the audit, and bring the questions of the staff,
whom the overview's process has recognised: what a role may ask is looked up here.
"""

import asyncio
import hmac
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import sha256
from secrets import token_hex
from typing import Any

import structlog
from aiohttp import web
from clickhouse_connect.driver.exceptions import ClickHouseError
from pydantic import BaseModel, ConfigDict, ValidationError

from hub.accounts.audit_chain import COLUMNS as AUDIT_COLUMNS
from hub.accounts.staff import StaffRole
from hub.settings.sql import SqlSettings
from hub.sql.dialect import (
    MAX_SQL,
    SqlDialect,
    answered,
    credentials,
    failed,
    format_of,
    parameter,
    parameters_of,
    split_format,
)
from hub.sql.guard.check import RefusedError
from hub.sql.roles import Sight, UnsightedError, sight_of, uses
from hub.sql.turns import QueueFullError, Turns
from hub.sql.users import VIEWS, Asker
from hub.store.client import Store, killing_client, reading_client
from hub.store.engine_client import from_json
from hub.store.reader import OWN

AT_ONCE = 4
"""Questions of the staff at work at the same time, of one member one."""
MOST_OF_ONE, MOST_OF_ALL = 32, 256
"""Questions that wait: a board of Grafana asks some twenty at once."""
OWN_AT_ONCE = 4
"""Questions of the hub's own processes at the same time; the staff's do not hold them up."""
DEFAULT_FORMAT = "TabSeparated"
KILL_EVERY = 0.2
INSERTED = {"audit": frozenset(AUDIT_COLUMNS)}
"""Tables that another process may add rows to, and their columns; all others are refused."""
KILL = "KILL QUERY WHERE Settings['log_comment'] = {mark:String} ASYNC"

log = structlog.get_logger()


class Question(BaseModel):
    """One question of the staff; `office` is the area of a township, or the code of a unit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    member: str
    role: StaffRole
    office: str
    sql: str
    format: str = ""
    parameters: dict[str, str] = {}


class Rows(BaseModel):
    """Rows to be inserted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    columns: list[str]
    rows: list[list[Any]]


def digest(token: str) -> bytes:
    """Return what is kept of the token of the hub's own processes."""
    return sha256(token.encode("utf-8", "surrogateescape")).digest()


class OwnReader:
    """A way to the engine for the hub's own processes: read-only, every table, no guard.

    Their statements are written in this program and use views with parameters, which the guard
    refuses. Nothing is won by it for who has the token: he can open the files beside it himself.
    """

    def __init__(self, settings: SqlSettings) -> None:
        self.mark = f"own-{token_hex(8)}"
        self._client = reading_client(settings, {"log_comment": self.mark})

    def answer(self, sql: str, fmt: str, parameters: dict[str, Any]) -> bytes:
        """Return the result; raises `ClickHouseError`."""
        return bytes(self._client.raw_query(sql, parameters, fmt=fmt))

    def close(self) -> None:
        """Close the client."""
        self._client.close()


class EngineEndpoint(SqlDialect):
    """The aiohttp application of the endpoint; `wall` tells what stands around this process."""

    def __init__(
        self,
        settings: SqlSettings,
        store: Store,
        token_digest: bytes,
        wall: Callable[[], dict[str, Any]],
    ) -> None:
        super().__init__(2 * MAX_SQL, [self._own_only])
        self._settings, self._store, self._digest = settings, store, token_digest
        self._wall = wall
        self._resting = uses(dict(map(tuple, store.rows(VIEWS))))
        self.turns = Turns(AT_ONCE, MOST_OF_ONE, MOST_OF_ALL)
        self._staff_pool = ThreadPoolExecutor(AT_ONCE, "staff")
        self._own_pool = ThreadPoolExecutor(OWN_AT_ONCE, "own")
        self._askers: dict[tuple[str, Sight], Asker] = {}
        self._own = [OwnReader(settings) for _ in range(OWN_AT_ONCE)]
        self._idle: asyncio.Queue[OwnReader] = asyncio.Queue()
        for reader in self._own:
            self._idle.put_nowait(reader)
        self._killing = killing_client(settings)
        self._running: dict[asyncio.Future[tuple[str, bytes]], str] = {}
        """Queries that the engine works at, with the `log_comment` by which they can be killed."""
        self._ending: set[asyncio.Task[None]] = set()
        self.app.router.add_post("/staff", self._staff)
        self.app.router.add_post("/insert/{table}", self._insert)
        self.app.router.add_get("/wall", self._show_wall)
        self.app.on_cleanup.append(self._close)

    @web.middleware
    async def _own_only(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Let nobody in who has not the token, before anything of his request is read."""
        if request.path != "/ping":
            name, token = credentials(request, {})
            if not hmac.compare_digest(digest(token), self._digest) or name != OWN:
                return failed("Code: 516. Authentication failed: the hub's own processes only", 401)
        response: web.StreamResponse = await handler(request)
        return response

    async def answer(
        self, request: web.Request, fields: dict[str, str], sql: str
    ) -> web.StreamResponse:
        """Answer one of the hub's own processes."""
        fmt, raw = format_of(request, fields), parameters_of(fields)
        reader = await self._idle.get()
        give_back = partial(self._idle.put_nowait, reader)
        work = partial(_answer_own, reader, sql, fmt, raw)
        return await self._at_work(reader.mark, self._own_pool, work, give_back)

    async def _staff(self, request: web.Request) -> web.StreamResponse:
        """Answer one of the staff, in his turn."""
        try:
            question = Question.model_validate_json(await request.read())
            sight = sight_of(question.role, question.office, self._resting)
        except ValidationError as error:
            return failed(f"Code: 36. No question of the staff: {error}")
        except UnsightedError as error:
            return failed(f"Code: 497. {error}", 403)
        try:
            await self.turns.take(question.member)
        except QueueFullError as error:
            status = 429 if error.theirs else 503
            return failed(f"Code: 202. {error}: wait for their answers", status, retry_after=5)
        give_back = partial(self.turns.give_back, question.member)
        try:
            asker = await asyncio.to_thread(self._asker, question.member, sight)
        except BaseException:
            give_back()
            raise
        work = partial(_answer, asker, question.sql, question.format, question.parameters)
        return await self._at_work(asker.mark, self._staff_pool, work, give_back)

    def _asker(self, member: str, sight: Sight) -> Asker:
        """Return the way of a member, of whom one question is at work at a time."""
        if (member, sight) not in self._askers:
            self._askers[member, sight] = Asker(self._settings, sight, member)
        return self._askers[member, sight]

    async def _at_work(
        self,
        mark: str,
        pool: ThreadPoolExecutor,
        work: Callable[[], tuple[str, bytes]],
        give_back: Callable[[], None],
    ) -> web.Response:
        """Run a question; where nobody waits for its answer any more, have the engine end it.

        The place is given back when the engine has really ended.
        """
        running = asyncio.get_running_loop().run_in_executor(pool, work)
        self._running[running] = mark
        running.add_done_callback(self._running.pop)
        running.add_done_callback(lambda _: give_back())
        try:
            used, body = await asyncio.shield(running)
        except RefusedError as error:
            return failed(str(error), 403)
        except (ClickHouseError, ValueError, SyntaxError) as error:
            return failed(str(error))
        except asyncio.CancelledError:
            ending = asyncio.create_task(self._end(mark, running))
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)
            raise
        return answered(used, body)

    async def _end(self, mark: str, running: "asyncio.Future[tuple[str, bytes]]") -> None:
        """Kill what carries a mark until it has ended.

        Again and again: between two of its steps there is nothing to kill.
        """
        while not running.done():
            try:
                await asyncio.to_thread(self._killing.query, KILL, {"mark": mark})
            except ClickHouseError as error:
                log.warning("a question without a client goes on", error=str(error))
            await asyncio.wait({running}, timeout=KILL_EVERY)
        if not running.cancelled():
            # Asked for, so that nobody complains about an error that nobody has looked at.
            running.exception()

    async def _insert(self, request: web.Request) -> web.Response:
        table = request.match_info["table"]
        if table not in INSERTED:
            return failed(f"Code: 497. Nobody but hub serve fills {table}", 403)
        try:
            given = Rows.model_validate_json(await request.read())
            rows = [[from_json(value) for value in row] for row in given.rows]
        except ValueError as error:
            return failed(f"Code: 36. No rows: {error}")
        if unknown := set(given.columns) - INSERTED[table]:
            return failed(f"Code: 16. {table} has no {', '.join(sorted(unknown))}")
        try:
            await asyncio.to_thread(self._store.insert, table, given.columns, rows)
        except (ClickHouseError, ValueError, TypeError) as error:
            return failed(str(error), 500)
        return web.json_response(None)

    async def _show_wall(self, _: web.Request) -> web.Response:
        return web.json_response(await asyncio.to_thread(self._wall))

    async def _close(self, _: web.Application) -> None:
        # The pools wait for their threads, so no query may go on, with or without a client.
        while self._running:
            await asyncio.gather(*(self._end(mark, task) for task, mark in self._running.items()))
        await asyncio.gather(*self._ending)
        self._staff_pool.shutdown()
        self._own_pool.shutdown()
        for reader in self._own:
            reader.close()
        for asker in self._askers.values():
            asker.close()
        self._killing.close()


def _answer(asker: Asker, sql: str, fmt: str, raw: dict[str, str]) -> tuple[str, bytes]:
    query, fmt = split_format(asker.canonical(sql), fmt or DEFAULT_FORMAT)
    return fmt, asker.answer(query, fmt, _parsed(raw))


def _answer_own(reader: OwnReader, sql: str, fmt: str, raw: dict[str, str]) -> tuple[str, bytes]:
    query, fmt = split_format(sql, fmt or DEFAULT_FORMAT)
    return fmt, reader.answer(query, fmt, _parsed(raw))


def _parsed(raw: dict[str, str]) -> dict[str, Any]:
    return {name: parameter(value) for name, value in raw.items()}
