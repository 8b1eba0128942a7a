"""`hub status`, `completion`: one look at the hub, and completion of commands in the shell."""

import json
import sys
from dataclasses import asdict

import click
from click.shell_completion import get_completion_class

from hub.settings import Settings

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.option("--json", "as_json", is_flag=True)
def status(*, as_json: bool) -> None:
    """Show processes, what waits, cases and channels at one look.

    Exit code 1 if the hub is down.
    """
    from hub.setup.status import render_status, status_of

    shown = status_of(Settings())
    click.echo(json.dumps(asdict(shown), ensure_ascii=False) if as_json else render_status(shown))
    sys.exit(0 if shown.healthy else 1)


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print a script by which the shell completes commands.

    Put eval "$(hub completion bash)" into ~/.bashrc, or the same with zsh.
    """
    root = click.get_current_context().find_root().command
    completion_class = get_completion_class(shell)
    if completion_class is not None:
        click.echo(completion_class(root, {}, "hub", "_HUB_COMPLETE").source())
