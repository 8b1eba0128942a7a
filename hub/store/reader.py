"""Reads the store from another process 查询: through the SQL endpoint or a ClickHouse server."""

import logging
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import InterfaceError, OperationalError

from hub.runtime.errors import HubError
from hub.runtime.paths import DataPaths
from hub.settings.store import StoreSettings
from hub.store.client import READ_ONLY

# The driver warns of a failure before it raises the error, whose text has the cause.
logging.getLogger("clickhouse_connect.driver").setLevel(logging.ERROR)

T = TypeVar("T")
OWN = "hub"
"""User name of the hub's own processes at the SQL endpoint; staff cannot have it."""


class StoreAwayError(HubError, RuntimeError):
    """The store does not answer; the message names its host or data folder."""


class Reader:
    """A read-only client that connects at its first query and again after a failure."""

    def __init__(self, settings: StoreSettings) -> None:
        self._settings, self._url = settings, settings.sql_endpoint
        self._client: Client | None = None

    def rows(self, sql: str, parameters: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """Return the rows as dictionaries; raises `StoreAwayError`."""
        return self._ask(lambda client: list(client.query(sql, parameters).named_results()))

    def raw(self, sql: str, fmt: str) -> bytes:
        """Return the result in a ClickHouse format; raises `StoreAwayError`."""
        return self._ask(lambda client: bytes(client.raw_query(sql, fmt=fmt)))

    def close(self) -> None:
        """Close the connection."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _ask(self, question: Callable[[Client], T]) -> T:
        try:
            if self._client is None:
                self._client = clickhouse_connect.get_client(
                    dsn=self._url,
                    autogenerate_session_id=False,
                    settings=READ_ONLY,
                    username=OWN if self._settings.own_sql_endpoint else None,
                    password=self._token(),
                )
            return question(self._client)
        except (OperationalError, InterfaceError, OSError) as error:
            self.close()
            where = urlsplit(self._url).hostname
            raise StoreAwayError(f"the store at {where} does not answer: {error}") from error

    def _token(self) -> str:
        """Return the token for our own endpoint; empty for a ClickHouse server."""
        if not self._settings.own_sql_endpoint:
            return ""
        try:
            return DataPaths(self._settings.data).sql_token.read_text("utf-8")
        except OSError as error:
            raise StoreAwayError(
                f"the store has never run in {self._settings.data}; start hub up or hub serve first"
            ) from error
