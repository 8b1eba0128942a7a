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

    found = status_of(Settings())
    click.echo(json.dumps(asdict(found), ensure_ascii=False) if as_json else render_status(found))
    sys.exit(0 if found.healthy else 1)


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print a script by which the shell completes commands.

    Put eval "$(hub completion bash)" into ~/.bashrc, or the same with zsh.
    """
    root = click.get_current_context().find_root().command
    made = get_completion_class(shell)
    if made is not None:
        click.echo(made(root, {}, "hub", "_HUB_COMPLETE").source())
