"""Rows of a query as JSON values 查询结果: numbers are numbers, times are text in Beijing time."""

import json
from typing import Any

from hub.store.client import Store


def json_rows(
    store: Store, sql: str, parameters: dict[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Run a query; return its rows by the names of their columns. Raises the engine's errors."""
    answer = json.loads(store.raw(sql, "JSON", parameters))
    return [dict(row) for row in answer["data"]]
