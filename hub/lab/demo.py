"""`hub demo`: the whole hub, a town's day through all fourteen sources, and what came of it."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import click
from rich.console import Console
from rich.table import Table

from hub.admin.progress_bar import progress_bar
from hub.broker.ports import check_ports
from hub.lab.simulate.deliver import Sent
from hub.lab.simulate.run import messages_of, send_day
from hub.processes.supervisor import required_ports
from hub.settings import Settings
from hub.settings.accounts import PublicView
from hub.store.reader import Reader, StoreAwayError
from schemas.channel import CHANNEL_NAMES, Channel

FIRST_SEED = 20260101
READY_WITHIN = 120.0
STILL_FOR = 45.0
"""Seconds without any change after which what is missing is taken for lost."""
COLUMNS = ("received", "events", "duplicates", "rejected", "skipped", "merged", "followed", "noted",
           "orphaned")  # fmt: skip
CASE_COLUMNS = ("cases", "assigned", "triage")
CASES = "SELECT * FROM cases_by_channel"
QUERIES = (
    "SELECT tier, unit_name, open_cases FROM open_cases_by_unit ORDER BY open_cases DESC LIMIT 5",
    "SELECT title, reports, channels FROM open_cases ORDER BY reports DESC LIMIT 5",
    "SELECT reason, count() AS messages FROM rejected GROUP BY reason ORDER BY messages DESC",
)


def run_demo(settings: Settings, *, once: bool, messages: int, seed: int | None) -> int:
    """Run the demo; return 0 only if every message sent is accounted for.

    Without a seed the first day of a data folder is always the same, and each later one another.
    """
    check_ports(required_ports(settings))
    settings = with_sources(settings)
    hub = subprocess.Popen([sys.executable, "-m", "hub.cli.main", "up"])
    try:
        wait_ready(settings, hub)
        code = asyncio.run(_day(settings, messages, seed))
        if not once:
            click.echo("\nhub: running until Ctrl-C", err=True)
            _wait(hub)
        return code
    finally:
        hub.send_signal(signal.SIGTERM)
        hub.wait()


def with_sources(settings: Settings) -> Settings:
    """Return the settings with addresses for the two sources that are asked; children have them."""
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.environ.setdefault("HUB_LEADER_BOARD_URL", f"http://127.0.0.1:{_free_port()}")
    database = settings.data.absolute() / "complaints_12369.db"
    os.environ.setdefault("HUB_ENVIRONMENT_URL", f"sqlite:///{database}")
    os.environ.setdefault("HUB_POLL_EVERY", "1")
    os.environ.setdefault("HUB_LOG_LEVEL", "error")
    # Whoever opens the page for the first time is shown something before he has logged in.
    os.environ.setdefault("HUB_PUBLIC", PublicView.FIGURES)
    return Settings()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_ready(settings: Settings, hub: subprocess.Popen[bytes]) -> None:
    """Wait until the intake answers; raises `click.ClickException`."""
    url = f"http://{settings.host}:{settings.intake_port}/healthz"
    give_up = time.monotonic() + READY_WITHIN
    while time.monotonic() < give_up:
        if hub.poll() is not None:
            raise click.ClickException(f"the hub ended with {hub.returncode}; see above")
        try:
            with urlopen(url, timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise click.ClickException(f"the hub was not ready after {READY_WITHIN:.0f} s")


def _wait(hub: subprocess.Popen[bytes]) -> None:
    try:
        hub.wait()
    except KeyboardInterrupt:
        click.echo("hub: stopping", err=True)


async def _day(settings: Settings, count: int, seed: int | None) -> int:
    reader = Reader(settings)
    before, cases_before = accounting(reader), cases_by_channel(reader)
    now = datetime.now(UTC)
    drawn = seed if seed is not None else int(now.timestamp()) if before else FIRST_SEED
    day = await asyncio.to_thread(messages_of, settings, drawn, count, now)
    begun = time.monotonic()
    async with AsyncExitStack() as stay:
        sent = await send_day(settings, day, 0, stay)
        took = time.monotonic() - begun
        after = await settle(reader, sent, before)
    through = time.monotonic() - begun
    cases = growth(cases_before, cases_by_channel(reader))
    show(settings, growth(before, after), cases, sent)
    parts = sum(sent.parts.values())
    click.echo(f"{parts} parts: taken in {took:.1f} s, in the overview after {through:.1f} s"
               f" ({parts / through:.0f} a second through all of it)")  # fmt: skip
    lost = missing(sent, before, after)
    for line in lost:
        click.echo(f"hub: not accounted for: {line}", err=True)
    reader.close()
    return 1 if lost else 0


Counts = dict[str, dict[str, int]]


def accounting(reader: Reader) -> Counts:
    """Return the accounting view by channel."""
    return {row["channel"]: row for row in reader.rows("SELECT * FROM accounting")}


def cases_by_channel(reader: Reader) -> Counts:
    """Return the view of cases by the channel that told them first."""
    return {row["channel"]: row for row in reader.rows(CASES)}


def growth(before: Counts, after: Counts) -> Counts:
    """Return by how much each number has grown."""
    return {
        channel: {
            name: value - before.get(channel, {}).get(name, 0)
            for name, value in row.items()
            if name != "channel"
        }
        for channel, row in after.items()
    }


def missing(sent: Sent, before: Counts, after: Counts) -> list[str]:
    """Return what was sent and is not accounted for, a line each; empty where all is."""
    lines = [f"{channel}: {n} not delivered" for channel, n in sent.failed.items()]
    for channel, parts in sent.parts.items():
        was, now = before.get(channel, {}), after.get(channel, {})
        told = now.get("told", 0) - was.get("told", 0)
        if told != parts:
            lines.append(f"{channel}: {parts} parts sent, {told} accounted for")
        if channel is not Channel.LEADER_BOARD:
            received = now.get("received", 0) - was.get("received", 0)
            if received != sent.deliveries[channel]:
                lines.append(
                    f"{channel}: {sent.deliveries[channel]} deliveries, {received} received"
                )
        if now.get("decided", 0) != now.get("events", 0):
            lines.append(f"{channel}: {now['events']} events, {now['decided']} decided")
    return lines


async def settle(reader: Reader, sent: Sent, before: Counts) -> Counts:
    """Wait until all that was sent is accounted for, or nothing has changed for long."""
    total = sum(sent.parts.values())
    last, changed = -1, time.monotonic()
    with progress_bar() as progress:
        task = progress.add_task("processing", total=total)
        while True:
            try:
                after = await asyncio.to_thread(accounting, reader)
            except StoreAwayError:
                after = before
            done = _sum(after, "told") - _sum(before, "told")
            progress.update(task, completed=min(done, total))
            state = done + _sum(after, "decided")
            if state != last:
                last, changed = state, time.monotonic()
            if not missing(sent, before, after) or time.monotonic() - changed > STILL_FOR:
                return after
            await asyncio.sleep(0.5)


def _sum(counts: Mapping[str, Mapping[str, int]], name: str) -> int:
    return sum(row[name] for row in counts.values())


def show(settings: Settings, counts: Counts, cases: Counts, sent: Sent) -> None:
    """Print the table by channel, the address of the page, and what to ask."""
    table = Table("渠道", *COLUMNS, *CASE_COLUMNS, "refused", title="民情枢纽: one day")
    for channel in Channel:
        row = {**counts.get(channel, {}), **cases.get(channel, {})}
        cells = [str(row.get(name, 0)) for name in (*COLUMNS, *CASE_COLUMNS)]
        table.add_row(CHANNEL_NAMES[channel], *cells, str(sent.refused[channel]))
    sums = [
        *(_sum(counts, name) for name in COLUMNS),
        *(_sum(cases, name) for name in CASE_COLUMNS),
    ]
    table.add_section()
    table.add_row("合计", *map(str, sums), str(sum(sent.refused.values())))
    console = Console(width=max(160, Console().width))
    console.print(table)
    console.print(f"\noverview: http://{settings.host}:{settings.overview_port}/")
    if settings.public is PublicView.FIGURES:
        console.print("it shows figures without log-in here (HUB_PUBLIC=figures); hub up does not")
    console.print("to see cases, log in: hub staff add NAME --role city prints a password")
    console.print("to try:")
    for sql in QUERIES:
        line: Any = f'  hub query "{sql}"'
        console.print(line, highlight=False, soft_wrap=True)
