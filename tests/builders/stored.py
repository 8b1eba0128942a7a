"""Stores records of a topic as the sink does."""

from hub.sink.rows import TABLES
from hub.store.client import Store
from schemas.base import Frozen


def keep(store: Store, topic: str, *bodies: Frozen) -> None:
    """Store records of a topic as the sink does."""
    for table in (table for table in TABLES if table.topic == topic):
        rows = [table.row_of(body.model_dump_json().encode()) for body in bodies]
        store.insert(table.name, list(rows[0]), [list(row.values()) for row in rows])
