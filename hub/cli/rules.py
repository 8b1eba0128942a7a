"""`hub rules` 交办规则: check, test and reload the rules of assignment."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from hub.admin.rules import check_rules, reload_rules, try_rules
from hub.cli.groups import OrderedGroup
from hub.settings import Settings


@click.group(cls=OrderedGroup)
def rules() -> None:
    """Check, test and reload the rules of assignment."""


def _with_folder(command: Callable[..., None]) -> Any:
    """Add the argument FOLDER; without it the command uses the town of the settings."""
    return click.argument(
        "folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path)
    )(command)


def _exit_with(correct: bool, report: str) -> None:
    click.echo(report)
    sys.exit(0 if correct else 1)


@rules.command("check")
@_with_folder
@click.option("--json", "as_json", is_flag=True)
def rules_check(folder: Path | None, *, as_json: bool) -> None:
    """Find unknown units, gaps, overlaps and unreachable rules, each with file and line."""
    _exit_with(*check_rules(folder or Settings().town, as_json=as_json))


@rules.command("test")
@_with_folder
@click.option("--json", "as_json", is_flag=True)
def rules_test(folder: Path | None, *, as_json: bool) -> None:
    """Run the examples beside the rules."""
    _exit_with(*try_rules(folder or Settings().town, as_json=as_json))


@rules.command("reload")
@_with_folder
def rules_reload(folder: Path | None) -> None:
    """Put rules into effect without a restart, and wait until every worker uses them."""
    settings = Settings()
    _exit_with(*reload_rules(settings, folder or settings.town))
