"""Read-only SQL 只读查询: ClickHouse's HTTP dialect over the embedded engine, on loopback.

curl, clickhouse-connect, DBeaver and Grafana's plug-in speak it. Queries run on a client that is
read-only for ever: no INSERT, no DDL, no file(), no url().
"""

import ast
import asyncio
import re
from typing import Any

from aiohttp import web
from clickhouse_connect.driver.exceptions import ClickHouseError

from hub.store import Store

MAX_SQL = 4 * 1024 * 1024
FORMAT = re.compile(r"\bFORMAT\s+(\w+)\s*;?\s*$", re.IGNORECASE)
WRITES_FILE = re.compile(r"\bOUTFILE\b", re.IGNORECASE)
"""INTO OUTFILE would write on this machine, and the engine allows it to readers."""
ESCAPED = re.compile(r"\\(.)", re.DOTALL)
ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f", "0": "\0"}
CODE = re.compile(r"Code: (\d+)")


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


class SqlEndpoint:
    """The aiohttp application of the endpoint."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.app = web.Application(client_max_size=MAX_SQL)
        self.app.router.add_get("/ping", self._ping)
        self.app.router.add_get("/", self._query)
        self.app.router.add_post("/", self._query)

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
        default = request.headers.get("X-ClickHouse-Format") or fields.get(
            "default_format", "TabSeparated"
        )
        if WRITES_FILE.search(sql):
            return _error("Code: 164. INTO OUTFILE is not possible here: the endpoint is read-only")
        query, fmt = split_format(sql, default)
        try:
            parameters = {
                name.removeprefix("param_"): parameter(value)
                for name, value in fields.items()
                if name.startswith("param_")
            }
            result = await asyncio.to_thread(self._run, query, fmt, parameters)
        except (ClickHouseError, ValueError, SyntaxError) as error:
            return _error(str(error))
        headers = {"X-ClickHouse-Format": fmt, "X-ClickHouse-Timezone": "Asia/Shanghai"}
        return web.Response(body=result, headers=headers, content_type="text/plain")

    def _run(self, sql: str, fmt: str, parameters: dict[str, Any]) -> bytes:
        return self.store.raw(sql, fmt, parameters)


def _error(text: str) -> web.Response:
    code = CODE.search(text)
    headers = {"X-ClickHouse-Exception-Code": code[1] if code else "0"}
    return web.Response(status=400, text=f"{text}\n", headers=headers)
