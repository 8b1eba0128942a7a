"""`hub patrols` 巡查走访: plans, visits due and done, coverage."""

import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from hub.admin.community.patrols import (
    COVERED_BY,
    DUTY_OUTCOMES,
    check_plans,
    list_duties,
    show_coverage,
)
from hub.cli.groups import OrderedGroup
from hub.cli.numbers import DAY, ROWS
from hub.settings import Settings

LONG_AGO, FAR = datetime(2000, 1, 1), datetime(2100, 1, 1)  # noqa: DTZ001 - days of Beijing


@click.group(cls=OrderedGroup)
def patrols() -> None:
    """Show patrols and visits, due and done."""


def _filtered(command: Callable[..., None]) -> Any:
    """Add the filters that both lists have."""
    for option in (
        click.option("--json", "as_json", is_flag=True),
        click.option(
            "--until",
            type=DAY,
            default=FAR,
            show_default="no end",
            help="Periods that begin up to this day.",
        ),
        click.option(
            "--since",
            type=DAY,
            default=LONG_AGO,
            show_default="the beginning",
            help="Periods that begin on this day or later.",
        ),
        click.option("--plan", default="", help="Only of this plan, such as daily-patrol."),
    ):
        command = option(command)
    return command


def _with_day_texts(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options with `since` and `until` as the store takes them, such as 2026-11-28."""
    return {**options, **{name: str(options[name].date()) for name in ("since", "until")}}


@patrols.command("check")
@click.argument(
    "folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option("--json", "as_json", is_flag=True)
def check(folder: Path | None, *, as_json: bool) -> None:
    """Find errors in workers, households and plans, each with file and line."""
    correct, report = check_plans(folder or Settings().town, as_json=as_json)
    click.echo(report)
    sys.exit(0 if correct else 1)


@patrols.command("ls")
@click.option(
    "--outcome", default="", type=click.Choice(["", *DUTY_OUTCOMES]), help="Only with this outcome."
)
@click.option("--grid", default="", help="Only of this grid.")
@click.option("--worker", default="", help="Only of this grid worker.")
@click.option("--limit", type=ROWS, default=50, show_default=True)
@_filtered
def ls(**options: Any) -> None:
    """List the visits, newest first: done, missed 应走未走, open."""
    click.echo(list_duties(Settings(), **_with_day_texts(options)))


@patrols.command("coverage")
@click.option("--by", default="township", show_default=True, type=click.Choice(list(COVERED_BY)))
@_filtered
def coverage(**options: Any) -> None:
    """Show for each period how many of the due visits are done."""
    click.echo(show_coverage(Settings(), **_with_day_texts(options)))
