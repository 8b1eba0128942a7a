"""The page of service items: `/work/services`."""

from aiohttp import web

from hub.accounts.permissions import scope_of
from hub.web.problem import Problem, ProblemError
from hub.web.query import check_names, whole_number
from hub.workbench.access import staff_viewer
from hub.workbench.page import Pages
from hub.workbench.service_items.query import (
    LISTS,
    PAGE_ROWS,
    counts_query,
    medians_query,
    rows_query,
)
from hub.workbench.service_items.view import count_rows, item_row
from hub.workbench.services import Services

LAST_PAGE = 1000
LONGEST_ITEM = 200


class ServiceItemsHttp:
    """The route of the page; everybody sees the items of his scope, with masked applicants."""

    def __init__(self, services: Services, pages: Pages) -> None:
        self._services, self._pages = services, pages

    def add_to(self, app: web.Application) -> None:
        """Add the route."""
        app.router.add_get("/work/services", self._show)

    async def _show(self, request: web.Request) -> web.Response:
        viewer = staff_viewer(self._services.sessions, request)
        check_names(request, ("list", "item", "page"))
        name = request.query.get("list", "") or next(iter(LISTS))
        if name not in LISTS:
            raise ProblemError(Problem.NOT_FOUND, "没有这个清单")
        item = request.query.get("item", "")[:LONGEST_ITEM]
        page = whole_number(request, "page", most=LAST_PAGE)
        scope = scope_of(viewer, self._services.register)
        counts = await self._services.rows(counts_query(scope), scope.parameters)
        medians = await self._services.rows(medians_query(scope), scope.parameters)
        sql, parameters = rows_query(LISTS[name], scope, item, page)
        rows = await self._services.rows(sql, parameters)
        total = int(rows[0]["total"]) if rows else 0
        goes_on = (page + 1) * PAGE_ROWS < total
        following = request.rel_url.update_query(page=str(page + 1)) if goes_on else ""
        return await self._pages.answer(
            request,
            viewer,
            "service_items/service_items.html",
            title="政务服务办件",
            lists={key: listed.name for key, listed in LISTS.items()},
            chosen=name,
            item=item,
            counts=count_rows(counts, medians, tuple(LISTS)),
            rows=[item_row(row) for row in rows],
            total=total,
            following=str(following),
            first=str(request.rel_url.update_query(page="0")) if page else "",
        )
