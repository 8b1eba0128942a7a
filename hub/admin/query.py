"""`hub query`: a read-only SQL query to the store 只读查询."""

from clickhouse_connect.driver.exceptions import ClickHouseError

from hub.admin.ask import open_reader
from hub.runtime.errors import HubError
from hub.settings.store import StoreSettings


def run_query(settings: StoreSettings, sql: str, form: str) -> str:
    """Return the answer in the ClickHouse format `form`; raises `HubError`."""
    with open_reader(settings) as reader:
        try:
            return reader.raw(sql, form).decode("utf-8", "replace")
        except ClickHouseError as error:
            raise HubError(str(error)) from error
