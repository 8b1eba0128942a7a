"""Replays a case 重放: through the connector, through the publisher, or through a real collector.

A case names its sender in `how`:

- `decode`: the connector decodes the input
- `event`: the publisher places, masks and seals what the connector decoded
- `keys`: as `event`, for each order of the input; the result has the reporters' keys
- `table`, `board`, `imap`, `drop`: the collector of the channel reads the input from a source
- `post`: the input is posted to the intake
"""

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import UUID

from aiohttp import web

from hub.intake.collectors.database import EnvironmentTable
from hub.intake.collectors.files import DropFolders
from hub.intake.collectors.leader_board import LeaderBoard
from hub.intake.collectors.mail import Imap
from hub.runtime.process import listen
from hub.settings import Settings
from hub.testing import MemoryHub
from schemas.base import BEIJING
from schemas.reports.event import UnifiedEvent
from schemas.reports.raw import RawMessage
from schemas.reports.rejected import Rejected
from schemas.topic import EVENTS, REJECTED
from tests.builders.imap import serve_imap
from tests.builders.intake import Intake, running
from tests.field.case import FieldCase
from tests.field.result import CONNECTORS, Result, decoded
from tests.integration.parts import free_port

NOW = datetime(2026, 3, 3, 12, 0, tzinfo=BEIJING)
RECEIPT = UUID(int=7)
Collect = Callable[[], Awaitable[int]]


def replay(case: FieldCase, folder: Path) -> Result:
    """Return the result of a case; `folder` is an empty folder for its files."""
    return SENDERS[case.how](case, folder)


def _decode(case: FieldCase, _: Path) -> Result:
    raw = RawMessage(
        receipt_id=RECEIPT,
        channel=case.channel,
        transport=case.transport,
        received_at=NOW,
        source=next(iter(case.files)),
        content_type=case.content_type,
        headers=case.headers,
        body=case.body,
    )
    return decoded(case, [raw])


def _event(case: FieldCase, _: Path) -> Result:
    result, hub = Result(), MemoryHub()
    content_type = case.content_type or "application/json"
    hub.receive(
        case.channel,
        case.body,
        content_type=content_type,
        transport=case.transport,
        received_at=NOW,
    )
    events = hub.read(EVENTS, UnifiedEvent)
    result.facts = [event.model_dump(mode="json") for event in events]
    result.keys = [event.reporter.key for event in events]
    for rejected in hub.read(REJECTED, Rejected):
        result.add_fault(rejected.reason, rejected.position, rejected.detail)
    return result


def _keys(case: FieldCase, folder: Path) -> Result:
    orders = json.loads(case.body) if case.channel == "hotline_12345" else None
    if orders is None:
        return Result(keys=_event(case, folder).keys)
    result = Result()
    for order in orders:
        hub = MemoryHub()
        hub.receive(case.channel, json.dumps(order).encode(), received_at=NOW)
        result.keys += [event.reporter.key for event in hub.read(EVENTS, UnifiedEvent)]
    return result


async def _rounds(collect: Collect, count: int, result: Result) -> None:
    for _ in range(count):
        try:
            await collect()
        except Exception as error:  # noqa: BLE001 - a failed round is a result
            result.errors.append(repr(error))


def _collected(case: FieldCase, intake: Intake, result: Result) -> Result:
    """Return `result` with what the connector makes of the messages in the journal."""
    seen = decoded(case, intake.kept)
    seen.errors, seen.kept = result.errors, len(intake.kept)
    return seen


def _run(
    talk: Callable[[FieldCase, Intake], Awaitable[Result]],
    settings: Callable[[Path], Mapping[str, object]],
    case: FieldCase,
    folder: Path,
) -> Result:
    async def whole() -> Result:
        async with running(Settings(data=folder, **settings(folder))) as intake:
            return await talk(case, intake)

    return asyncio.run(whole())


def _execute(folder: Path, script: bytes) -> None:
    with contextlib.closing(sqlite3.connect(folder / "complaints.db")) as database:
        database.executescript(script.decode())


async def _table(case: FieldCase, intake: Intake) -> Result:
    result, folder = Result(), intake.settings.data
    _execute(folder, case.files["first.sql"])
    table = EnvironmentTable(intake.source)
    await _rounds(table.collect, 2, result)
    _execute(folder, case.files["later.sql"])
    await _rounds(table.collect, 3, result)
    table.close()
    return _collected(case, intake, result)


async def _board(case: FieldCase, intake: Intake) -> Result:
    """Serve the inputs as pages of the board: the first without a cursor, then the second."""
    result, pages = Result(), list(case.files.values())

    async def page(request: web.Request) -> web.Response:
        body = pages[1 if request.query.get("after") else 0]
        return web.Response(body=body, headers={"Content-Type": case.content_type})

    app = web.Application()
    app.router.add_get("/posts", page)
    port = free_port()
    runner = await listen(app, "127.0.0.1", port)
    settings = intake.settings.model_copy(update={"leader_board_url": f"http://127.0.0.1:{port}"})
    source = type(intake.source)(settings, intake.receiver, intake.journal)
    await _rounds(LeaderBoard(source).collect, 3, result)
    await runner.cleanup()
    return _collected(case, intake, result)


async def _imap(case: FieldCase, intake: Intake) -> Result:
    """Serve the input from a mailbox that nobody opens without the ID command (RFC 2971)."""
    result = Result()
    async with serve_imap(needs_id=True) as box:
        box.mails[3] = case.body
        settings = intake.settings.model_copy(update={"imap_url": box.url})
        source = type(intake.source)(settings, intake.receiver, intake.journal)
        await _rounds(Imap(source).collect, 2, result)
    return _collected(case, intake, result)


async def _drop(case: FieldCase, intake: Intake) -> Result:
    """Drop one file; `part1` and `part2` are one upload that pauses in its middle."""
    result, drops = Result(), DropFolders(intake.source, CONNECTORS, {})
    drops.make()
    folder = intake.settings.data / "drop" / case.channel
    (name, first), *more = case.files.items()
    path = folder / (f"a{Path(name).suffix}" if more else name)
    path.write_bytes(first)
    await _rounds(drops.collect, 4, result)
    for _, part in more:
        with path.open("ab") as upload:
            upload.write(part)
    await _rounds(drops.collect, 14, result)
    return _collected(case, intake, result)


async def _post(case: FieldCase, intake: Intake) -> Result:
    key = intake.credentials.value("open311", "api_key").encode()
    answer = await intake.client.post(
        "/open311/v2/requests.json",
        data=case.body.replace(b"API_KEY", key),
        headers={"Content-Type": case.content_type},
    )
    text = await answer.text()
    seen = _collected(case, intake, Result())
    seen.status, seen.answer = answer.status, text
    return seen


def _no_settings(_: Path) -> Mapping[str, object]:
    return {}


def _environment_table(folder: Path) -> Mapping[str, object]:
    return {"environment_url": f"sqlite:///{folder / 'complaints.db'}"}


SENDERS: Mapping[str, Callable[[FieldCase, Path], Result]] = {
    "decode": _decode,
    "event": _event,
    "keys": _keys,
    "table": partial(_run, _table, _environment_table),
    "board": partial(_run, _board, _no_settings),
    "imap": partial(_run, _imap, _no_settings),
    "drop": partial(_run, _drop, _no_settings),
    "post": partial(_run, _post, _no_settings),
}
