"""The ClickHouse engine behind HTTP, with the reads and writes that the hub's processes need.

No ClickHouse server can be installed from a package registry; the engine can. Run as
`python -m tests.integration.engine_server PORT FOLDER`.
"""

import asyncio
import re
import sys
import threading
from typing import Any

import clickhouse_connect
from aiohttp import web
from clickhouse_connect.driver.exceptions import ClickHouseError

from hub.runtime.process import listen, stop_on_signal
from hub.settings import Settings
from hub.sql.dialect import (
    SqlDialect,
    answered,
    parameter,
    parameters_of,
    split_format,
)
from hub.store.client import Store

INSERT = re.compile(rb"INSERT INTO (\S+) \((.*)\) FORMAT (\w+)")
LARGEST = 256 * 1024 * 1024


class EngineServer(SqlDialect):
    """Adds inserts, and statements that change something, to the dialect."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.store = store
        self._lock = threading.Lock()
        self.app = web.Application(client_max_size=LARGEST)
        self.app.router.add_get("/ping", self._ping)
        self.app.router.add_route("*", "/", self._serve)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        if request.content_type == "multipart/form-data":
            return await self._query(request)
        # The first line of the body of an insert is the statement; the rows follow.
        statement, _, block = (await request.read()).partition(b"\n")
        insert = INSERT.fullmatch(statement)
        if not insert:
            return await self._query(request)
        try:
            words = [group.decode() for group in insert.groups()]
            await asyncio.to_thread(self._insert, *words, block)
        except ClickHouseError as error:
            return web.Response(status=400, text=str(error))
        return web.Response()

    def _insert(self, table: str, columns: str, fmt: str, block: bytes) -> None:
        names = [name.strip(" `") for name in columns.split(",")]
        with self._lock:
            self.store.writer.raw_insert(table.strip("`"), names, block, fmt=fmt)

    async def answer(
        self, request: web.Request, fields: dict[str, str], sql: str
    ) -> web.StreamResponse:
        """Run any statement, as a server does for its owner."""
        parameters = {name: parameter(text) for name, text in parameters_of(fields).items()}
        format_name = request.headers.get("X-ClickHouse-Format") or fields.get("default_format")
        query, fmt = split_format(sql, format_name or "TabSeparated")
        return answered(fmt, await asyncio.to_thread(self._run, query, fmt, parameters))

    def _run(self, sql: str, fmt: str, parameters: dict[str, Any]) -> bytes:
        with self._lock:
            return bytes(self.store.writer.raw_query(sql, parameters, fmt=fmt))


async def main(port: int, folder: str) -> None:
    """Serve until TERM."""
    stop = asyncio.Event()
    stop_on_signal(stop)
    client = clickhouse_connect.get_client(interface="chdb", path=folder)
    runner = await listen(EngineServer(Store(client, client)).app, Settings().host, port)
    await stop.wait()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
