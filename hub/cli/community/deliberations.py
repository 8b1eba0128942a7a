"""`hub deliberations` 议事: the topics of villages and quarters, and their steps."""

from typing import Any

import click

from hub.admin.community.deliberations import list_deliberations
from hub.cli.groups import OrderedGroup
from hub.cli.numbers import ROWS
from hub.settings import Settings


@click.group(cls=OrderedGroup)
def deliberations() -> None:
    """List the topics on the agenda of villages and quarters."""


@deliberations.command("ls")
@click.option("--area", default="", help="Only in this county, township or village.")
@click.option("--unit", default="", help="Only of this unit.")
@click.option("--late", is_flag=True, help="Only those whose step is overdue.")
@click.option("--limit", type=ROWS, default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def ls(**options: Any) -> None:
    """List the topics with their steps and votes, the most overdue first."""
    click.echo(list_deliberations(Settings(), **options))
