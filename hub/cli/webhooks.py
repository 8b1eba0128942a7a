"""`hub webhooks` 回调: send entries of cases to programs without Kafka, by HTTP."""

import sys
from datetime import datetime
from uuid import UUID

import click

from hub.admin import webhooks as admin
from hub.cli.groups import OrderedGroup
from hub.cli.numbers import MOMENT, ROWS
from hub.notifications.webhooks.subscriptions import Subscription, rotate_secret
from hub.settings import Settings
from schemas.cases.case import Move


@click.group(cls=OrderedGroup)
def webhooks() -> None:
    """Send entries of cases to other programs by HTTP.

    They are signed and retried as Standard Webhooks says.
    """


@webhooks.command("add")
@click.argument("name")
@click.argument("url")
@click.option("--unit", default="", help="Only cases that concern the unit of this code.")
@click.option("--area", default="", help="Only cases in the area of this code.")
@click.option(
    "--move",
    "moves",
    multiple=True,
    type=click.Choice([str(move) for move in Move]),
    help="Only entries of this move; may be repeated.",
)
def add(name: str, url: str, unit: str, area: str, moves: tuple[str, ...]) -> None:
    """Send entries to URL from now on; print the secret that signs them."""
    subscription = Subscription(name=name, url=url, secrets=(), unit=unit, area=area, moves=moves)
    click.echo(admin.add(Settings(), subscription))


@webhooks.command("ls")
@click.option("--json", "as_json", is_flag=True)
def ls(*, as_json: bool) -> None:
    """List the subscriptions, with what waits and the state of each receiver."""
    click.echo(admin.list_subscriptions(Settings(), as_json=as_json))


@webhooks.command("messages")
@click.argument("name")
@click.option("--limit", type=ROWS, default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def messages(name: str, limit: int, *, as_json: bool) -> None:
    """List the newest messages of a subscription, with what the receiver answered."""
    click.echo(admin.list_messages(Settings(), name, limit=limit, as_json=as_json))


@webhooks.command("test")
@click.argument("name")
def test(name: str) -> None:
    """Send a test message now; exit code 1 if the receiver does not accept it."""
    result = admin.test(Settings(), name)
    click.echo(result.text, err=not result.accepted)
    sys.exit(0 if result.accepted else 1)


@webhooks.command("replay")
@click.argument("name")
@click.option("--since", type=MOMENT, help="All messages since this time (Beijing time).")
@click.option("--message", type=click.UUID, help="Only the message of this id.")
def replay(name: str, since: datetime | None, message: UUID | None) -> None:
    """Send messages of the last seven days once more, with their own ids."""
    if (since is None) == (message is None):
        raise click.UsageError("give either --since or --message")
    settings = Settings()
    if message is not None:
        click.echo(admin.replay_one(settings, name, message))
    elif since is not None:
        click.echo(admin.replay_since(settings, name, since))


@webhooks.command("enable")
@click.argument("name")
def enable(name: str) -> None:
    """Send to a receiver again that was disabled after days of failures."""
    click.echo(admin.enable(Settings(), name))


@webhooks.command("rotate")
@click.argument("name")
@click.option("--keep", is_flag=True, help="The last secret signs too, until the next rotation.")
def rotate(name: str, *, keep: bool) -> None:
    """Draw a new secret, and print it."""
    click.echo(rotate_secret(Settings(), name, keep=keep))


@webhooks.command("rm")
@click.argument("name")
def rm(name: str) -> None:
    """Remove a subscription, with the messages that wait for it."""
    click.echo(admin.remove(Settings(), name))
