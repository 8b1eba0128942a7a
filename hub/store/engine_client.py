"""Client of the engine's process 引擎客户端: reads, and inserts audit lines.

The engine's process listens on `HUB_STORE_PORT` of 127.0.0.1 and accepts only the token of this
data folder.
"""

import json
import threading
from base64 import b64encode
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen
from uuid import UUID

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

from hub.runtime.paths import DataPaths
from hub.settings.store import StoreSettings
from hub.store.client import READ_ONLY, Store
from hub.store.reader import OWN

T = TypeVar("T")
WITHIN = 30.0
"""Timeout of an insert in seconds."""


def engine_url(settings: StoreSettings) -> str:
    """Return the address of the engine's process."""
    return f"http://127.0.0.1:{settings.store_port}"


def authorization(settings: StoreSettings) -> dict[str, str]:
    """Return the header that proves one of the hub's own processes.

    Raises `OSError` if the engine has never run in this data folder.
    """
    token = DataPaths(settings.data).sql_token.read_text("utf-8")
    return {"Authorization": f"Basic {b64encode(f'{OWN}:{token}'.encode()).decode()}"}


def ask_engine(
    settings: StoreSettings, path: str, body: Any = None, *, within: float = WITHIN
) -> Any:
    """Return the parsed JSON response of the engine's process; `body` is posted as JSON.

    A body of bytes is posted as it is.

    `within` is the timeout in seconds.

    Raises `OperationalError` if it does not answer, `DatabaseError` if it refuses.
    """
    try:
        request = Request(  # noqa: S310 - our own loopback address
            engine_url(settings) + path,
            data=_encoded(body),
            headers={**authorization(settings), "Content-Type": "application/json"},
        )
        with urlopen(request, timeout=within) as answer:  # noqa: S310 - the same
            return json.loads(answer.read() or b"null")
    except HTTPError as error:
        raise DatabaseError(error.read().decode("utf-8", "replace").strip()) from error
    except (URLError, OSError) as error:
        raise OperationalError(f"the engine does not answer: {error}") from error


def _encoded(body: Any) -> bytes | None:
    if body is None or isinstance(body, bytes):
        return body
    return json.dumps(body, default=as_json).encode()


def as_json(value: Any) -> Any:
    """Encode a value that JSON has no type for; `from_json` decodes it."""
    if isinstance(value, datetime):
        return {"time": value.isoformat()}
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not sent to the engine")


def from_json(value: Any) -> Any:
    """Decode a value of `as_json`; raises `ValueError`."""
    if isinstance(value, dict):
        return datetime.fromisoformat(str(value.get("time")))
    return value


class EngineStore(Store):
    """The overview's store: reads through the engine's process and inserts audit lines.

    Connects at the first query. While the engine is down, every method raises `OperationalError`;
    the next call reconnects.
    """

    def __init__(self, settings: StoreSettings) -> None:
        self._settings = settings
        self._client: Client | None = None
        self._connecting = threading.Lock()

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Insert rows; raises `DatabaseError` for a table that no other process may fill."""
        ask_engine(self._settings, f"/insert/{table}", {"columns": columns, "rows": rows})

    def command(self, sql: str) -> None:
        """Raise `DatabaseError`: only the engine's process changes the store."""
        raise DatabaseError(f"only hub serve changes the store: {sql[:80]}")

    def rows(self, sql: str, parameters: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        result = self._query(lambda client: client.query(sql, parameters).result_rows)
        return [tuple(row) for row in result]

    def named(self, sql: str, parameters: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """Return the rows of a query by the names of their columns."""
        return self._query(lambda client: list(client.query(sql, parameters).named_results()))

    def raw(self, sql: str, fmt: str, parameters: dict[str, Any] | None = None) -> bytes:
        """Return a query's result in a ClickHouse format."""
        return self._query(lambda client: bytes(client.raw_query(sql, parameters, fmt=fmt)))

    def reattach(self, table: str) -> None:
        """Raise `DatabaseError`: only the engine's process does."""
        self.command(f"ATTACH TABLE {table}")

    def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            self._client.close()

    def _query(self, question: Callable[[Client], T]) -> T:
        try:
            return question(self._connected())
        except DatabaseError as error:
            if "Code: 516" in str(error):
                # The token has changed; the next query reads it again.
                self._client = None
            raise

    def _connected(self) -> Client:
        with self._connecting:
            if self._client is None:
                try:
                    token = DataPaths(self._settings.data).sql_token.read_text("utf-8")
                except OSError as error:
                    raise OperationalError(f"the engine has never run: {error}") from error
                # Without a session, queries of several threads may run at the same time.
                self._client = clickhouse_connect.get_client(
                    dsn=engine_url(self._settings),
                    username=OWN,
                    password=token,
                    autogenerate_session_id=False,
                    settings=READ_ONLY,
                )
            return self._client
