"""The engine's endpoint 引擎端口: for the hub's own processes only, on 127.0.0.1.

They authenticate with the token of the data folder, of which this process keeps only a hash. They
read by ClickHouse's HTTP protocol, append audit lines, saved filters, tasks, ratings and choices of
firms, load base registers, and forward queries of staff whom the overview's process has
authenticated. This process checks what the role may query.
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
from hub.runtime.paths import FROZEN
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
from hub.sql.register_loads import RegisterLoads
from hub.sql.roles import NoSqlAccessError, Visibility, base_tables_of, visibility_of
from hub.sql.turns import QueueFullError, Turns
from hub.sql.users import VIEWS, SqlSession
from hub.store.client import Store, killing_client, open_beside, reading_client
from hub.store.engine_client import from_json
from hub.store.reader import OWN
from hub.store.staff_rows.firm_choices import COLUMNS as FIRM_CHOICE_COLUMNS
from hub.store.staff_rows.saved_filters import COLUMNS as SAVED_FILTER_COLUMNS
from hub.store.staff_rows.tasks import COLUMNS as TASK_COLUMNS
from hub.store.staff_rows.township_ratings import COLUMNS as TOWNSHIP_RATING_COLUMNS

AT_ONCE = 4
"""Queries of the staff that run at the same time, at most one per member."""
MAX_WAITING_OF_MEMBER, MAX_WAITING = 32, 256
"""Largest number of waiting queries; a Grafana dashboard sends about twenty at once."""
OWN_AT_ONCE = 4
"""Queries of the hub's own processes that run at the same time; staff cannot use these places."""
DEFAULT_FORMAT = "TabSeparated"
KILL_EVERY = 0.2
INSERTED = {
    "audit": frozenset(AUDIT_COLUMNS),
    "firm_choices": frozenset(FIRM_CHOICE_COLUMNS),
    "saved_filters": frozenset(SAVED_FILTER_COLUMNS),
    "tasks": frozenset(TASK_COLUMNS),
    "township_ratings": frozenset(TOWNSHIP_RATING_COLUMNS),
}
"""Tables and columns that other processes may insert into; all others are refused."""
KILL = "KILL QUERY WHERE Settings['log_comment'] = {mark:String} ASYNC"

log = structlog.get_logger()


class StaffQuery(BaseModel):
    """One query of a member; `office` is the area of a township or the code of a unit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    member: str
    role: StaffRole
    office: str
    sql: str
    format: str = ""
    parameters: dict[str, str] = {}


class RowsToInsert(BaseModel):
    """The body of a request that inserts rows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    columns: list[str]
    rows: list[list[Any]]


def digest(token: str) -> bytes:
    """Return the hash of the token of the hub's own processes."""
    return sha256(token.encode("utf-8", "surrogateescape")).digest()


