"""A member of staff at work over HTTP 在岗人员: the requests that the pages of a browser send.

He opens his queue, opens a case beside the list, decides it, searches and looks at the case's own
page, with pauses in which a person reads. Every five seconds his page asks for live counts.
"""

import asyncio
import random
import re
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import uuid4

import aiohttp

from hub.accounts.session import CSRF_HEADER
from hub.accounts.staff import StaffRole
from hub.web.templates import REGION_HEADER

LIVE_SECONDS = 5.0
"""Seconds between two requests for live counts, as in hub/workbench/static/work.js."""
READING_SECONDS = (1.0, 5.0)
"""Shortest and longest pause between two pages."""
TIMEOUT_SECONDS = 60.0
WORDS = ("路灯", "井盖 破损", "垃圾", "噪音 夜里", "停水", "物业 电梯", "拖欠工资", "积水")
ROW = re.compile(r'<tr data-item="([0-9a-f-]{36})" data-seq="(\d+)"')
MOVE = re.compile(r'name="move" value="(\w+)"')
UNIT = re.compile(r'<button name="unit" value="([^"]+)"')
SHOWN = re.compile(r'class="card case" data-region="case"[^>]* data-case="([0-9a-f-]{36})"')
SEQ = re.compile(r'name="case" value="[0-9a-f-]{36}\.(\d+)"')


class PageKind(StrEnum):
    """What is measured by itself; the value is the name in the report."""

    QUEUE = "queue"
    BESIDE = "case_beside_list"
    DECISION = "decision"
    SEARCH = "search"
    CASE = "case_page"
    PAIRS = "pairs"
    PHONE = "phone_data"
    LIVE = "live"


@dataclass(slots=True)
class Answers:
    """The answers of all members, by kind of page.

    `errors` are requests that failed or got a status of 400 or more. `refused` are decisions that
    the hub read and refused, such as the second of two about one case.
    """

    seconds: dict[PageKind, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: dict[PageKind, list[str]] = field(default_factory=lambda: defaultdict(list))
    accepted: int = 0
    refused: int = 0


class Member:
    """One member of staff with a session; `work` until `is_over`."""

    def __init__(
        self, address: str, name: str, role: StaffRole, answers: Answers, seed: int
    ) -> None:
        self.name, self.role = name, role
        self._answers, self._draw, self._csrf = answers, random.Random(seed), ""
        self._session = aiohttp.ClientSession(
            address,
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS),
        )

    async def log_in(self, password: str) -> None:
        """Log in; raises `aiohttp.ClientResponseError` if the hub refuses."""
        fields = {"name": self.name, "password": password}
        async with self._session.post("/api/login", json=fields, raise_for_status=True) as answer:
            self._csrf = (await answer.json())["csrf"]

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def work(self, is_over: Callable[[], bool]) -> None:
        """Handle cases until `is_over`; errors are noted and do not end the work."""
        await asyncio.gather(self._ask_live(is_over), self._handle(is_over))

    async def _ask_live(self, is_over: Callable[[], bool]) -> None:
        if self.role is StaffRole.GRID_WORKER:
            return
        await asyncio.sleep(self._draw.uniform(0, LIVE_SECONDS))
        while not is_over():
            await self._get(PageKind.LIVE, "/work/live")
            await asyncio.sleep(LIVE_SECONDS)

    async def _handle(self, is_over: Callable[[], bool]) -> None:
        await self._read()
        while not is_over():
            if self.role is StaffRole.GRID_WORKER:
                await self._get(PageKind.PHONE, "/patrol/data")
                await self._read()
            else:
                await self._handle_case()

    async def _handle_case(self) -> None:
        """Open the queue, a case of it, decide, search, and open the case's own page."""
        # A redirect leads to the first queue of the role; some look at all open cases.
        address = "/work" if self._draw.random() < 0.7 else "/work/queues/open"
        rows = ROW.findall(await self._get(PageKind.QUEUE, address))
        await self._read()
        if rows:
            case_id, _ = self._draw.choice(rows)
            panel = await self._get(PageKind.BESIDE, f"/work/queues/open?case={case_id}", "case")
            await self._read()
            await self._decide(case_id, panel)
            await self._get(PageKind.CASE, f"/cases/{case_id}")
            await self._read()
        words = self._draw.choice(WORDS)
        await self._get(PageKind.SEARCH, f"/work/search?q={words}")
        await self._read()
        if self.role in (StaffRole.CITY, StaffRole.TOWNSHIP) and self._draw.random() < 0.2:
            await self._get(PageKind.PAIRS, "/work/pairs")
            await self._read()

    async def _decide(self, case_id: str, panel: str) -> None:
        """Send what the panel offers: an assignment, an acceptance, or a note."""
        fields = decision_of(case_id, panel)
        if not fields:
            return
        text = await self._answered(
            PageKind.DECISION,
            self._session.post(
                "/work/commands",
                data={**fields, "batch": str(uuid4())},
                headers={"Accept": "application/json", CSRF_HEADER: self._csrf},
            ),
        )
        if text:
            is_accepted = '"accepted": true' in text
            self._answers.accepted += is_accepted
            self._answers.refused += not is_accepted

    async def _get(self, kind: PageKind, address: str, region: str = "") -> str:
        headers = {"Accept": "application/json" if kind is PageKind.LIVE else "text/html"}
        headers |= {REGION_HEADER: region} if region else {}
        return await self._answered(kind, self._session.get(address, headers=headers))

    async def _answered(self, kind: PageKind, request: Any) -> str:
        """Return the text of an answer, and note its time; empty after an error."""
        started = time.monotonic()
        try:
            async with request as answer:
                text = str(await answer.text())
        except (aiohttp.ClientError, TimeoutError) as error:
            self._answers.errors[kind].append(type(error).__name__)
            return ""
        self._answers.seconds[kind].append(time.monotonic() - started)
        if answer.status >= 400:
            self._answers.errors[kind].append(str(answer.status))
            return ""
        return text

    async def _read(self) -> None:
        await asyncio.sleep(self._draw.uniform(*READING_SECONDS))


def decision_of(case_id: str, panel: str) -> dict[str, str]:
    """Return the fields of a decision about the case of a panel; empty if none is offered."""
    offered, seq = set(MOVE.findall(panel)), SEQ.search(panel)
    if case_id not in SHOWN.findall(panel) or seq is None:
        return {}
    fields = {"case": f"{case_id}.{seq[1]}"}
    unit = UNIT.search(panel)
    if "assign" in offered and unit:
        return fields | {"move": "assign", "unit": unit[1]}
    if "accept" in offered:
        return fields | {"move": "accept"}
    if "note" in offered:
        return fields | {"move": "note", "reason": "已电话联系，正在核实"}
    return {}
