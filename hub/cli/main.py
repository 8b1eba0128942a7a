"""`hub`: the command line, which reads like a table of contents."""

import asyncio
import json
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from hub.admin.terms import FIGURES
from hub.cli.bars import Bar, bar_of, missed
from hub.cli.cases import cases
from hub.cli.lazy import Ordered, later
from hub.cli.numbers import END_YEAR, FIRST_YEAR, MESSAGES, RATE, ROWS, SEED, Moment
from hub.cli.patrols import patrols
from hub.cli.people import audit, callers, credentials, keys, staff
from hub.runtime.environment import tune_libraries
from hub.runtime.errors import HubError
from hub.settings import Settings
from hub.settings.spelling import unknown_variables

PEERS = Path("var/bench/bin/python")
"""Where `make bench` installs what the hub is measured beside."""


class CommandLine(Ordered):
    """The command line: an error of the hub is shown as one sentence, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a `HubError` ends it with its sentence and exit code 1."""
        try:
            return super().invoke(ctx)
        except HubError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=CommandLine, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="minqing-hub")
def cli() -> None:
    """民情枢纽: every channel's reports in, one case out, answered in time."""


@cli.command()
def up() -> None:
    """Run the whole hub on this machine until Ctrl-C."""
    asyncio.run(later("hub.processes.up", "up")(Settings()))


@cli.command()
@click.option("--once", is_flag=True, help="End after the table; exit code 0 if all is accounted.")
@click.option(
    "--messages", type=MESSAGES, default=5000, show_default=True, help="Messages of the day."
)
@click.option("--seed", type=SEED, help="Seed of the day; by default each run has another.")
def demo(*, once: bool, messages: int, seed: int | None) -> None:
    """Run a shipped town's day through all 14 sources."""
    sys.exit(later("hub.lab.demo", "run_demo")(Settings(), once=once, messages=messages, seed=seed))


@cli.command()
def intake() -> None:
    """Run the intake: HTTP, files, mail, polls, Kafka; journal and publisher."""
    asyncio.run(later("hub.processes.intake", "run")(Settings()))


@cli.command()
def work() -> None:
    """Run a stream worker; start more for more partitions at once."""
    later("hub.processes.worker", "run")(Settings())


@cli.command()
def sink() -> None:
    """Run the sink alone (with a ClickHouse server)."""
    asyncio.run(later("hub.processes.sink", "run")(Settings()))


@cli.command()
def overview() -> None:
    """Run the pages, log-in and the staff's SQL port; the store is asked at hub serve."""
    asyncio.run(later("hub.processes.overview", "run")(Settings()))


@cli.command()
def serve() -> None:
    """Run the embedded store and the sink, walled off from keys and staff."""
    later("hub.processes.serve", "main")()


@cli.group(invoke_without_command=True)
@click.pass_context
def feedback(ctx: click.Context) -> None:
    """Tell every channel what became of its reports; alone it runs the process that does."""
    if ctx.invoked_subcommand is None:
        asyncio.run(later("hub.processes.feedback", "run")(Settings()))


