"""The pages of the queues 队列页: `/work`, `/work/queues/{queue}`, and the live counts."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from aiohttp import web

from hub.accounts.permissions import role_for, scope_of
from hub.accounts.session import Viewer
from hub.web.problem import Problem, ProblemError
from hub.web.query import check_names, shorten
from hub.workbench.access import staff_viewer, wants
from hub.workbench.bell import NoticeBell
from hub.workbench.page import Pages
from hub.workbench.pinyin import spelling
from hub.workbench.presence import Presence
from hub.workbench.queues.catalogue import BY_CODE, FIRST, Queue, queues_of
from hub.workbench.queues.counts import QueueCounts
from hub.workbench.queues.page_counts import PageCounts
from hub.workbench.queues.query import (
    FILTERS,
    PageKey,
    keys_query,
    matching_count_query,
    parse_key,
    rows_query,
    sorts_of,
)
from hub.workbench.queues.saved import SavedFilters
from hub.workbench.queues.view import QueueRow, columns_of, first_columns_of, queue_row
from hub.workbench.services import Services
from hub.workbench.triage.http import Triage
from hub.workbench.triage.panel import LEVELS, LIKELIEST, WHISTLES, CasePanel
from schemas.cases.case import MOVE_NAMES, OPEN_STATES, STATE_NAMES, Move
from schemas.category import CATEGORIES, OTHER
from schemas.channel import CHANNEL_NAMES
from schemas.reports.fact import URGENCY_NAMES

PAGE_ROWS = 50
LONGEST_WORDS = 100
BULK = (
    Move.ASSIGN,
    Move.HAND_OVER,
    Move.TRIAGE,
    Move.SUPERVISE,
    Move.ACCEPT,
    Move.START,
    Move.NOTE,
)
"""Moves that are offered for several cases at once; each case accepts or refuses by itself."""
CATEGORY_CHOICES = {
    code: (leaf.name, " ".join(spelling(leaf.name)))
    for code, leaf in CATEGORIES.items()
    if code != OTHER
}
"""Categories that a person may set: code → name and pinyin."""
PARAMETERS = (*FILTERS, "sort", "after", "columns", "case")
LAST_ENTRIES = """
SELECT max(seq) AS seq, if(basis = 0, seq, basis) AS basis_seq,
       argMax(JSONExtractUInt(body, 'basis_seq'), c.seq) AS basis
