"""`hub demo`, `simulate`, `dedup`, `real`, `assign`, `bench` 演示与评测: the commands of hub.lab.

Each command imports its part of hub.lab when it runs, since some parts need optional packages.
"""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import click

from hub.cli.groups import OrderedGroup
from hub.cli.measure.bars import Bar, missed_bars, parse_bars
from hub.cli.numbers import MESSAGES, RATE, SEED
from hub.settings import Settings

PEERS = Path("var/bench/bin/python")
"""Where `make bench` installs the libraries that the hub is compared with."""


@click.command()
@click.option(
    "--once",
    is_flag=True,
    help="End after the table; exit code 0 if every message is accounted for.",
)
@click.option(
    "--messages", type=MESSAGES, default=5000, show_default=True, help="Messages of the day."
)
@click.option("--seed", type=SEED, help="Seed of the day; by default each run uses another.")
@click.option(
    "--past/--no-past",
    default=True,
    show_default=True,
    help="Give a new data folder some weeks of handled cases first.",
)
def demo(*, once: bool, messages: int, seed: int | None, past: bool) -> None:
    """Run one day of the shipped town through all 15 sources."""
    from hub.lab.demo import run_demo

    sys.exit(run_demo(Settings(), once=once, messages=messages, seed=seed, past=past))


@click.command()
@click.option("--seed", type=SEED, default=1, show_default=True)
@click.option("--messages", type=MESSAGES, default=5000, show_default=True)
@click.option("--rate", type=RATE, default=200.0, show_default=True, help="Messages per second.")
@click.option(
    "--truth",
    type=click.Path(path_type=Path),
    help="Write to this file which message belongs to which matter.",
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
        from hub.lab.simulate.label import write_day

        count = write_day(Settings(), labelled, seed=seed, count=messages)
        click.echo(f"{count} events written")
        return
    from hub.lab.simulate.run import simulate as send_day

    sys.exit(send_day(Settings(), seed=seed, messages=messages, rate=rate, truth=truth))


def _measuring(command: Callable[..., None]) -> Any:
    """Add the file of labelled events, and the bars that the figures must reach."""
    return click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))(
        with_bars(command)
    )


def with_bars(command: Callable[..., None]) -> Any:
    """Add the bars that the figures must reach."""
    for option in (
        click.option(
            "--at-most",
            multiple=True,
            callback=parse_bars,
            metavar="NAME=VALUE",
            help="Exit code 1 if the figure NAME is higher.",
        ),
        click.option(
            "--at-least",
            multiple=True,
            callback=parse_bars,
            metavar="NAME=VALUE",
            help="Exit code 1 if the figure NAME, as in --json, is lower.",
        ),
        click.option("--json", "as_json", is_flag=True),
    ):
        command = option(command)
    return command


def show_figures(
    figures: Mapping[str, Any],
    render: Callable[[Mapping[str, Any]], str],
    *,
    as_json: bool,
    at_least: tuple[Bar, ...],
    at_most: tuple[Bar, ...],
) -> None:
    """Print the figures; end with exit code 1 if they miss a bar."""
    click.echo(json.dumps(figures, ensure_ascii=False, indent=2) if as_json else render(figures))
    _exit_by_bars(figures, at_least, at_most)


def _exit_by_bars(
    figures: Mapping[str, Any], at_least: tuple[Bar, ...], at_most: tuple[Bar, ...]
) -> None:
    missed = list(missed_bars(figures, at_least, at_most))
    for sentence in missed:
        click.echo(sentence, err=True)
    sys.exit(1 if missed else 0)


@click.group(cls=OrderedGroup)
def dedup() -> None:
    """Measure how well reports of one matter are merged."""


@dedup.command("evaluate")
@_measuring
def dedup_evaluate(file: Path, **options: Any) -> None:
    """Merge the reports of FILE (NDJSON of unified events with `matter`), and show the quality."""
    from hub.lab.evaluation.dedup import evaluate, to_text

    show_figures(evaluate(Settings(), file), to_text, **options)


@dedup.command("draw")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--split", default="exam", show_default=True, type=click.Choice(["exam", "learn"]))
@click.option("--matters", type=MESSAGES, default=1500, show_default=True)
@click.option("--seed", type=SEED, default=1, show_default=True)
def dedup_draw(file: Path, split: Literal["exam", "learn"], matters: int, seed: int) -> None:
    """Write labelled reports of hard matters for `evaluate`; a seed always writes the same file."""
    from hub.lab.simulate.label import write_matters

    count = write_matters(Settings(), file, split=split, seed=seed, count=matters)
    click.echo(f"{count} events of {matters} matters written")


@click.group(cls=OrderedGroup)
def real() -> None:
    """Measure on real texts that people have labelled."""


@real.command("categories")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@with_bars
def real_categories(folder: Path, **options: Any) -> None:
    """Sort the texts of FOLDER by their words, and compare with the labels of officials."""
    from hub.lab.evaluation.real_texts import evaluate_texts, to_text
    from hub.town.models import load_register

    classifier = load_register(Settings()).matcher.classifier
    show_figures(evaluate_texts(folder, classifier), to_text, **options)


