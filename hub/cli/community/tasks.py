"""`hub tasks` 下派任务: what departments hand down, and the burden of each month."""

import click

from hub.admin.community.tasks import list_tasks, show_burdens
from hub.cli.groups import OrderedGroup
from hub.cli.numbers import ROWS
from hub.settings import Settings
from schemas.town.task import RULING_NAMES


@click.group(cls=OrderedGroup)
def tasks() -> None:
    """Show tasks that departments hand down, and the burden index by month."""


@tasks.command("ls")
@click.option(
    "--ruling",
    default="",
    type=click.Choice(["", *map(str, RULING_NAMES)]),
    help="Only with this ruling.",
)
@click.option("--department", default="", help="Only of this unit, by its code.")
@click.option("--limit", type=ROWS, default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def ls(ruling: str, department: str, limit: int, *, as_json: bool) -> None:
    """List the tasks, newest first: admitted 准入, refused 退回, to_county 报县审核."""
    click.echo(
        list_tasks(Settings(), as_json=as_json, ruling=ruling, department=department, limit=limit)
    )


@tasks.command("burdens")
@click.option("--json", "as_json", is_flag=True)
def burdens(*, as_json: bool) -> None:
    """Show for each month the tasks by department and kind, and the burden index 减负指数."""
    click.echo(show_burdens(Settings(), as_json=as_json))