@feedback.command("ls")
@click.option("--limit", type=ROWS, default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def feedback_ls(limit: int, *, as_json: bool) -> None:
    """List what has not been told: what waits, and what was given up."""
    click.echo(
        later("hub.admin.undelivered", "list_open")(Settings(), limit=limit, as_json=as_json)
    )


@feedback.command("retry")
@click.argument("feedback_ids", nargs=-1, required=True)
def feedback_retry(feedback_ids: tuple[str, ...]) -> None:
    """Tell once more what was given up, after what was wrong has been mended."""
    click.echo(later("hub.admin.undelivered", "retry")(Settings(), feedback_ids))


@cli.command()
@click.argument("channel")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def send(channel: str, files: tuple[Path, ...]) -> None:
    """Send FILES as messages of CHANNEL, signed."""
    sys.exit(later("hub.admin.send", "send_files")(Settings(), channel, files))


MOMENT = Moment(["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d"])


@cli.command("replay")
@click.option("--from", "begin", type=MOMENT, required=True, help="In Beijing.")
@click.option("--to", "end", type=MOMENT, required=True, help="Not with it.")
@click.option("--table", "tables", multiple=True, help="Default: all that the source can rebuild.")
@click.option("--source", type=click.Choice(["journal", "topics"]), default="journal",
              show_default=True)  # fmt: skip
@click.option("--compare-only", is_flag=True, help="Change nothing; exit code 1 where rows differ.")
def replay(
    begin: datetime, end: datetime, tables: tuple[str, ...], source: str, *, compare_only: bool
) -> None:
    """Rebuild tables from what was received, compare, and put them in place. Stop the hub first."""
    sys.exit(later("hub.admin.replay", "replay_shown")(
        Settings(), begin, end, tables, source, compare_only=compare_only
    ))  # fmt: skip


@cli.group()
def rejected() -> None:
    """Look at and replay rejected messages."""


@rejected.command("ls")
@click.option("--limit", type=ROWS, default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def rejected_ls(limit: int, *, as_json: bool) -> None:
    """List the newest."""
    click.echo(
        later("hub.admin.rejected", "list_rejected")(Settings(), limit=limit, as_json=as_json)
    )


@rejected.command("show")
@click.argument("rejected_id")
@click.option("--json", "as_json", is_flag=True)
def rejected_show(rejected_id: str, *, as_json: bool) -> None:
    """Show one with its reason, position and raw bytes."""
    click.echo(
        later("hub.admin.rejected", "show_rejected")(Settings(), rejected_id, as_json=as_json)
    )


@rejected.command("replay")
@click.argument("rejected_ids", nargs=-1, required=True)
def rejected_replay(rejected_ids: tuple[str, ...]) -> None:
    """Put the raw bytes into the intake once more, after a fix."""
    click.echo(later("hub.admin.rejected", "replay_rejected")(Settings(), list(rejected_ids)))


cli.add_command(cases)
cli.add_command(patrols)


@cli.group()
def rules() -> None:
    """Check, try and put into effect the rules of assignment."""


def _folder(command: Any) -> Any:
    return click.argument(
        "folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path)
    )(command)


def _told(sound: bool, told: str) -> None:
    click.echo(told)
    sys.exit(0 if sound else 1)


@rules.command("check")
@_folder
@click.option("--json", "as_json", is_flag=True)
def rules_check(folder: Path | None, *, as_json: bool) -> None:
    """Find unknown units, gaps, overlaps, unreachable rules: each with file and line."""
    _told(*later("hub.admin.rules", "check_rules")(folder or Settings().town, as_json=as_json))


@rules.command("test")
@_folder
@click.option("--json", "as_json", is_flag=True)
def rules_test(folder: Path | None, *, as_json: bool) -> None:
    """Try the examples that stand beside the rules."""
    _told(*later("hub.admin.rules", "try_rules")(folder or Settings().town, as_json=as_json))


@rules.command("reload")
@_folder
def rules_reload(folder: Path | None) -> None:
    """Put rules into effect without a restart, and wait until every worker says so."""
    _told(*later("hub.admin.rules", "reload_rules")(Settings(), folder or Settings().town))


def _measure(command: Any) -> Any:
    """Add the file that is measured on, and the bars: exit code 1 where one is missed."""
    for name, told in (
        ("--at-most", "Likewise, for what should be small."),
        ("--at-least", "Exit code 1 where the figure NAME, as in --json, is lower."),
    ):
        command = click.option(name, multiple=True, callback=bar_of, metavar="NAME=VALUE",
                               help=told)(command)  # fmt: skip
    command = click.option("--json", "as_json", is_flag=True)(command)
    return click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))(
        command
    )


