"""`POST /work/commands` 下达指令: sends the commands of a form, and shows a result for each case.

A script gets JSON. A plain form is led to its `next` page if every case accepted, and otherwise
gets a page with the results.
"""

import asyncio
import contextlib
from dataclasses import asdict, dataclass

from aiohttp import web
from clickhouse_connect.driver.exceptions import ClickHouseError

from hub.accounts.confidential import CONFIDENTIAL
from hub.accounts.permissions import may_read_text
from hub.accounts.session import Viewer
from hub.accounts.staff import StaffRole
from hub.cases.staff_cases import find_case
from hub.web.problem import Problem, ProblemError
from hub.workbench.access import checked_form, local_path, staff_viewer
from hub.workbench.commands.form import CaseCommand, commands_of
from hub.workbench.page import Pages
from hub.workbench.queues.counts import QueueCounts
from hub.workbench.services import Services
from hub.workbench.wording import problem_text
from schemas.cases.case import STATE_NAMES, Case, Move

AT_ONCE = 10
"""Commands of one form that wait for their outcome at the same time."""
SHOWN_SECONDS, SHOWN_EVERY = 2.0, 0.1
"""A form waits so long for the store to have its entries, and looks so often."""
LONGEST_TITLE = 40
GIVES_AWAY = frozenset({Move.RETURN, Move.ESCALATE, Move.HAND_OVER})
"""After these the case is no longer with the unit."""


@dataclass(frozen=True, slots=True)
class CommandResult:
    """The result for one case: `text` is what a person reads; `state` is empty if it is unknown."""

    case_id: str
    title: str
    accepted: bool
    text: str
    state: str = ""
    seq: int = 0


class CommandsHttp:
    """The route of the commands."""

    def __init__(self, services: Services, pages: Pages, counts: QueueCounts) -> None:
        self._services, self._pages, self._counts = services, pages, counts
        self._slots = asyncio.Semaphore(AT_ONCE)

    def add_to(self, app: web.Application) -> None:
        """Add the route."""
        app.router.add_post("/work/commands", self._send)

    async def _send(self, request: web.Request) -> web.Response:
        viewer = staff_viewer(self._services.sessions, request)
        fields = await checked_form(request, viewer)
        commands = commands_of(fields)
        results = await asyncio.gather(*(self._result(request, viewer, one) for one in commands))
        self._counts.forget()
        if "application/json" in request.headers.get("Accept", ""):
            return web.json_response({"results": [asdict(result) for result in results]})
        following = local_path(fields.get("next", ""), "/work")
        if all(result.accepted for result in results):
            await self._await_store(results)
            raise web.HTTPSeeOther(following)
        return await self._pages.answer(
            request,
            viewer,
            "commands/results.html",
            title="办理结果",
            status=409,
            results=results,
            following=following,
        )

    async def _await_store(self, results: list[CommandResult]) -> None:
        """Wait until the store has the new entries, so that the next page shows them.

        A page that showed the case without them would have its next command refused as outdated.
        """
        with contextlib.suppress(TimeoutError, ClickHouseError):
            async with asyncio.timeout(SHOWN_SECONDS):
                for result in results:
                    while result.seq > await asyncio.to_thread(self._stored_seq, result.case_id):
                        await asyncio.sleep(SHOWN_EVERY)

    def _stored_seq(self, case_id: str) -> int:
        case = find_case(self._services.store, case_id)
        return case.seq if case else 0

    async def _result(
        self, request: web.Request, viewer: Viewer, command: CaseCommand
    ) -> CommandResult:
        """Send one command; a refusal is its result, so that the other cases go on."""
        title = ""
        async with self._slots:
            try:
                case = await self._services.cases.opened(request, viewer, command.case_id)
                title = _title(viewer, case)
                sent = await self._services.cases.command(request, viewer, case, command.body)
            except ProblemError as error:
                text = problem_text(error.problem, error.detail)
                return CommandResult(command.case_id, title, accepted=False, text=text)
            except ClickHouseError:
                text = problem_text(Problem.STORE_AWAY, "")
                return CommandResult(command.case_id, title, accepted=False, text=text)
        outcome = sent.outcome
        if outcome is None or outcome.state is None:
            text = "已下达，结果稍后显示"
            return CommandResult(command.case_id, title, accepted=True, text=text)
        text = f"已办：事项现为{STATE_NAMES[outcome.state]}"
        if command.body.move in GIVES_AWAY and viewer.role is StaffRole.UNIT:
            text += "，已不在本单位"
        return CommandResult(
            command.case_id, title, True, text, str(outcome.state), outcome.seq or 0
        )


def _title(viewer: Viewer, case: Case) -> str:
    if not may_read_text(viewer, case):
        return CONFIDENTIAL
    return (case.title or case.content or "（无标题）")[:LONGEST_TITLE]
