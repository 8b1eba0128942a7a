"""The overview 一网通管: the page and its JSON, every number out of a documented view."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from aiohttp import web

from hub.cases_http import CasesHttp
from hub.command_desk import CommandDesk
from hub.problem import answer_problems
from hub.settings import Settings
from hub.store import Store
from hub.town_files import load_town
from schemas.case import STATE_NAMES
from schemas.category import CATEGORIES
from schemas.channel import CHANNEL_NAMES
from streams.register import Register

WEB = Path(__file__).parent / "web"
CONTENT_SECURITY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'"

QUERIES = {
    "accounting": "SELECT * FROM accounting ORDER BY channel",
    "units": "SELECT * FROM open_cases_by_unit ORDER BY open_cases DESC LIMIT 12",
    "units_all": "SELECT sum(u.open_cases) AS open_cases, sum(u.overdue) AS overdue"
    " FROM open_cases_by_unit AS u",
    "triage": "SELECT count() AS cases FROM open_cases WHERE state = 'triage'",
    "tiers": "SELECT tier, sum(u.open_cases) AS open_cases, sum(u.overdue) AS overdue"
    " FROM open_cases_by_unit AS u GROUP BY tier",
    "grids": "SELECT grid_code, count() AS open_cases, countIf(overdue) AS overdue"
    " FROM open_cases WHERE grid_code != '' GROUP BY grid_code",
    "categories": "SELECT category, count() AS cases, sum(o.reports) AS reports"
    " FROM open_cases AS o GROUP BY category ORDER BY cases DESC LIMIT 12",
    "share_631": "SELECT sum(s.settled) AS settled, sum(s.settled * s.village_share) AS village,"
    " sum(s.settled * s.township_share) AS township, sum(s.settled * s.county_share) AS county"
    " FROM share_631 AS s",
    "hottest": "SELECT case_id, title, content, category, place_name, reports, channels, state"
    " FROM open_cases ORDER BY reports DESC, opened_at DESC LIMIT 8",
}

LIST_CASES = (
    "SELECT case_id, title, content, category, state, unit, place_name, reports, channels,"
    " opened_at, due_at, overdue FROM open_cases WHERE FILTER ORDER BY opened_at DESC LIMIT 50"
)


class Overview:
    """The aiohttp application of the page."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self.store, self.desk = store, CommandDesk(settings)
        town = load_town(settings.town)
        self.grids = (settings.town / "grids.geojson").read_bytes()
        self.units = {unit.code: unit.name for unit in town.units}
        self.app = web.Application(middlewares=[_headers, answer_problems])
        self.app.cleanup_ctx.append(self._commanding)
        self.app.router.add_get("/", _page("index.html"))
        self.app.router.add_get("/app.js", _page("app.js"))
        self.app.router.add_get("/style.css", _page("style.css"))
        self.app.router.add_get("/healthz", _healthy)
        self.app.router.add_get("/api/overview", self._overview)
        self.app.router.add_get("/api/grids", self._grids)
        self.app.router.add_get("/api/words", self._words)
        self.app.router.add_get("/api/cases", self._cases)
        self.app.router.add_get("/api/cases/{case_id}", self._case)
        CasesHttp(settings, store, self.desk, Register.of(town)).add_to(self.app)

    async def _commanding(self, _: web.Application) -> AsyncIterator[None]:
        self.desk.open()
        yield
        await asyncio.to_thread(self.desk.close)

    async def _overview(self, _: web.Request) -> web.Response:
        return _json(await asyncio.to_thread(self._numbers))

    def _numbers(self) -> dict[str, Any]:
        found: dict[str, Any] = {name: self._dicts(sql) for name, sql in QUERIES.items()}
        found["triage"] = found["triage"][0]["cases"]
        return found

    async def _grids(self, _: web.Request) -> web.Response:
        return web.Response(body=self.grids, content_type="application/geo+json")

    async def _words(self, _: web.Request) -> web.Response:
        return _json(
            {
                "channels": CHANNEL_NAMES,
                "states": STATE_NAMES,
                "categories": {code: leaf.name for code, leaf in CATEGORIES.items()},
                "units": self.units,
            }
        )

    async def _cases(self, request: web.Request) -> web.Response:
        filters = {
            name: request.query[name]
            for name in ("grid_code", "unit", "tier", "category", "state")
            if name in request.query
        }
        where = " AND ".join(f"{name} = {{{name}:String}}" for name in filters) or "1"
        sql = LIST_CASES.replace("FILTER", where)
        return _json(await asyncio.to_thread(self._dicts, sql, filters))

    async def _case(self, request: web.Request) -> web.Response:
        given = {"case_id": request.match_info["case_id"]}
        sql = (
            "SELECT seq, move, at, state, channel, actor, reason, data FROM case_events FINAL"
            " WHERE toString(case_id) = {case_id:String} ORDER BY seq"
        )
        entries = await asyncio.to_thread(self._dicts, sql, given)
        return _json(entries, status=200 if entries else 404)

    def _dicts(self, sql: str, parameters: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        answer = json.loads(self.store.raw(sql, "JSON", parameters))
        return [dict(row) for row in answer["data"]]


def _page(name: str) -> Any:
    async def handler(_: web.Request) -> web.FileResponse:
        return web.FileResponse(WEB / name)

    return handler


async def _healthy(_: web.Request) -> web.Response:
    return web.Response(text="ok\n")


@web.middleware
async def _headers(request: web.Request, handler: Any) -> web.StreamResponse:
    response: web.StreamResponse = await handler(request)
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _json(body: Any, status: int = 200) -> web.Response:
    return web.json_response(body, status=status)
