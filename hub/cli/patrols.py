"""`hub patrols` 巡查走访: plans, who was due and not seen, coverage."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from hub.admin.terms import COVERED_BY, DUTY_OUTCOMES
from hub.cli.lazy import Ordered, later
from hub.cli.numbers import ROWS, Moment
from hub.settings import Settings

LONG_AGO, FAR = datetime(2000, 1, 1), datetime(2100, 1, 1)  # noqa: DTZ001 - days of Beijing


@click.group(cls=Ordered)
def patrols() -> None:
    """Look at patrols and visits: what was due, and what was done."""


def _filters(command: Any) -> Any:
    """Add what both listings can be narrowed by."""
    day = Moment(["%Y-%m-%d"])
    for option in (
        click.option("--json", "as_json", is_flag=True),
        click.option("--until", type=day, default=FAR, help="Periods that begin up to this day.",
                     show_default="no end"),
        click.option("--since", type=day, default=LONG_AGO, show_default="the beginning",
                     help="Periods that begin on this day or later."),
        click.option("--plan", default="", help="Only of this plan, such as daily-patrol."),
    ):  # fmt: skip
        command = option(command)
    return command


def _days(told: dict[str, Any]) -> dict[str, Any]:
    return {**told, **{name: str(told[name].date()) for name in ("since", "until")}}


@patrols.command("check")
@click.argument(
    "folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option("--json", "as_json", is_flag=True)
def check(folder: Path | None, *, as_json: bool) -> None:
    """Find faults of workers, households and plans: each with file and line."""
    run = later("hub.admin.patrols", "check")
    sound, told = run(folder or Settings().town, as_json=as_json)
    click.echo(told)
    sys.exit(0 if sound else 1)


@patrols.command("ls")
@click.option("--outcome", default="", type=click.Choice(["", *DUTY_OUTCOMES]), help="Only these.")
@click.option("--grid", default="", help="Only of this grid.")
@click.option("--worker", default="", help="Only of this grid worker.")
@click.option("--limit", type=ROWS, default=50, show_default=True)
@_filters
def ls(**told: Any) -> None:
    """List what is due, newest first: done, missed 应走未走, open."""
    click.echo(later("hub.admin.patrols", "list_duties")(Settings(), **_days(told)))


@patrols.command("coverage")
@click.option("--by", default="township", show_default=True, type=click.Choice(list(COVERED_BY)))
@_filters
def coverage(**told: Any) -> None:
    """Show how much of what is due in each period is done."""
    click.echo(later("hub.admin.patrols", "coverage")(Settings(), **_days(told)))
