"""Reads the store from another process 查询: through the SQL endpoint or a ClickHouse server."""

import logging
import re
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
_OF_SYSTEM = re.compile(r"\[Errno -?\d+\] ([^'\")(]+)")
LONGEST_CAUSE = 80
"""Characters of a text that has no error of the system in it."""
OWN = "hub"
"""User name of the hub's own processes at the SQL endpoint; staff cannot have it."""


class StoreAwayError(HubError, RuntimeError):
    """The store does not answer; the message says where, why in a word, and what to do."""


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
            url = urlsplit(self._url)
            raise StoreAwayError(
                f"the store at {url.hostname}:{url.port or ''} does not answer ({_cause(error)});"
                f" {self._advice}"
            ) from error

    def _token(self) -> str:
        """Return the token for our own endpoint; empty for a ClickHouse server."""
        if not self._settings.own_sql_endpoint:
            return ""
        try:
            return DataPaths(self._settings.data).sql_token.read_text("utf-8")
        except OSError as error:
            raise StoreAwayError(
                f"the store has never run in {self._settings.data}; {self._advice}"
            ) from error

    @property
    def _advice(self) -> str:
        if self._settings.own_sql_endpoint:
            return "start it with hub up"
        return "check HUB_CLICKHOUSE, and that the server runs"


def _cause(error: Exception) -> str:
    """Return the cause in the text of the driver, which names classes, pools and attempts too."""
    match = _OF_SYSTEM.search(str(error))
    if match:
        return match[1].lower()
    return "no answer in time" if "timed out" in str(error) else str(error)[:LONGEST_CAUSE]
