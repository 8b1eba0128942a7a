"""`hub projects` 村居项目: lists of projects, and their stages."""

import sys
from pathlib import Path
from typing import Any

import click

from hub.admin.community.projects import import_list, list_projects
from hub.cli.groups import OrderedGroup
from hub.cli.numbers import ROWS
from hub.settings import Settings


@click.group(cls=OrderedGroup)
def projects() -> None:
    """Register the projects of villages and quarters, and list them."""


@projects.command("import")
@click.argument(
    "path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--check", "only_check", is_flag=True, help="Only show what would be registered.")
def import_(path: Path, *, only_check: bool) -> None:
    """Register the projects of an Excel or CSV list; those registered before stay as they are.

    Exit code 1 if a row has a fault; the other rows are registered all the same.
    """
    imported = import_list(Settings(), path, only_check=only_check)
    click.echo(str(imported))
    sys.exit(1 if imported.faults else 0)


@projects.command("ls")
@click.option("--area", default="", help="Only in this county, township or village.")
@click.option("--unit", default="", help="Only of this unit.")
@click.option("--late", is_flag=True, help="Only those whose stage is overdue.")
@click.option("--limit", type=ROWS, default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def ls(**options: Any) -> None:
    """List the projects with their stages, the most overdue first."""
    click.echo(list_projects(Settings(), **options))
