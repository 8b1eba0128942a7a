"""`make chaos`: inject faults into a hub under load, then check that it lost nothing.

The last line is `lost=0 duplicated=0 reordered=0 stuck=0 kills=N`; only then the exit code is 0.
"""

import asyncio
import contextlib
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import click
from clickhouse_connect.driver.exceptions import ClickHouseError

from hub.lab.bench.city import write_city
from hub.lab.simulate.deliver import Courier
from hub.lab.simulate.run import sources
from hub.security.credentials import load_or_create_credentials
from hub.store.reader import Reader, StoreAwayError
from tests.chaos import machine
from tests.chaos.check import Stored, Verdict, judge, undecided
from tests.chaos.follow import KEEPING_PACE, WORKED_PER_MILLE, Subscriber
from tests.chaos.load import Load, days
from tests.chaos.plan import Fault, FaultKind, draw
from tests.chaos.plant import Plant, planted
from tests.chaos.watch import Watch, lags, leaks

UP_WITHIN = 300.0
"""Longest start in seconds: a loaded machine migrates the store for minutes."""
MEND_EVERY = 0.5
WARM_UP = 30.0
"""Seconds before the first fault: there must be data to lose."""
CALM = 600.0
"""Seconds after the last fault within which all records must be in the store."""
STILL = 120.0
"""Seconds without any change after which missing records count as lost."""
LOOK_EVERY = 5.0


class Run:
    """One run: load, faults, recovery, verdict."""

    def __init__(self, plant: Plant, seed: int, minutes: float, rate: float, pace: float) -> None:
        self.pace, self.watch = pace, Watch(plant, report_progress)
        self.plant, self.seed, self.seconds = plant, seed, minutes * 60
        self.rate, self.kills, self.begun = rate, 0, time.monotonic()
        # In a soak the number of open cases is the same after hours as after minutes.
        worked = WORKED_PER_MILLE if pace else KEEPING_PACE
        self.subscriber = Subscriber(plant, seed, worked)
        self.lags: list[str] = []
        self.under_way: set[asyncio.Task[None]] = set()

    async def execute(self) -> Verdict:
        """Send load, inject faults, wait until all is processed, check."""
        plant = self.plant
        credentials = load_or_create_credentials(plant.settings)
        async with AsyncExitStack() as ends:
            for link in plant.links.values():
                await link.start()
                ends.push_async_callback(link.close)
            board, complaints = await sources(plant.settings, ends)
            mending = asyncio.create_task(self._mend())
            ends.callback(mending.cancel)
            courier = Courier(plant.settings, credentials, board, complaints)
            stretches = ends.enter_context(contextlib.closing(days(plant.settings, self.seed)))
            load = Load(courier, stretches, self.rate, self.seed, has_topics=plant.logs_kept)
            await asyncio.to_thread(self._await_up)
            with self.subscriber.running() as observed:
                loading = asyncio.create_task(load.run())
                await asyncio.sleep(WARM_UP)
                await self._strike()
                load.ended.set()
                await loading
                self.subscriber.works = False
                ledger = load.ledger
                report_progress(
                    f"calm: {ledger.sent} messages in {ledger.tries} tries,"
                    f" {len(ledger.receipts)} receipts, {len(observed.commands)} commands"
                )
                verdict = await self._calm(load)
                if self.subscriber.fault:
                    verdict.stuck.insert(0, f"the subscriber: {self.subscriber.fault}")
        return verdict

    def _await_up(self) -> None:
        give_up = time.monotonic() + UP_WITHIN
        while not any(self.plant.processes("work") or self.plant.processes("work-1")):
            if time.monotonic() > give_up:
                raise click.ClickException(f"the hub does not start; see {self.plant.log}")
            time.sleep(0.2)

    async def _mend(self) -> None:
        while True:
            await asyncio.to_thread(self.plant.restart_dead)
            await asyncio.sleep(MEND_EVERY)

    async def _strike(self) -> None:
        if not self.pace:
            # A soak injects no fault, so that any growth is visible.
            watching = asyncio.create_task(self.watch.run())
            await asyncio.sleep(self.seconds)
            watching.cancel()
            return
        begun = time.monotonic()
        for fault in draw(self.seed, self.seconds, self.plant.targets(), self.pace):
            await asyncio.sleep(max(0.0, begun + fault.at - time.monotonic()))
            task = asyncio.create_task(self._blow(fault))
            self.under_way.add(task)
            task.add_done_callback(self.under_way.discard)
        await asyncio.gather(*self.under_way)

    async def _blow(self, fault: Fault) -> None:
        report_progress(f"{fault}  [{self.kills} kills]")
        plant, target = self.plant, fault.target
        if fault.kind is FaultKind.KILL:
            self.kills += plant.kill(target)
        elif fault.kind is FaultKind.KILL_ALL:
            self.kills += plant.kill_all()
        elif fault.kind is FaultKind.CUT:
            plant.links[target].cut()
        else:
            async with self._lasting_fault(fault):
                await asyncio.sleep(fault.lasts)

    @contextlib.asynccontextmanager
    async def _lasting_fault(self, fault: Fault) -> AsyncIterator[None]:
        """Apply a fault that lasts, then undo it."""
        do = self._lasting(fault)
        try:
            await asyncio.to_thread(do, True)
            yield
        finally:
            await asyncio.to_thread(do, False)

    def _lasting(self, fault: Fault) -> Callable[[bool], None]:
        """Return the function that applies a lasting fault or undoes it."""
        plant, target = self.plant, fault.target
        # The fault is undone for the same process, even if another has replaced it meanwhile.
        targeted, link = plant.processes(target), plant.links.get(target)

        def clock(begun: bool) -> None:
            plant.clocks.jump(target, fault.amount if begun else 0)

        def slow(begun: bool) -> None:
            assert link is not None
            link.delay = fault.amount if begun else 0.0

        def silent(begun: bool) -> None:
            assert link is not None
            link.silence(silent=begun)

        return {
            FaultKind.STOP: lambda begun: machine.stop(targeted, stopped=begun),
            FaultKind.NO_WRITES: lambda begun: machine.forbid_writes(targeted, forbidden=begun),
            FaultKind.DISK_FULL: lambda begun: machine.fill(plant.data.parent, full=begun),
            FaultKind.CLOCK: clock,
            FaultKind.SLOW: slow,
            FaultKind.SILENT: silent,
        }[fault.kind]

    async def _calm(self, load: Load) -> Verdict:
        """Poll until nothing is missing or the time limit is reached.

        While events are pending, they are only counted. The full comparison would use a whole core
        for as long as the hub needs to answer it.
        """
        changed, last, observed = time.monotonic(), "", self.subscriber.observed
        give_up, over = changed + CALM, False
        verdict, reader = Verdict(stuck=["the store does not answer"]), Reader(self.plant.settings)
        try:
            while not (verdict.clean or over):
                await asyncio.sleep(LOOK_EVERY)
                over = time.monotonic() > min(give_up, changed + STILL)
                with contextlib.suppress(StoreAwayError, ClickHouseError):
                    left = await asyncio.to_thread(undecided, reader)
                    line = f"{left} events and {len(observed.waiting)} commands"
                    if over or not (left or observed.waiting):
                        stored = await asyncio.to_thread(Stored.of, reader)
                        verdict = await asyncio.to_thread(judge, load.ledger, observed, stored)
                        line = verdict.line(self.kills)
                    if line != last:
                        changed, last = time.monotonic(), line
                        report_progress(f"waiting: {line}")
            self.lags = list(lags(reader, observed.waits))
        finally:
            reader.close()
        return verdict


