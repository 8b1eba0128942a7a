"""`POST /work/commands` 下达指令: sends the commands of a form, and shows a result for each case.

A script gets JSON. A plain form is led to its `next` page if every case accepted, and otherwise
gets a page with the results.
"""

import asyncio
import contextlib
import re
from dataclasses import asdict, dataclass

from aiohttp import web
from clickhouse_connect.driver.exceptions import ClickHouseError

from hub.accounts.permissions import may_read_text
from hub.accounts.session import Viewer
from hub.accounts.staff import StaffRole
from hub.cases.request import CommandRequest
from hub.security.confidential import CONFIDENTIAL
from hub.web.problem import Problem, ProblemError
from hub.workbench.access import checked_form, local_path, staff_viewer
from hub.workbench.commands.form import CaseCommand, commands_of
from hub.workbench.page import Pages
from hub.workbench.queues.counts import QueueCounts
from hub.workbench.services import Services
from hub.workbench.wording import problem_text
from schemas.cases.case import OPEN_STATES, STATE_NAMES, Case, Move, State
from schemas.cases.command import CommandOutcome
from schemas.cases.number import parse_case_number
from schemas.route import city_of

AT_ONCE = 10
"""Commands of one form that wait for their outcome at the same time."""
SHOWN_SECONDS, SHOWN_EVERY = 5.0, 0.1
"""A form waits so long for the store to have its entries, and looks so often."""
STORED = """
SELECT least((SELECT max(seq) FROM cases WHERE case_id = {id:UUID}),
             (SELECT max(seq) FROM case_events WHERE case_id = {id:UUID}),
             (SELECT if({is_open:UInt8}, max(seq), 4294967295) FROM open_cases_kept
              WHERE case_id = {id:UUID})) AS seq"""
"""The last entry of a case that every page shows: its tables are not filled at the same moment."""
LONGEST_TITLE = 40
CITY = re.compile(r"[0-9]{6}")
ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
GIVES_AWAY = frozenset({Move.RETURN, Move.ESCALATE, Move.HAND_OVER})
"""After these the case is no longer with the unit."""


@dataclass(frozen=True, slots=True)
class CommandResult:
    """The result for one case: `text` is what a person reads; `state` is empty if it is unknown.

    `seq` counts the entries of the case `entry_of`; empty: of this case.
    """

    case_id: str
    title: str
    accepted: bool
    text: str
    state: str = ""
    seq: int = 0
    entry_of: str = ""


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
        results = await asyncio.gather(
            *(self._result(request, viewer, command) for command in commands)
        )
        await self._await_store(results)
        self._counts.forget()
        if "application/json" in request.headers.get("Accept", ""):
            return web.json_response({"results": [asdict(result) for result in results]})
        following = local_path(fields.get("next", ""), "/work")
        if all(result.accepted for result in results):
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

    async def _merged(
        self, request: web.Request, viewer: Viewer, case: Case, command: CaseCommand
    ) -> tuple[Case, CommandRequest]:
        """Return the case that takes over the reports of `case`, and the command for it.

        The viewer must be allowed to open both; the worker checks his authority over both again.
        Raises `ProblemError`.
        """
        number = parse_case_number(command.into)
        if number is None and not ID.fullmatch(command.into):
            raise ProblemError(Problem.BAD_REQUEST, "请从列出的事项中选一件，或写完整的事项号")
        named = command.into
        city = case.route or city_of(case.division_code)
        if number is not None and CITY.fullmatch(city):
            # Cases are merged within a city; several cities may have the same number.
            named = number._replace(city=number.city or city).with_city
        try:
            survivor = await self._services.cases.opened(request, viewer, named)
        except ProblemError as error:
            if error.problem is not Problem.NOT_FOUND:
                raise
            raise ProblemError(error.problem, f"没有事项{command.into}，请核对事项号") from error
        seen = command.body.expected_seq
        # A repeated form was done already: the worker answers it as before.
        was_done = case.merged_into == survivor.case_id
        if seen is not None and case.is_outdated(seen) and not was_done:
            detail = f"事项已有第{case.seq}条记录，您看到的是第{seen}条：请重新打开"
            raise ProblemError(Problem.REFUSED, detail)
        update = {"data": {"case": str(case.case_id)}, "expected_seq": None}
        return survivor, command.body.model_copy(update=update)

    async def _await_store(self, results: list[CommandResult]) -> None:
        """Wait until the store has the new entries, so that the next page shows them.

        A page that showed the case without them would have its next command refused as outdated.
        """
        with contextlib.suppress(TimeoutError, ClickHouseError):
            async with asyncio.timeout(SHOWN_SECONDS):
                for result in results:
                    case_id = result.entry_of or result.case_id
                    asked = {"id": case_id, "is_open": int(result.state in OPEN_STATES)}
                    while result.seq > (await self._services.rows(STORED, asked))[0]["seq"]:
                        await asyncio.sleep(SHOWN_EVERY)

    async def _result(
        self, request: web.Request, viewer: Viewer, command: CaseCommand
    ) -> CommandResult:
        """Send one command; a refusal is its result, so that the other cases go on."""
        title = ""
        async with self._slots:
            try:
                case = await self._services.cases.opened(request, viewer, command.case_id)
                title = _title(viewer, case)
                body = command.body
                if command.into:
                    case, body = await self._merged(request, viewer, case, command)
                sent = await self._services.cases.command(request, viewer, case, body)
            except ProblemError as error:
                text = problem_text(error.problem, error.detail)
                return CommandResult(command.case_id, title, accepted=False, text=text)
            except ClickHouseError:
                text = problem_text(Problem.STORE_AWAY, "")
                return CommandResult(command.case_id, title, accepted=False, text=text)
        return _accepted(viewer, command, case, title, sent.outcome)


def _accepted(
    viewer: Viewer, command: CaseCommand, case: Case, title: str, outcome: CommandOutcome | None
) -> CommandResult:
    """Return the result of a command that `case` has accepted; after a merge, the surviving one."""
    if outcome is None or outcome.state is None:
        return CommandResult(command.case_id, title, True, "已下达，结果稍后显示")
    seq = outcome.seq or 0
    if command.into:
        text, survivor = f"已并入{case.number or '选中的一件'}", str(case.case_id)
        return CommandResult(command.case_id, title, True, text, State.MERGED, seq, survivor)
    text = f"已办：事项现为{STATE_NAMES[outcome.state]}"
    if command.body.move in GIVES_AWAY and viewer.role is StaffRole.UNIT:
        text += "，已不在本单位"
    return CommandResult(command.case_id, title, True, text, str(outcome.state), seq)


def _title(viewer: Viewer, case: Case) -> str:
    if not may_read_text(viewer, case):
        return CONFIDENTIAL
    return (case.title or case.content or "（无标题）")[:LONGEST_TITLE]
