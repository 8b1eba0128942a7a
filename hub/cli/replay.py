"""`hub replay` 重放, `reroute` 换路由, `topics` 补发: rebuild tables, move and republish cases."""

import sys
from datetime import datetime

import click

from hub.admin.messages.replay import replay_tables
from hub.admin.messages.reroute import reroute_cases
from hub.admin.messages.topics import refill_topics
from hub.cli.numbers import MOMENT
from hub.settings import Settings


@click.command()
@click.option("--from", "begin", type=MOMENT, required=True, help="Begin, in Beijing time.")
@click.option("--to", "end", type=MOMENT, required=True, help="End (excluded), in Beijing time.")
@click.option(
    "--table", "tables", multiple=True, help="Default: all tables that the source can rebuild."
)
@click.option(
    "--source", type=click.Choice(["journal", "topics"]), default="journal", show_default=True
)
@click.option("--compare-only", is_flag=True, help="Change nothing; exit code 1 if rows differ.")
def replay(
    begin: datetime, end: datetime, tables: tuple[str, ...], source: str, *, compare_only: bool
) -> None:
    """Rebuild tables from the received data, with the hub stopped.

    The rebuilt rows are compared with the stored ones, and replace them if they differ.
    """
    correct, report = replay_tables(
        Settings(), begin, end, tables, source, compare_only=compare_only
    )
    click.echo(report)
    sys.exit(0 if correct else 1)


@click.command()
@click.option(
    "--before",
    type=click.IntRange(1, 1024),
    help="Former number of partitions, if HUB_PARTITIONS has changed.",
)
def reroute(before: int | None) -> None:
    """Move the cases of a cluster to the partitions of their cities, once.

    It is for another number of partitions, and for an upgrade from a version whose routes were
    townships. Intake and workers must be stopped, and the sink must have stored everything.
    """
    click.echo(reroute_cases(Settings(), before))


@click.group()
def topics() -> None:
    """Publish again what the topics have lost."""


@topics.command()
def refill() -> None:
    """Publish the last entry of every case of the store on cases.v1.

    For subscribers after a restart of the embedded broker, which keeps its log in memory, or after
    the retention of Kafka. The hub must run. An entry that a subscriber has read already has the
    same id and number.
    """
    click.echo(refill_topics(Settings()))
