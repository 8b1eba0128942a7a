"""Saved filters 我的筛选: each member keeps addresses of queue pages under names of his own."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from aiohttp import web

from hub.accounts.session import Viewer
from hub.store.staff_rows.saved_filters import COLUMNS
from hub.web.problem import Problem, ProblemError
from hub.workbench.access import checked_form, local_path, staff_viewer
from hub.workbench.services import Services

MOST_FILTERS = 20
LONGEST_NAME = 20
LONGEST_ADDRESS = 1000
QUEUES = "/work/queues/"
OF_MEMBER = """
SELECT name, address FROM saved_filters
WHERE issuer = {issuer:String} AND member = {member:String} AND address != ''
ORDER BY name"""


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """A name, and the address of the queue page that it opens."""

    name: str
    address: str


class SavedFilters:
    """Reads and writes the saved filters, and has their route."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def add_to(self, app: web.Application) -> None:
        """Add the route, which saves a filter or removes it."""
        app.router.add_post("/work/filters", self._change)

    async def of(self, viewer: Viewer) -> list[SavedFilter]:
        """Return the saved filters of a member by name."""
        member = {"issuer": viewer.issuer, "member": viewer.name}
        rows = await self._services.rows(OF_MEMBER, member)
        return [SavedFilter(row["name"], row["address"]) for row in rows]

    async def _change(self, request: web.Request) -> web.Response:
        viewer = staff_viewer(self._services.sessions, request)
        fields = await checked_form(request, viewer)
        name, address = checked_name(fields.get("name", "")), ""
        if not fields.get("remove"):
            address = checked_address(fields.get("address", ""))
            known = {saved.name for saved in await self.of(viewer)}
            if name not in known and len(known) >= MOST_FILTERS:
                raise ProblemError(
                    Problem.BAD_REQUEST, f"最多保存{MOST_FILTERS}个筛选，请先删除一个"
                )
        row = (viewer.issuer, viewer.name, name, address, datetime.now(UTC))
        await asyncio.to_thread(self._services.store.insert, "saved_filters", COLUMNS, [row])
        raise web.HTTPSeeOther(local_path(fields.get("next", "") or address, "/work"))


def checked_name(text: str) -> str:
    """Return the name of a filter; raises `ProblemError` bad_request."""
    name = " ".join(text.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise ProblemError(Problem.BAD_REQUEST, f"请为筛选起名，最多{LONGEST_NAME}个字")
    return name


def checked_address(text: str) -> str:
    """Return the address of a queue page; raises `ProblemError` bad_request for any other."""
    path = urlsplit(text).path
    if (
        not path.startswith(QUEUES)
        or local_path(text, "") != text
        or len(text) > LONGEST_ADDRESS
        or not path.removeprefix(QUEUES).isalpha()
    ):
        raise ProblemError(Problem.BAD_REQUEST, "只能保存队列页面的筛选")
    return text
