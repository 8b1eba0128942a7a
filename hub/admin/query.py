"""`hub query`: one question to the store, read-only."""

from clickhouse_connect.driver.exceptions import ClickHouseError

from hub.admin.ask import reading
from hub.runtime.errors import HubError
from hub.settings import Settings


def run_query(settings: Settings, sql: str, form: str) -> str:
    """Return the answer in a ClickHouse format; raises `HubError`."""
    with reading(settings) as reader:
        try:
            return reader.raw(sql, form).decode("utf-8", "replace")
        except ClickHouseError as error:
            raise HubError(str(error)) from error