def _measured(
    module: str, file: Path, *, as_json: bool, at_least: tuple[Bar, ...], at_most: tuple[Bar, ...]
) -> None:
    figures = later(module, "evaluate")(Settings(), file)
    click.echo(json.dumps(figures, ensure_ascii=False, indent=2) if as_json
               else later(module, "to_text")(figures))  # fmt: skip
    short = list(missed(figures, at_least, at_most))
    for one in short:
        click.echo(one, err=True)
    sys.exit(1 if short else 0)


cli.add_command(callers)
cli.add_command(staff)
cli.add_command(audit)
cli.add_command(credentials)
cli.add_command(keys)


@cli.group()
def dedup() -> None:
    """Measure how reports of one matter are brought together."""


@dedup.command("evaluate")
@_measure
def dedup_evaluate(file: Path, **told: Any) -> None:
    """Run the real step over FILE (NDJSON of unified events with `matter`) and tell its quality."""
    _measured("hub.lab.evaluation.dedup", file, **told)


@dedup.command("draw")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--split", default="exam", show_default=True, type=click.Choice(["exam", "learn"]))
@click.option("--matters", type=MESSAGES, default=1500, show_default=True)
@click.option("--seed", type=SEED, default=1, show_default=True)
def dedup_draw(file: Path, split: str, matters: int, seed: int) -> None:
    """Write the reports of hard matters, labelled, for `evaluate`; a seed writes the same file."""
    write = later("hub.lab.simulate.label", "write_matters")
    written = write(Settings(), file, split=split, seed=seed, count=matters)
    click.echo(f"{written} events of {matters} matters written")


YEARS = [str(year) for year in range(FIRST_YEAR, END_YEAR)]
MONTHS = [f"{number:02}" for number in range(1, 13)]


def _checked_month(_: click.Context, __: click.Parameter, told: str) -> str:
    """Return a month as `2026-11`; raises `click.BadParameter`."""
    year, _dash, month = told.partition("-")
    known = year in YEARS and month in MONTHS
    if told and not known:
        raise click.BadParameter("a month is written 2026-11, from 1970-01 to 2199-12")
    return told


@cli.command()
@click.option("--by", default="unit", show_default=True,
              type=click.Choice(["unit", "grid", "township", "worker"]))  # fmt: skip
@click.option("--month", default="", callback=_checked_month, help="As 2026-11; all without it.")
@click.option("--figure", default="", type=click.Choice(["", *FIGURES]), help="Only this figure.")
@click.option("--of", default="", metavar="CODE", help="Only this unit, grid or township.")
@click.option("--list", "behind", is_flag=True, help="The cases behind the numbers.")
@click.option("--json", "as_json", is_flag=True)
def assess(**told: Any) -> None:
    """Show how units, grids and grid workers did: in time, sent back, said by citizens."""
    click.echo(later("hub.admin.assess", "assess")(Settings(), **told))


@cli.command()
@click.option("--day", type=Moment(["%Y-%m-%d"]), help="Default: yesterday in Beijing.")
@click.option("--case", default="", metavar="CASE_ID", help="A special digest of one case.")
@click.option("--matter", default="", help="A special digest of a category, or of words.")
@click.option("--out", "folder", type=click.Path(file_okay=False, path_type=Path),
              help="Folder of the files; default: digests in the data folder.")  # fmt: skip
@click.option("--form", "forms", multiple=True, type=click.Choice(["md", "html", "pdf"]),
              help="Only this form; may be given several times.")  # fmt: skip
def digest(**told: Any) -> None:
    """Write the daily digest 一日一研判: what rose, repeats, is overdue; or a special one."""
    for path in later("hub.admin.digest", "digest")(Settings(), **told):
        click.echo(path)


@cli.group(invoke_without_command=True)
@click.option("--quick", is_flag=True, help="A short run: the same keys, coarser figures.")
@click.option("--json", "as_json", is_flag=True, help="Figures as JSON, as the page is made of.")
@click.option("--only", default="", help="Parts whose name has this in it.")
@click.option("--peers", type=click.Path(path_type=Path), default=PEERS, show_default=True,
              help="Python that has quixstreams and bytewax (make bench makes one).")  # fmt: skip
