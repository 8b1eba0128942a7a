"""`hub query`: one question to the store, read-only."""

import click
from clickhouse_connect.driver.exceptions import ClickHouseError

from hub.reader import Reader, StoreAwayError
from hub.settings import Settings


def run_query(settings: Settings, sql: str, form: str) -> str:
    """Return the answer in a ClickHouse format; raises `click.ClickException`."""
    reader = Reader(settings)
    try:
        return reader.raw(sql, form).decode("utf-8", "replace")
    except StoreAwayError as error:
        raise click.ClickException(f"{error}; start it with hub up") from error
    except ClickHouseError as error:
        raise click.ClickException(str(error)) from error
    finally:
        reader.close()
