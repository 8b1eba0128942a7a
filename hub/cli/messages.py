"""`hub send`, `rejected`, `feedback` 消息: messages in, rejected messages, feedback out."""

import asyncio
import sys
from pathlib import Path

import click

from hub.admin.messages.rejected import list_rejected, replay_rejected, show_rejected
from hub.admin.messages.send import send_files
from hub.admin.messages.undelivered import list_undelivered, retry_feedback
from hub.cli.groups import OrderedGroup
from hub.cli.numbers import ROWS
from hub.settings import Settings


@click.command()
@click.argument("channel")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def send(channel: str, files: tuple[Path, ...]) -> None:
    """Send FILES as signed messages of CHANNEL."""
    refused = 0
    for file in send_files(Settings(), channel, files):
        click.echo(file, err=not file.accepted)
        refused += not file.accepted
    sys.exit(1 if refused else 0)


@click.group(cls=OrderedGroup)
def rejected() -> None:
    """List, show and replay rejected messages."""


@rejected.command("ls")
@click.option("--limit", type=ROWS, default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def rejected_ls(limit: int, *, as_json: bool) -> None:
    """List the newest rejected messages."""
    click.echo(list_rejected(Settings(), limit=limit, as_json=as_json))


@rejected.command("show")
@click.argument("rejected_id")
@click.option("--json", "as_json", is_flag=True)
def rejected_show(rejected_id: str, *, as_json: bool) -> None:
    """Show a rejected message with its reason, position and raw bytes."""
    click.echo(show_rejected(Settings(), rejected_id, as_json=as_json))


@rejected.command("replay")
@click.argument("rejected_ids", nargs=-1, required=True)
def rejected_replay(rejected_ids: tuple[str, ...]) -> None:
    """Send the raw bytes to the intake again, after a fix."""
    click.echo(replay_rejected(Settings(), list(rejected_ids)))


@click.group(cls=OrderedGroup, invoke_without_command=True)
@click.pass_context
def feedback(ctx: click.Context) -> None:
    """Send feedback to the channels, or list undelivered feedback.

    Without a subcommand it runs the feedback process.
    """
    if ctx.invoked_subcommand is None:
        from hub.processes.feedback import run

        asyncio.run(run(Settings()))


@feedback.command("ls")
@click.option("--limit", type=ROWS, default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def feedback_ls(limit: int, *, as_json: bool) -> None:
    """List the feedback that waits or is dead (no further attempts)."""
    click.echo(list_undelivered(Settings(), limit=limit, as_json=as_json))


@feedback.command("retry")
@click.argument("feedback_ids", nargs=-1, required=True)
def feedback_retry(feedback_ids: tuple[str, ...]) -> None:
    """Send dead feedback again, once the cause is removed."""
    click.echo(retry_feedback(Settings(), feedback_ids))