@real.command("merging")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--held-out", is_flag=True, help="Count only matters that no model learns from.")
def real_merging(folder: Path, held_out: bool) -> None:
    """Merge the real reports of FOLDER; exit code 1 if a figure misses its bar."""
    from hub.lab.evaluation.real_merging import evaluate
    from hub.town.models import load_matcher

    figures = evaluate(folder, load_matcher(Settings().models), held_out=held_out)
    click.echo(json.dumps(figures, ensure_ascii=False, indent=2))
    sys.exit(1 if figures["missed"] else 0)


@click.group(cls=OrderedGroup)
def assign() -> None:
    """Measure how well places, categories and units are found."""


@assign.command("evaluate")
@_measuring
def assign_evaluate(file: Path, **options: Any) -> None:
    """Assign each report of FILE (labelled events), and compare with the labels."""
    from hub.lab.evaluation.assignment import evaluate, to_text

    show_figures(evaluate(Settings(), file), to_text, **options)


@click.group(cls=OrderedGroup, invoke_without_command=True)
@click.option("--quick", is_flag=True, help="A short run: the same keys, coarser figures.")
@click.option("--json", "as_json", is_flag=True, help="The figures of the page as JSON.")
@click.option("--only", default="", help="Run only the parts whose name contains this text.")
@click.option(
    "--peers",
    type=click.Path(path_type=Path),
    default=PEERS,
    show_default=True,
    help="Python that has quixstreams and bytewax (make bench creates one).",
)
@click.option("--write", type=click.Path(path_type=Path), help="Folder of the page and its plots.")
@click.option(
    "--at-least",
    multiple=True,
    callback=parse_bars,
    metavar="NAME=VALUE",
    help="Exit code 1 if a figure is lower, such as streams.ratios.to_bare=0.01.",
)
@click.pass_context
def bench(ctx: click.Context, /, *, at_least: tuple[Bar, ...], **options: Any) -> None:
    """Measure throughput and latency, and compare with other libraries.

    Needs Java 17 and Maven for Apache Kafka; takes half an hour, a few minutes with --quick.
    """
    if ctx.invoked_subcommand is None:
        from hub.lab.bench.report.page import run

        _exit_by_bars(run(Settings(), **options), at_least, ())


@bench.command("day")
@click.option("--hot", type=MESSAGES, default=20_000, show_default=True, help="Reports of it.")
@click.option(
    "--seconds",
    type=click.FloatRange(1, 86_400),
    default=900.0,
    show_default=True,
    help="Its duration.",
)
@click.option(
    "--quiet",
    type=click.FloatRange(0, 86_400),
    default=120.0,
    show_default=True,
    help="Seconds before it.",
)
@click.option("--json", "as_json", is_flag=True)
def bench_day(hot: int, seconds: float, quiet: float, *, as_json: bool) -> None:
    """Measure what others notice while very many report one matter."""
    from hub.lab.bench.day.hot import Plan, measure, to_lines

    for line in to_lines(measure(Settings(), Plan(hot, seconds, quiet)), as_json=as_json):
        click.echo(line)


@bench.command("staff")
@click.option(
    "--staff",
    type=click.IntRange(1, 1_000),
    default=50,
    show_default=True,
    help="People at work, of all roles.",
)
@click.option("--rate", type=RATE, default=25.0, show_default=True, help="Reports per second.")
@click.option(
    "--seconds",
    type=click.FloatRange(1, 86_400),
    default=120.0,
    show_default=True,
    help="How long they work.",
)
@click.option(
    "--before",
    type=MESSAGES,
    default=1_000,
    show_default=True,
    help="Reports that the hub handles first, so that the queues are not empty.",
)
@click.option("--json", "as_json", is_flag=True)
def bench_staff(staff: int, rate: float, seconds: float, before: int, *, as_json: bool) -> None:
    """Measure the pages of many people at work while reports come in."""
    from hub.lab.bench.day.staff import Plan, measure, to_lines

    for line in to_lines(measure(Settings(), Plan(staff, rate, seconds, before)), as_json=as_json):
        click.echo(line)


@bench.command("clock")
@click.option(
    "--open",
    "sizes",
    multiple=True,
    type=MESSAGES,
    default=(1_000, 100_000, 1_000_000),
    show_default=True,
    help="Number of open cases.",
)
@click.option("--json", "as_json", is_flag=True)
def bench_clock(sizes: tuple[int, ...], *, as_json: bool) -> None:
    """Measure the time of one clock tick, by the number of open cases."""
    from hub.lab.bench.clock import measure, to_lines

    for line in to_lines(measure(Settings(), sizes), as_json=as_json):
        click.echo(line)


@bench.command("registers")
@click.option(
    "--people",
    type=click.IntRange(1_000, 20_000_000),
    default=2_535_400,
    show_default=True,
    help="People of the register; 20000 is a short run.",
)
@click.option("--json", "as_json", is_flag=True)
def bench_registers(people: int, *, as_json: bool) -> None:
    """Measure loads of a register of people: full, of changes, and with one bad row."""
    from hub.lab.bench.registers.measure import measure, to_lines

    for line in to_lines(measure(Settings(), people), as_json=as_json):
        click.echo(line)
