"""`hub demo` 演示: starts the whole hub, sends a day through all channels and shows the results."""

import asyncio
import os
import signal
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
from hub.lab.ports import free_port
from hub.lab.simulate.deliver import DeliveryCounts
from hub.lab.simulate.run import messages_of, send_day
from hub.processes.supervisor import required_ports
from hub.runtime.errors import HubError
from hub.runtime.paths import DataPaths
from hub.settings import Settings
from hub.settings.accounts import PublicView
from hub.store.reader import Reader, StoreAwayError
from schemas.channel import CHANNEL_NAMES, SYSTEMS, Channel

FIRST_SEED = 20260101
READY_SECONDS = 120.0
UNCHANGED_SECONDS = 45.0
"""After this time without any change, everything that is missing counts as lost."""
COLUMNS = (
    "received",
    "events",
    "duplicates",
    "rejected",
    "skipped",
    "merged",
    "followed",
    "noted",
    "orphaned",
)
CASE_COLUMNS = ("cases", "assigned", "triage")
CASES = "SELECT * FROM cases_by_channel"
QUERIES = (
    "SELECT tier, unit_name, open_cases FROM open_cases_by_unit ORDER BY open_cases DESC LIMIT 5",
    "SELECT title, reports, channels FROM open_cases ORDER BY reports DESC LIMIT 5",
    "SELECT name, stage, days_late FROM projects WHERE days_late > 0 ORDER BY days_late DESC",
    "SELECT title, step, days_late FROM deliberations WHERE days_late > 0 ORDER BY days_late DESC",
    "SELECT reason, count() AS messages FROM rejected GROUP BY reason ORDER BY messages DESC",
)


def run_demo(
    settings: Settings, *, once: bool, messages: int, seed: int | None, past: bool = True
) -> int:
    """Run the demo; return exit code 0 only if the hub accounts for every message that was sent.

    Without a seed, the first day of a data folder is always the same, and every later day differs.
    With `past` a new data folder gets some weeks of history first.
    """
    check_ports(required_ports(settings))
    settings = with_stand_in_sources(settings)
    # Python ends on SIGTERM without running `finally`, and the hub would stay behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    is_new = not DataPaths(settings.data).clickhouse.exists()
    if past and is_new and not settings.clickhouse:
        _store_past()
    hub = subprocess.Popen([sys.executable, "-m", "hub.cli.main", "up"])
    try:
        wait_ready(settings, hub)
        drawn = seed if seed is not None else FIRST_SEED if is_new else int(time.time())
        code = asyncio.run(_day(settings, messages, drawn))
        if not once:
            click.echo("\nhub: running until Ctrl-C", err=True)
            _wait(hub)
        return code
    finally:
        hub.send_signal(signal.SIGTERM)
        hub.wait()


def _store_past() -> None:
    """Fill the new store with some weeks of history, in a process that is the only one to open it.

    Raises `HubError` if that fails.
    """
    click.echo("hub: writing the weeks before, some seconds", err=True)
    done = subprocess.run([sys.executable, "-m", "hub.lab.simulate.store_past"], check=False)
    if done.returncode:
        raise HubError(f"the history could not be written ({done.returncode}); see above")


def with_stand_in_sources(settings: Settings) -> Settings:
    """Return the settings with addresses of the two polled sources, set in the environment too."""
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.environ.setdefault("HUB_LEADER_BOARD_URL", f"http://127.0.0.1:{free_port()}")
    database = settings.data.absolute() / "complaints_12369.db"
    os.environ.setdefault("HUB_ENVIRONMENT_URL", f"sqlite:///{database}")
    os.environ.setdefault("HUB_POLL_EVERY", "1")
    os.environ.setdefault("HUB_LOG_LEVEL", "error")
    # A first visitor of the page sees figures before he logs in.
    os.environ.setdefault("HUB_PUBLIC", PublicView.FIGURES)
    return Settings()