@click.option("--write", type=click.Path(path_type=Path), help="Folder of the page and its plots.")
@click.option("--at-least", multiple=True, callback=bar_of, metavar="NAME=VALUE",
              help="Exit 1 where a figure is lower, as streams.ratios.to_bare=0.01.")  # fmt: skip
@click.pass_context
def bench(ctx: click.Context, /, *, at_least: tuple[Bar, ...], **told: Any) -> None:
    """Measure on this machine what the hub and its parts cost, beside its peers.

    Needs Java 17 and Maven for Apache Kafka; takes half an hour, a few minutes with --quick.
    """
    if ctx.invoked_subcommand is None:
        figures = later("hub.lab.bench.page", "run")(Settings(), **told)
        short = list(missed(figures, at_least, ()))
        for line in short:
            click.echo(line, err=True)
        sys.exit(1 if short else 0)


@bench.command("clock")
@click.option("--open", "sizes", multiple=True, type=MESSAGES, default=(1_000, 100_000, 1_000_000),
              show_default=True, help="How many cases are open.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True)
def bench_clock(sizes: tuple[int, ...], *, as_json: bool) -> None:
    """Measure a tick of the clock, by how many cases are open."""
    rows = later("hub.lab.bench.clock", "measure")(Settings(), sizes)
    for line in later("hub.lab.bench.clock", "to_lines")(rows, as_json=as_json):
        click.echo(line)


@cli.group()
def assign() -> None:
    """Measure how reports find their place, category and unit."""


@assign.command("evaluate")
@_measure
def assign_evaluate(file: Path, **told: Any) -> None:
    """Assign each report of FILE (labelled events) and compare with what is true."""
    _measured("hub.lab.evaluation.assignment", file, **told)


@cli.command()
@click.argument("sql")
@click.option("--format", "form", default="PrettyCompactMonoBlock", show_default=True)
def query(sql: str, form: str) -> None:
    """Ask the store in SQL, read-only."""
    click.echo(later("hub.admin.query", "run_query")(Settings(), sql, form), nl=False)


@cli.command()
@click.option("--json", "as_json", is_flag=True)
def doctor(*, as_json: bool) -> None:
    """Explain what is wrong: ports, disk, clock, versions, topics, lag."""
    sys.exit(later("hub.admin.doctor", "run_doctor")(Settings(), as_json=as_json))


@cli.command()
def alive() -> None:
    """Ask the process of this container whether its loop goes round (health checks)."""
    healthy, said = later("hub.runtime.health", "ask")(Settings())
    click.echo(said, err=not healthy)
    sys.exit(0 if healthy else 1)


@cli.command()
@click.option("--seed", type=SEED, default=1, show_default=True)
@click.option("--messages", type=MESSAGES, default=5000, show_default=True)
@click.option("--rate", type=RATE, default=200.0, show_default=True, help="Messages a second.")
@click.option(
    "--truth", type=click.Path(path_type=Path), help="Write which message is of which matter."
)
@click.option(
    "--labelled",
    type=click.Path(path_type=Path),
    help="Send nothing: write unified events with their matter, for `hub dedup evaluate`.",
)
def simulate(
    seed: int, messages: int, rate: float, truth: Path | None, labelled: Path | None
) -> None:
    """Send realistic messages of all sources to a running hub."""
    if labelled is not None:
        write = later("hub.lab.simulate.label", "write_day")
        click.echo(f"{write(Settings(), labelled, seed=seed, count=messages)} events written")
        return
    run = later("hub.lab.simulate.run", "simulate")
    sys.exit(run(Settings(), seed=seed, messages=messages, rate=rate, truth=truth))


def main() -> None:
    """Run the command line."""
    tune_libraries()
    for variable in unknown_variables(os.environ, Settings.model_fields):
        click.echo(f"hub: warning: {variable}", err=True)
    cli(standalone_mode=True)


if __name__ == "__main__":
    main()
