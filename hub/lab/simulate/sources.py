"""Stand-ins 模拟来源 for the two systems that the hub polls.

The API of the leader board (留言板) and the 12369 database.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from secrets import token_hex
from typing import Any

from aiohttp import web
from sqlalchemy import Column, Float, Integer, MetaData, String, Table, create_engine
from sqlalchemy.engine import Engine

METADATA = MetaData()
COMPLAINTS = Table(
    "complaints",
    METADATA,
    Column("complaint_no", String, primary_key=True),
    Column("report_time", String),
    Column("updated_at", String, index=True),
    Column("reporter_name", String),
    Column("phone", String),
    Column("pollution_type", String),
    Column("content", String),
    Column("lng", Float),
    Column("lat", Float),
    Column("address", String),
    Column("area_code", String),
    Column("company", String),
    Column("status", String),
    Column("deleted", Integer, default=0),
)
"""The table of the 12369 system, as in docs/channels/environment_12369.md."""


class Board:
    """The leader board: `GET /posts?after=…&limit=…` over `posts`, which only grows.

    The cursor `after` names a board and a position. A cursor of an earlier board starts at the
    beginning, because the posts of that board no longer exist.
    """

    def __init__(self) -> None:
        self.name = token_hex(4)
        self.posts: list[dict[str, Any]] = []
        self.app = web.Application()
        self.app.router.add_get("/posts", self._page)

    async def _page(self, request: web.Request) -> web.Response:
        board, _, position = request.query.get("after", "").partition(":")
        after = int(position) if board == self.name else 0
        page = self.posts[after : after + int(request.query.get("limit", "100"))]
        body = {"posts": page, "next": f"{self.name}:{after + len(page)}"}
        return web.Response(
            text=json.dumps(body, ensure_ascii=False), content_type="application/json"
        )


def open_complaints(path: Path) -> Engine:
    """Open the SQLite database at `path`; create the table if it is missing."""
    engine = create_engine(f"sqlite:///{path}")
    METADATA.create_all(engine)
    return engine


def add_complaints(engine: Engine, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows in one transaction; a row with the same `complaint_no` is replaced."""
    with engine.begin() as connection:
        connection.execute(COMPLAINTS.insert().prefix_with("OR REPLACE"), list(rows))
