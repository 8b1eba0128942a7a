"""`hub`: the command line, which reads like a table of contents."""

import asyncio
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from hub.broker import PortTakenError
from hub.settings import Settings


class Ordered(click.Group):
    """Lists commands in the order in which they are written."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names as registered."""
        return list(self.commands)


@click.group(cls=Ordered, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="minqing-hub")
def cli() -> None:
    """民情枢纽: every channel's reports in, one case out, answered in time."""


def _later(module: str, name: str) -> Any:
    return getattr(import_module(module), name)


@cli.command()
def up() -> None:
    """Run the whole hub on this machine until Ctrl-C."""
    asyncio.run(_later("hub.up", "up")(Settings()))


@cli.command()
@click.option("--once", is_flag=True, help="End after the table; exit code 0 if all is accounted.")
@click.option("--messages", default=5000, show_default=True, help="Messages of the day.")
@click.option("--seed", type=int, help="Seed of the day; by default each run has another.")
def demo(*, once: bool, messages: int, seed: int | None) -> None:
    """Run a shipped town's day through all 14 sources."""
    sys.exit(_later("hub.demo", "run_demo")(Settings(), once=once, messages=messages, seed=seed))


@cli.command()
def intake() -> None:
    """Run the intake: HTTP, files, mail, polls, Kafka; journal and publisher."""
    asyncio.run(_later("hub.intake", "run")(Settings()))


@cli.command()
def work() -> None:
    """Run a stream worker; start more for more partitions at once."""
    _later("hub.work", "run")(Settings())


@cli.command()
def sink() -> None:
    """Run the sink alone (with a ClickHouse server)."""
    asyncio.run(_later("hub.sink_process", "run")(Settings()))


@cli.command()
def overview() -> None:
    """Run the overview page alone (with a ClickHouse server)."""
    asyncio.run(_later("hub.overview_process", "run")(Settings()))


@cli.command()
def serve() -> None:
    """Run store, sink, SQL endpoint and overview as one process (embedded engine)."""
    asyncio.run(_later("hub.serve", "run")(Settings()))


@cli.command()
@click.argument("channel")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def send(channel: str, files: tuple[Path, ...]) -> None:
    """Send FILES as messages of CHANNEL, signed."""
    sys.exit(_later("hub.send", "send_files")(Settings(), channel, files))


@cli.group()
def rejected() -> None:
    """Look at and replay rejected messages."""


@rejected.command("ls")
@click.option("--limit", default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def rejected_ls(limit: int, *, as_json: bool) -> None:
    """List the newest."""
    click.echo(_later("hub.rejected", "list_rejected")(Settings(), limit=limit, as_json=as_json))


@rejected.command("show")
@click.argument("rejected_id")
@click.option("--json", "as_json", is_flag=True)
def rejected_show(rejected_id: str, *, as_json: bool) -> None:
    """Show one with its reason, position and raw bytes."""
    click.echo(_later("hub.rejected", "show_rejected")(Settings(), rejected_id, as_json=as_json))


@rejected.command("replay")
@click.argument("rejected_ids", nargs=-1, required=True)
def rejected_replay(rejected_ids: tuple[str, ...]) -> None:
    """Put the raw bytes into the intake once more, after a fix."""
    click.echo(_later("hub.rejected", "replay_rejected")(Settings(), list(rejected_ids)))


@cli.group()
def dedup() -> None:
    """Measure how reports of one matter are brought together."""


@dedup.command("evaluate")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True)
def dedup_evaluate(file: Path, *, as_json: bool) -> None:
    """Run the real step over FILE (NDJSON of unified events with `matter`) and tell its quality."""
    click.echo(_later("hub.evaluate", "evaluate")(Settings(), file, as_json=as_json))


@cli.command()
@click.argument("sql")
@click.option("--format", "form", default="PrettyCompactMonoBlock", show_default=True)
def query(sql: str, form: str) -> None:
    """Ask the store in SQL, read-only."""
    click.echo(_later("hub.query", "run_query")(Settings(), sql, form), nl=False)


@cli.command()
@click.option("--json", "as_json", is_flag=True)
def doctor(*, as_json: bool) -> None:
    """Explain what is wrong: ports, disk, clock, versions, topics, lag."""
    sys.exit(_later("hub.doctor", "run_doctor")(Settings(), as_json=as_json))


@cli.command()
def alive() -> None:
    """Ask the process of this container whether its loop goes round (health checks)."""
    healthy, said = _later("hub.health", "ask")(Settings())
    click.echo(said, err=not healthy)
    sys.exit(0 if healthy else 1)


@cli.command()
@click.option("--seed", default=1, show_default=True)
@click.option("--messages", default=5000, show_default=True)
@click.option("--rate", default=200.0, show_default=True, help="Messages a second.")
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
        write = _later("hub.simulate.label", "write_today")
        click.echo(f"{write(Settings(), labelled, seed=seed, count=messages)} events written")
        return
    run = _later("hub.simulate.run", "simulate")
    sys.exit(run(Settings(), seed=seed, messages=messages, rate=rate, truth=truth))


def main() -> None:
    """Run the command line; known failures are one sentence, not a traceback."""
    try:
        cli(standalone_mode=True)
    except PortTakenError as error:
        click.echo(f"hub: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