FROM cases AS c WHERE case_id = {id:UUID}"""


@dataclass(frozen=True, slots=True)
class Request:
    """What a queue page is asked for: the queue, its filters, sort, first row and columns."""

    queue: Queue
    filters: dict[str, str]
    sort: str
    after: PageKey | None
    columns: tuple[str, ...]

    def address(self, **changes: str) -> str:
        """Return the address of this list with other parameters; an empty value leaves one out."""
        query = {**self.filters, "sort": self.sort, "columns": ",".join(self.columns), **changes}
        if query["columns"] == ",".join(first_columns_of(self.queue)):
            query["columns"] = ""
        if query["sort"] == "first":
            query["sort"] = ""
        text = urlencode({name: value for name, value in query.items() if value})
        return f"/work/queues/{self.queue.code}{'?' if text else ''}{text}"

    def toggled(self, column: str) -> str:
        """Return the address of this list with a column more or less; one column always stays."""
        known = columns_of(self.queue)
        kept = [name for name in known if (name in self.columns) != (name == column)]
        return self.address(columns=",".join(kept or first_columns_of(self.queue)))


class QueuesHttp:
    """The handlers of the queues."""

    def __init__(
        self,
        services: Services,
        pages: Pages,
        counts: QueueCounts,
        page_counts: PageCounts,
        triage: Triage,
        presence: Presence,
    ) -> None:
        self._services, self._pages, self._counts = services, pages, counts
        self._page_counts = page_counts
        self._triage, self._presence = triage, presence
        self._saved = SavedFilters(services)
        self._bell = NoticeBell(services)
        self._units = {unit.code: unit.name for unit in services.town.units}
        self._areas = {area.code: area.name for area in services.town.areas}

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/work", self._start)
        app.router.add_get("/work/live", self._live)
        app.router.add_get("/work/queues/{queue}", self._queue)
        self._saved.add_to(app)

    async def _start(self, request: web.Request) -> web.Response:
        viewer = staff_viewer(self._services.sessions, request)
        first = queues_of(viewer.role)[0].code
        raise web.HTTPSeeOther(f"/work/queues/{FIRST.get(viewer.role, first)}")

    async def _live(self, request: web.Request) -> web.Response:
        """Return the counts of the viewer's queues and pages, and what is new about a case.

        `others` are the names of those who look at it, `seq` is the number of its last entry, and
        `basis_seq` that of the last one that a decision must know; all are absent for a case that
        the viewer did not open.

        The page asks every few seconds.
        """
        viewer = staff_viewer(self._services.sessions, request, is_use=False)
        check_names(request, ("case",))
        counts = await self._counts.of(viewer) | await self._page_counts.of(viewer)
        live: dict[str, Any] = {"queues": {**counts, "notices": await self._bell.count(viewer)}}
        if request.query.get("case"):
            case_id = request.query["case"]
            live["others"] = self._presence.still_open(viewer, case_id)
            if self._presence.has_opened(viewer, case_id):
                (row,) = await self._services.rows(LAST_ENTRIES, {"id": case_id})
                live |= {"case_id": case_id, "seq": row["seq"], "basis_seq": row["basis_seq"]}
        return web.json_response(live)

    async def _queue(self, request: web.Request) -> web.Response:
        viewer = staff_viewer(self._services.sessions, request)
        asked = parse_request(request, viewer)
        rows: list[QueueRow] = []
        total, following = 0, ""
        if wants(request, "list"):
            rows, following = await self._rows(asked, viewer)
            total = await self._total(asked, viewer)
        return await self._pages.answer(
            request,
            viewer,
            "queues/queue.html",
            title=asked.queue.name,
            queue=asked.queue,
            asked=asked,
            rows=rows,
            total=total,
            following=following,
            columns={name: columns_of(asked.queue)[name] for name in asked.columns},
            all_columns=columns_of(asked.queue),
            sorts={code: name for code, (name, *_) in sorts_of(asked.queue).items()},
            choices=self._choices(),
            panel=await self._panel(request, viewer),
            batch=uuid4(),
            saved=await self._saved.of(viewer) if wants(request, "saved") else [],
            bulk=_bulk(asked.queue, viewer),
            levels=LEVELS,
            whistles=WHISTLES,
            likeliest=LIKELIEST,
            categories=CATEGORY_CHOICES,
        )

    async def _panel(self, request: web.Request, viewer: Viewer) -> CasePanel | None:
        """Return the case beside the list; None if there is none, or the viewer may not open it.

        A case that a unit has just returned is not its any more: the list is shown without it.
        """
        case_id = request.query.get("case")
        if not case_id or not wants(request, "case"):
            return None
        try:
            return await self._triage.panel(request, viewer, case_id)
        except ProblemError as error:
            if error.problem not in (Problem.NOT_YOURS, Problem.NOT_FOUND):
                raise
            return None

    async def _rows(self, asked: Request, viewer: Viewer) -> tuple[list[QueueRow], str]:
        """Return the rows of a page, and the address of the next page; empty if it is the last."""
        scope = scope_of(viewer, self._services.register)
        sql, parameters = keys_query(
            asked.queue, scope, asked.filters, sort=asked.sort, after=asked.after, size=PAGE_ROWS
        )
        keys = [PageKey.of(row) for row in await self._services.rows(sql, parameters)]
        is_last = len(keys) <= PAGE_ROWS
        keys = keys[:PAGE_ROWS]
        ids = {"ids": [key.case_id for key in keys]}
        unsorted = await self._services.rows(rows_query(asked.queue), ids) if keys else []
        by_id = {row["case_id"]: row for row in unsorted}
        now = datetime.now(UTC)
        # A case that left the table between the two queries is not there any more.
        rows = [
            queue_row(by_id[key.case_id], self._units, self._areas, now)
            for key in keys
            if key.case_id in by_id
        ]
        return rows, "" if is_last else asked.address(after=str(keys[-1]))

    async def _total(self, asked: Request, viewer: Viewer) -> int:
        if not any(asked.filters.values()):
            return (await self._counts.of(viewer))[asked.queue.code]
        scope = scope_of(viewer, self._services.register)
        sql, parameters = matching_count_query(asked.queue, scope, asked.filters)
        return int((await self._services.rows(sql, parameters))[0]["cases"])

    def _choices(self) -> dict[str, dict[str, str]]:
        """Return the choices of the filters: names by code."""
        return {
            "area": {code: name for code, name in self._areas.items() if len(code) in (9, 12)},
            "category": {code: leaf.name for code, leaf in CATEGORIES.items()},
            "unit": self._units,
            "state": {state: STATE_NAMES[state] for state in OPEN_STATES},
            "channel": {str(code): name for code, name in CHANNEL_NAMES.items()},
            "urgency": {str(code): name for code, name in URGENCY_NAMES.items()},
        }


def _bulk(queue: Queue, viewer: Viewer) -> dict[Move, str]:
    """Return the moves for several cases at once; citizens are asked one by one."""
    if queue.settled:
        return {}
    return {move: MOVE_NAMES[move] for move in BULK if role_for(viewer, move)}


def parse_request(request: web.Request, viewer: Viewer) -> Request:
    """Return what a request asks for; raises `ProblemError`.

    A queue that the viewer's role does not have is not_yours; an unknown name or value is
    bad_request, so that a misspelt filter never shows other cases than those meant.
    """
    check_names(request, PARAMETERS)
    queue = BY_CODE.get(request.match_info["queue"])
    if queue is None:
        raise ProblemError(Problem.NOT_FOUND, "没有这个队列")
    if viewer.role not in queue.roles:
        raise ProblemError(Problem.NOT_YOURS, f"{queue.name}队列不对您的角色开放")
    query: dict[str, Any] = dict(request.query)
    sort = query.get("sort") or "first"
    if sort not in sorts_of(queue):
        raise ProblemError(Problem.BAD_REQUEST, f"没有排序{shorten(sort)}")
    columns = tuple(name for name in query.get("columns", "").split(",") if name)
    if not set(columns) <= columns_of(queue).keys():
        raise ProblemError(Problem.BAD_REQUEST, f"没有列{shorten(query['columns'])}")
    after = parse_key(query.get("after", ""))
    if query.get("after") and after is None:
        raise ProblemError(Problem.BAD_REQUEST, "翻页位置有误，请回到第一页")
    filters = {name: query.get(name, "").strip()[:LONGEST_WORDS] for name in FILTERS}
    return Request(queue, filters, sort, after, columns or first_columns_of(queue))
