"""`hub simulate` 仿真: sends a drawn day to a running hub, and writes the truth to a file."""

import asyncio
import json
import os
import socket
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import click
from aiohttp import web
from kafka.errors import KafkaError
from sqlalchemy.engine import Engine, make_url

from hub.admin.progress_bar import progress_bar
from hub.broker.producer import no_broker
from hub.lab.simulate.deliver import Courier, DeliveryCounts
from hub.lab.simulate.native.pack import pack
from hub.lab.simulate.native.services import service_messages
from hub.lab.simulate.registers import drawn_firms
from hub.lab.simulate.scenario.day import draw_day
from hub.lab.simulate.scenario.firms import with_firms
from hub.lab.simulate.scenario.message import Message
from hub.lab.simulate.scenario.rounds import with_rounds
from hub.lab.simulate.scenario.services import draw_services
from hub.lab.simulate.sources import Board, open_complaints
from hub.runtime.errors import HubError
from hub.security.credentials import load_or_create_credentials
from hub.settings import Settings
from hub.town.patrols import load_patrols
from hub.town.registers import load_town
from schemas.channel import CHANNEL_NAMES, Channel

ADVICE = {
    Channel.LEADER_BOARD: "set HUB_LEADER_BOARD_URL=http://127.0.0.1:8810 for the hub and for this",
    Channel.ENVIRONMENT_12369: "set HUB_ENVIRONMENT_URL=sqlite:///FILE for the hub and for this",
}
"""Advice for the optional sources, if the hub does not poll them."""
LINGER_SECONDS = 15.0
"""The stand-in sources stay this long after the last message, so that the hub polls them."""


def messages_of(settings: Settings, seed: int, count: int, end: datetime) -> list[Message]:
    """Return the deliveries of a day of `count` submissions, and of service items, up to `end`."""
    town = load_town(settings.town)
    places = [p for p in town.places if p.lon is not None]
    reports = list(with_firms(draw_day(places, seed, count, end), drawn_firms(town), seed))
    day = pack(with_rounds(reports, load_patrols(settings.town), seed))
    return spread(day, service_messages(draw_services(places, seed, count, end)))


def spread(many: Sequence[Message], few: Sequence[Message]) -> list[Message]:
    """Return all messages in their orders, with `few` evenly between `many`."""
    mixed, apart = list(many), len(many) / (len(few) + 1)
    for index, message in reversed(list(enumerate(few, start=1))):
        mixed.insert(round(index * apart), message)
    return mixed


async def send_day(
    settings: Settings, messages: Sequence[Message], rate: float, exit_stack: AsyncExitStack
) -> DeliveryCounts:
    """Deliver messages; the stand-in sources stay until `exit_stack` closes."""
    board, engine = await sources(settings, exit_stack)
    courier = Courier(settings, load_or_create_credentials(settings), board, engine)
    with progress_bar() as progress:
        task = progress.add_task("sending", total=len(messages))
        return await courier.deliver(messages, rate, lambda: progress.advance(task))


async def sources(
    settings: Settings, exit_stack: AsyncExitStack
) -> tuple[Board | None, Engine | None]:
    """Return stand-ins for the leader board and the 12369 database; None if not configured."""
    board = await _board(settings, exit_stack)
    url = settings.environment_url.get_secret_value()
    engine = None
    if url.startswith("sqlite"):
        engine = await asyncio.to_thread(open_complaints, Path(make_url(url).database or ""))
        exit_stack.callback(engine.dispose)
    return board, engine


async def _board(settings: Settings, exit_stack: AsyncExitStack) -> Board | None:
    """Serve the leader board at the configured address, if it is on this machine."""
    address = urlsplit(settings.leader_board_url)
    if address.hostname not in ("127.0.0.1", "localhost") or address.port is None:
        return None
    board = Board()
    runner = web.AppRunner(board.app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    listening = socket.create_server(("127.0.0.1", address.port))
    await web.SockSite(runner, listening).start()
    exit_stack.push_async_callback(_close, runner, listening)
    return board


async def _close(runner: web.AppRunner, listening: socket.socket) -> None:
    """Stop accepting first, so that a connection which was just accepted is closed too.

    The server of asyncio must stay open until then: on closing it forgets a connection for which
    it has not created a transport yet.
    """
    asyncio.get_running_loop().remove_reader(listening)
    for _ in range(5):
        await asyncio.sleep(0)
    await runner.cleanup()


def write_truth(path: Path, sent: DeliveryCounts) -> None:
    """Write one JSON line for each valid submission: channel, native id, matter."""
    lines = [json.dumps(line, ensure_ascii=False) for line in sent.truth]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def simulate(
    settings: Settings, *, seed: int, messages: int, rate: float, truth: Path | None
) -> int:
    """Send a day; return the exit code.

    It is 0 if the hub accepted or refused every message, and 1 if a delivery failed. Raises
    `HubError` if the intake or the broker does not answer.
    """
    try:
        return asyncio.run(_simulate(settings, seed, messages, rate, truth))
    except aiohttp.ClientConnectionError as error:
        url = f"http://{settings.host}:{settings.intake_port}"
        raise HubError(f"no intake at {url} ({error}); start it with hub up") from error
    except KafkaError as error:
        raise HubError(no_broker(settings, error)) from error


async def _simulate(
    settings: Settings, seed: int, count: int, rate: float, truth: Path | None
) -> int:
    day = messages_of(settings, seed, count, datetime.now(UTC))
    async with AsyncExitStack() as exit_stack:
        sent = await send_day(settings, day, rate, exit_stack)
        if truth is not None:
            await asyncio.to_thread(write_truth, truth, sent)
        if settings.leader_board_url:
            click.echo(
                f"hub: waiting {LINGER_SECONDS:.0f} s until the leader board is read", err=True
            )
            await asyncio.sleep(LINGER_SECONDS)
    for channel, count_failed in sent.failed.items():
        name, advice = CHANNEL_NAMES[channel], ADVICE.get(channel, "see the hub's log")
        click.echo(f"hub: {count_failed} of {name} not delivered: {advice}", err=True)
    click.echo(
        f"{sum(sent.deliveries.values())} deliveries with {sum(sent.parts.values())} parts"
        f" taken, {sum(sent.refused.values())} refused{os.linesep}",
        nl=False,
    )
    return 1 if sent.failed else 0