def report_progress(line: str) -> None:
    """Print progress on standard error."""
    click.echo(f"chaos: {datetime.now(UTC):%H:%M:%S} {line}", err=True)


@click.command()
@click.option("--seed", default=1, show_default=True)
@click.option("--minutes", default=10.0, show_default=True)
@click.option("--rate", default=20.0, show_default=True, help="Messages a second.")
@click.option(
    "--pace", default=1.0, show_default=True, help="1: a fault every four seconds; 0: none."
)
@click.option(
    "--on",
    type=click.Choice(["machine", "services"]),
    default="machine",
    help="All under hub up, or services at three Kafka brokers.",
)
@click.option("--counties", default=1, show_default=True, help="As large as so many of them.")
@click.option("--keep", type=click.Path(path_type=Path), help="Folder that is kept.")
def main(
    seed: int, minutes: float, rate: float, pace: float, on: str, counties: int, keep: Path | None
) -> None:
    """Inject faults into a hub and check the result."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with contextlib.ExitStack() as ends:
        folder = keep or Path(ends.enter_context(tempfile.TemporaryDirectory()))
        disk = folder / "disk"
        # A soak fills no disk, and needs a larger one.
        has_disk = bool(pace) and ends.enter_context(machine.small_disk(disk))
        plant = ends.enter_context(planted(on, folder, has_disk=has_disk))
        if counties > 1:
            write_city(plant.settings.town, folder / "city", counties)
            plant.values["town"] = folder / "city"
        for there, lacks in (
            (has_disk or not pace, "not root: the disk is not filled"),
            (plant.clocks.there, "no C compiler: clocks do not jump"),
        ):
            if not there:
                report_progress(lacks)
        run = Run(plant, seed, minutes, rate, pace)
        verdict = asyncio.run(run.execute())
        if keep and not verdict.clean:
            # The small disk is deleted with the run.
            shutil.copytree(plant.data, keep / "data")
    grown = list(leaks(run.watch.seen))
    for line in (*run.watch.summary(), *grown, *run.lags, *verdict.details()):
        report_progress(line)
    click.echo(f"{verdict.line(run.kills)}")
    sys.exit(0 if verdict.clean and not grown else 1)


if __name__ == "__main__":
    main()
