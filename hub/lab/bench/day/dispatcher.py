"""A dispatcher at work 派单员: sends commands and looks at the list; answers are timed."""

import asyncio
import time
from collections.abc import Callable

from hub.accounts.permissions import Scope
from hub.cases.command_client import CommandClient
from hub.cases.commands import Issuer, new_command
from hub.cases.request import CommandRequest
from hub.lab.bench.day.reader import DayReader
from hub.overview.case_list import list_query
from hub.settings import Settings
from hub.store.reader import Reader
from schemas.cases.case import Move
from schemas.cases.command import Role

ANSWER_SECONDS = 60.0
"""A command without an answer after this time counts as one that took it."""


async def command_times(
    settings: Settings, reader: DayReader, every: float, is_over: Callable[[], bool]
) -> list[float]:
    """Send a command to the newest case `every` so many seconds; return the seconds of answers."""
    times, issuer = list[float](), Issuer("派单员", Role.DISPATCHER)
    client = CommandClient(settings, is_of_hub=False)
    client.open()
    while not is_over():
        await asyncio.sleep(every)
        if (case := reader.newest_case()) is None:
            continue
        body = CommandRequest(move=Move.TRIAGE, reason="再研判")
        started = time.monotonic()
        answer = await client.send(new_command(*case, issuer, body), ANSWER_SECONDS)
        times.append(time.monotonic() - started if answer else ANSWER_SECONDS)
    client.close()
    return times


def list_times(settings: Settings, every: float, is_over: Callable[[], bool]) -> list[float]:
    """Ask for the list of open cases `every` so many seconds; return the seconds of answers."""
    sql, parameters = list_query({}, Scope(), page=0, size=50)
    reader, times = Reader(settings), list[float]()
    while not is_over():
        started = time.monotonic()
        reader.rows(sql, parameters)
        times.append(time.monotonic() - started)
        time.sleep(every)
    reader.close()
    return times
