"""`hub tasks` 下派任务: what departments hand down, and the burden of each month."""

from datetime import UTC, datetime
from typing import Any

import click

from hub.admin.community.tasks import add_task, decide_task, list_tasks, show_burdens
from hub.cli.groups import OrderedGroup
from hub.cli.numbers import ROWS
from hub.settings import Settings
from schemas.base import BEIJING
from schemas.town.lists import TaskKind
from schemas.town.task import RECEIVING, RULING_NAMES, Ruling


@click.group(cls=OrderedGroup)
def tasks() -> None:
    """Register tasks that departments hand down, decide about them, show the burden index."""


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


@tasks.command("add")
@click.option("--department", required=True, help="Code of the unit that hands it down.")
@click.option("--title", required=True, help="What is to be done.")
@click.option("--kind", required=True, type=click.Choice([str(kind) for kind in TaskKind]))
@click.option("--tier", required=True, type=click.Choice([str(tier) for tier in RECEIVING]))
@click.option("--receiver", default="", help="Code of the only unit that gets it.")
@click.option("--paper", default="", help="Number of the paper 文号.")
@click.option("--handed-on", default="", metavar="DAY", help="Such as 2026-11-28; else today.")
@click.option("--due-on", default="", metavar="DAY", help="Last day.")
@click.option("--resources", default="", help="People or money that come with it.")
def add(**fields: Any) -> None:
    """Register a task, and show whether it is admitted by the list of the county."""
    fields["handed_on"] = fields["handed_on"] or f"{datetime.now(UTC).astimezone(BEIJING):%Y-%m-%d}"
    click.echo(add_task(Settings(), fields))


@tasks.command("decide")
@click.argument("task_id", metavar="ID")
@click.argument("ruling", type=click.Choice([str(Ruling.ADMITTED), str(Ruling.REFUSED)]))
@click.argument("reason")
def decide(task_id: str, ruling: str, reason: str) -> None:
    """Decide for the county about a task that waits, with a reason 依据.

    ID is the id of the task, or its first characters, as `hub tasks ls` shows them.
    """
    click.echo(decide_task(Settings(), task_id, ruling, reason))


@tasks.command("burdens")
@click.option("--json", "as_json", is_flag=True)
def burdens(*, as_json: bool) -> None:
    """Show for each month the tasks by department and kind, and the burden index 减负指数."""
    click.echo(show_burdens(Settings(), as_json=as_json))