def wait_ready(settings: Settings, hub: subprocess.Popen[bytes]) -> None:
    """Wait until the intake is ready; raises `HubError` if the hub ends or is late."""
    url = f"http://{settings.host}:{settings.intake_port}/healthz"
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if hub.poll() is not None:
            raise HubError(f"the hub ended with {hub.returncode}; see above")
        try:
            with urlopen(url, timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise HubError(f"the hub was not ready after {READY_SECONDS:.0f} s")


def _wait(hub: subprocess.Popen[bytes]) -> None:
    try:
        hub.wait()
    except KeyboardInterrupt:
        click.echo("hub: stopping", err=True)


async def _day(settings: Settings, count: int, seed: int) -> int:
    reader = Reader(settings)
    before, cases_before = accounting(reader), cases_by_channel(reader)
    now = datetime.now(UTC)
    day = await asyncio.to_thread(messages_of, settings, seed, count, now)
    started = time.monotonic()
    async with AsyncExitStack() as stay:
        sent = await send_day(settings, day, 0, stay)
        sending = time.monotonic() - started
        after = await wait_until_accounted(reader, sent, before)
    through = time.monotonic() - started
    cases = growth(cases_before, cases_by_channel(reader))
    show(settings, growth(before, after), cases, sent)
    parts = sum(sent.parts.values())
    click.echo(
        f"{parts} parts: taken in {sending:.1f} s, in the overview after {through:.1f} s"
        f" ({parts / through:.0f} a second over the whole path)"
    )
    lost = missing(sent, before, after)
    for line in lost:
        click.echo(f"hub: not accounted for: {line}", err=True)
    reader.close()
    return 1 if lost else 0


Counts = dict[str, dict[str, int]]


def accounting(reader: Reader) -> Counts:
    """Return the rows of the view `accounting` by channel."""
    return {row["channel"]: row for row in reader.rows("SELECT * FROM accounting")}


def cases_by_channel(reader: Reader) -> Counts:
    """Return the rows of the view `cases_by_channel`, by the channel of the first report."""
    return {row["channel"]: row for row in reader.rows(CASES)}


def growth(before: Counts, after: Counts) -> Counts:
    """Return the growth of each number, by channel and column."""
    return {
        channel: {
            name: value - before.get(channel, {}).get(name, 0)
            for name, value in row.items()
            if name != "channel"
        }
        for channel, row in after.items()
    }


def missing(sent: DeliveryCounts, before: Counts, after: Counts) -> list[str]:
    """Return a line for each difference between the messages sent and those accounted for."""
    lines = [f"{channel}: {n} not delivered" for channel, n in sent.failed.items()]
    for channel, parts in sent.parts.items():
        earlier, now = before.get(channel, {}), after.get(channel, {})
        accounted = now.get("told", 0) - earlier.get("told", 0)
        if accounted != parts:
            lines.append(f"{channel}: {parts} parts sent, {accounted} accounted for")
        if channel is not Channel.LEADER_BOARD:
            received = now.get("received", 0) - earlier.get("received", 0)
            if received != sent.deliveries[channel]:
                lines.append(
                    f"{channel}: {sent.deliveries[channel]} deliveries, {received} received"
                )
        if now.get("decided", 0) != now.get("events", 0):
            lines.append(f"{channel}: {now['events']} events, {now['decided']} decided")
    return lines


async def wait_until_accounted(reader: Reader, sent: DeliveryCounts, before: Counts) -> Counts:
    """Wait until all messages are accounted for or the counts are stable; return the counts."""
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
            if not missing(sent, before, after) or time.monotonic() - changed > UNCHANGED_SECONDS:
                return after
            await asyncio.sleep(0.5)


def _sum(counts: Mapping[str, Mapping[str, int]], name: str) -> int:
    return sum(row[name] for row in counts.values())


def show(settings: Settings, counts: Counts, cases: Counts, sent: DeliveryCounts) -> None:
    """Print the table by channel, the address of the page, and queries to try."""
    table = Table("渠道", *COLUMNS, *CASE_COLUMNS, "refused", title="民情枢纽: one day")
    for channel in SYSTEMS:
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
        console.print("the demo shows figures without log-in (HUB_PUBLIC=figures); hub up does not")
    console.print("to see cases, log in: hub staff add NAME --role city prints a password")
    console.print("to try:")
    for sql in QUERIES:
        line: Any = f'  hub query "{sql}"'
        console.print(line, highlight=False, soft_wrap=True)
