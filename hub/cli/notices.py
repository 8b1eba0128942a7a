"""`hub notices` 提醒: what is new or late, to group chats and mailboxes."""

import sys

import click

from hub.admin import notices as admin
from hub.cli.groups import OrderedGroup
from hub.settings import Settings


@click.group(cls=OrderedGroup)
def notices() -> None:
    """Tell group chats and mailboxes what is new or late.

    The rules are in notices.yaml of the data folder.
    """


@notices.command("check")
def check() -> None:
    """Find faults in the rules; exit code 1 if there are any."""
    correct, report = admin.check(Settings())
    click.echo(report, err=not correct)
    sys.exit(0 if correct else 1)


@notices.command("test")
@click.argument("receiver")
def test(receiver: str) -> None:
    """Send a test notice to RECEIVER now."""
    click.echo(admin.test(Settings(), receiver))
