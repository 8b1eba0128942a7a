"""Lists behind figures that do not count cases 清单: duties of grid workers, and messages."""

import asyncio
from typing import Any

from aiohttp import web

from hub.accounts.permissions import Scope, scope_of
from hub.accounts.session import Sessions, Viewer
from hub.overview.area_filter import area_of
from hub.overview.case_list import LAST_PAGE, PAGE_ROWS
from hub.overview.figures import DUTIES_OF_TODAY, OverviewFigures, scoped
from hub.web.problem import Problem, ProblemError
from hub.web.query import check_names, shorten, whole_number
from schemas.channel import Channel
from streams.town.register import Register

DUTIES = f"""
SELECT plan_name, grid_code, household, toString(case_id) AS case_id, worker, ends, outcome,
       done_at, count() OVER () AS total
FROM {DUTIES_OF_TODAY} WHERE SCOPE AND plan = {{plan:String}} AND outcome = {{outcome:String}}
ORDER BY ends, grid_code, household"""
DECIDED = """
SELECT e.native_id AS native_id, e.received_at AS at, d.outcome AS outcome,
       toString(d.case_id) AS case_id, '' AS detail, count() OVER () AS total
FROM
(
    SELECT * FROM dispositions FINAL WHERE channel = {channel:String} AND outcome IN OUTCOMES
) AS d
LEFT JOIN (SELECT event_id, native_id, received_at FROM events WHERE channel = {channel:String}
           LIMIT 1 BY event_id) AS e ON e.event_id = d.event_id
ORDER BY at DESC, d.event_id"""
RECEIVED = """
SELECT '' AS native_id, received_at AS at, '' AS outcome, NULL AS case_id,
       concat(toString(size), ' 字节') AS detail, count() OVER () AS total
FROM receipts FINAL WHERE channel = {channel:String} ORDER BY at DESC, receipt_id"""
REPEATED = """
SELECT '' AS native_id, received_at AS at, '' AS outcome, NULL AS case_id,
       concat('内含 ', toString(duplicates), ' 件重复') AS detail, count() OVER () AS total
FROM receipts FINAL WHERE channel = {channel:String} AND duplicates > 0
ORDER BY at DESC, receipt_id"""
REJECTED = """
SELECT '' AS native_id, received_at AS at, toString(reason) AS outcome, NULL AS case_id, detail,
       count() OVER () AS total
FROM (SELECT * FROM rejected WHERE channel = {channel:String} LIMIT 1 BY rejected_id)
ORDER BY at DESC, rejected_id"""
MESSAGES = {
    "received": RECEIVED,
    "opened": DECIDED.replace("OUTCOMES", "('opened')"),
    "merged": DECIDED.replace("OUTCOMES", "('merged')"),
    "followed": DECIDED.replace("OUTCOMES", "('followed', 'withdrawn', 'evaluated')"),
    "noted": DECIDED.replace("OUTCOMES", "('noted')"),
    "orphaned": DECIDED.replace("OUTCOMES", "('orphaned')"),
    "duplicates": REPEATED,
    "rejected": REJECTED,
}
"""The query of each part of the accounting."""


class RecordLists:
    """The handlers of these lists; a list of messages is for members who see the whole county."""

    def __init__(self, figures: OverviewFigures, sessions: Sessions, register: Register) -> None:
        self._figures, self._sessions, self._register = figures, sessions, register

    def add_to(self, app: web.Application) -> None:
        """Add the routes to an application whose middleware handles `ProblemError`."""
        app.router.add_get("/api/duties", self._duties)
        app.router.add_get("/api/messages", self._messages)

    def _scope(self, request: web.Request) -> Scope:
        viewer: Viewer = self._sessions.viewer(request)
        if viewer.role is None:
            raise ProblemError(Problem.NO_SESSION)
        area = area_of(request, self._register)
        scope = scope_of(viewer, self._register)
        return scope.within(area) if area else scope

    async def _duties(self, request: web.Request) -> web.Response:
        """Return today's duties of one plan and one outcome: done, missed or open."""
        check_names(request, ("plan", "outcome", "area", "page"))
        scope = self._scope(request)
        asked = {name: request.query.get(name, "") for name in ("plan", "outcome")}
        parameters = {**scope.parameters, **asked}
        return await self._page(request, scoped(DUTIES, scope), parameters)

    async def _messages(self, request: web.Request) -> web.Response:
        """Return the messages that one number of the accounting counts, the newest first."""
        check_names(request, ("channel", "part", "page"))
        if self._scope(request).sql != "1":
            detail = "only members of the whole county may list messages"
            raise ProblemError(Problem.NOT_YOURS, detail)
        channel, part = (request.query.get(name, "") for name in ("channel", "part"))
        if channel not in tuple(Channel) or part not in MESSAGES:
            detail = f"no part {shorten(part)} of the accounting of a channel {shorten(channel)}"
            raise ProblemError(Problem.BAD_REQUEST, detail)
        return await self._page(request, MESSAGES[part], {"channel": channel})

    async def _page(
        self, request: web.Request, sql: str, parameters: dict[str, Any]
    ) -> web.Response:
        page = whole_number(request, "page", most=LAST_PAGE)
        limited = f"{sql} LIMIT {PAGE_ROWS} OFFSET {int(page) * PAGE_ROWS}"
        rows = await asyncio.to_thread(self._figures.rows, limited, parameters)
        total = int(rows[0]["total"]) if rows else 0
        return web.json_response({"total": total, "page": page, "size": PAGE_ROWS, "rows": rows})