class OwnReader:
    """An engine client for the hub's own processes: read-only, every table, no guard.

    Their statements are part of this program and use parameterised views, which the guard refuses.
    The token gives no extra access: a program that can read it can also read the data files.
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
    """The aiohttp application of the endpoint; `wall` reports how this process is confined."""

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
        self._base_tables = base_tables_of(dict(map(tuple, store.rows(VIEWS))))
        self.turns = Turns(AT_ONCE, MAX_WAITING_OF_MEMBER, MAX_WAITING)
        self._staff_pool = ThreadPoolExecutor(AT_ONCE, "staff")
        self._own_pool = ThreadPoolExecutor(OWN_AT_ONCE, "own")
        self._sessions: dict[tuple[str, Visibility], SqlSession] = {}
        self._own = [OwnReader(settings) for _ in range(OWN_AT_ONCE)]
        self._idle: asyncio.Queue[OwnReader] = asyncio.Queue()
        for reader in self._own:
            self._idle.put_nowait(reader)
        self._killing = killing_client(settings)
        self._running: dict[asyncio.Future[tuple[str, bytes]], str] = {}
        """Running queries, each with the `log_comment` by which it can be killed."""
        self._ending: set[asyncio.Task[None]] = set()
        self.app.router.add_post("/staff", self._staff)
        self.app.router.add_post("/insert/{table}", self._insert)
        self.app.router.add_post("/freeze", self._freeze)
        # Millions of rows take minutes, in which the sink must not wait.
        self._beside = open_beside(settings)
        RegisterLoads(self._beside).add_to(self.app)
        self.app.router.add_get("/wall", self._show_wall)
        self.app.on_cleanup.append(self._close)

    @web.middleware
    async def _own_only(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Refuse a request without the token before reading its body."""
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
        """Answer a query of a member when its turn comes."""
        try:
            query = StaffQuery.model_validate_json(await request.read())
            visibility = visibility_of(query.role, query.office, self._base_tables)
        except ValidationError as error:
            return failed(f"Code: 36. Invalid query of the staff: {error}")
        except NoSqlAccessError as error:
            return failed(f"Code: 497. {error}", 403)
        try:
            await self.turns.take(query.member)
        except QueueFullError as error:
            status = 429 if error.theirs else 503
            return failed(f"Code: 202. {error}; wait for their results", status, retry_after=5)
        give_back = partial(self.turns.give_back, query.member)
        try:
            session = await asyncio.to_thread(self._session_of, query.member, visibility)
        except BaseException:
            give_back()
            raise
        work = partial(_answer, session, query.sql, query.format, query.parameters)
        return await self._at_work(session.mark, self._staff_pool, work, give_back)

    def _session_of(self, member: str, visibility: Visibility) -> SqlSession:
        """Return the session of a member, who runs one query at a time."""
        if (member, visibility) not in self._sessions:
            self._sessions[member, visibility] = SqlSession(self._settings, visibility, member)
        return self._sessions[member, visibility]

    async def _at_work(
        self,
        mark: str,
        pool: ThreadPoolExecutor,
        work: Callable[[], tuple[str, bytes]],
        give_back: Callable[[], None],
    ) -> web.Response:
        """Run a query; kill it in the engine if its client disconnects.

        The place becomes free only when the engine has ended the query.
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
        """Kill the query with this `log_comment` until it has ended.

        One attempt may find nothing to kill, because a query runs as several statements.
        """
        while not running.done():
            try:
                await asyncio.to_thread(self._killing.query, KILL, {"mark": mark})
            except ClickHouseError as error:
                log.warning("sql_query_not_killed", mark=mark, error=str(error))
            await asyncio.wait({running}, timeout=KILL_EVERY)
        if not running.cancelled():
            # Retrieve the error, or asyncio logs that it was never retrieved.
            running.exception()

    async def _insert(self, request: web.Request) -> web.Response:
        table = request.match_info["table"]
        if table not in INSERTED:
            return failed(f"Code: 497. Only hub serve may insert into {table}", 403)
        try:
            insertion = RowsToInsert.model_validate_json(await request.read())
            rows = [[from_json(value) for value in row] for row in insertion.rows]
        except ValueError as error:
            return failed(f"Code: 36. The rows are invalid: {error}")
        if unknown := set(insertion.columns) - INSERTED[table]:
            return failed(f"Code: 16. {table} has no {', '.join(sorted(unknown))}")
        try:
            await asyncio.to_thread(self._store.insert, table, insertion.columns, rows)
        except (ClickHouseError, ValueError, TypeError) as error:
            return failed(str(error), 500)
        return web.json_response(None)

    async def _freeze(self, _: web.Request) -> web.Response:
        """Freeze all tables for a backup, which copies the files itself and deletes the links."""
        try:
            tables = await asyncio.to_thread(self._store.freeze, FROZEN)
        except ClickHouseError as error:
            return failed(str(error), 500)
        return web.json_response({"tables": tables})

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
        for session in self._sessions.values():
            session.close()
        self._killing.close()
        self._beside.close()


def _answer(session: SqlSession, sql: str, fmt: str, raw: dict[str, str]) -> tuple[str, bytes]:
    query, fmt = split_format(session.canonical(sql), fmt or DEFAULT_FORMAT)
    return fmt, session.answer(query, fmt, _parsed(raw))


def _answer_own(reader: OwnReader, sql: str, fmt: str, raw: dict[str, str]) -> tuple[str, bytes]:
    query, fmt = split_format(sql, fmt or DEFAULT_FORMAT)
    return fmt, reader.answer(query, fmt, _parsed(raw))


def _parsed(raw: dict[str, str]) -> dict[str, Any]:
    return {name: parameter(value) for name, value in raw.items()}
