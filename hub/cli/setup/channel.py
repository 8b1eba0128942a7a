"""`hub channel` 渠道: switch channels on one by one, and try them."""

import sys
from dataclasses import astuple
from datetime import UTC, datetime
from pathlib import Path

import click

from hub.cli.groups import OrderedGroup
from hub.cli.setup.city import CHANNEL, FILE
from hub.runtime.errors import HubError
from hub.settings import Settings
from schemas.channel import Channel


@click.group(cls=OrderedGroup)
def channel() -> None:
    """Switch channels on one by one, and try them."""


@channel.command("list")
def channel_list() -> None:
    """List each channel: transport, what it waits for, feedback address, mapping."""
    from hub.setup.channels import list_channels

    for state in list_channels(Settings()):
        click.echo("\t".join(part or "-" for part in astuple(state)))


@channel.command("add")
@click.argument("name", type=CHANNEL)
@click.option("--app-id", help="AppID of the WeChat account.")
@click.option("--feedback-url", help="Where the channel receives feedback.")
@click.option("--feedback-sender", help="From header of answers by mail.")
@click.option("--feedback-folder", help="Folder of the return files.")
def channel_add(name: str, app_id: str | None, **feedback: str | None) -> None:
    """Switch a channel on: keep its credentials, and print what the other side must set.

    It prints a secret: give it to the other side by a safe way.
    """
    from hub.setup.channels import TYPED, add_channel

    typed = {} if app_id is None else {"app_id": app_id}
    for needed in TYPED.get(Channel(name), ()):
        if needed not in typed:
            typed[needed] = click.prompt(needed, hide_input=needed != "app_id").strip()
    address = {
        key.removeprefix("feedback_"): value for key, value in feedback.items() if value is not None
    }
    for line in add_channel(Settings(), Channel(name), typed, address):
        click.echo(line)


@channel.command("test")
@click.argument("name", type=CHANNEL)
@click.argument("file", required=False, type=FILE)
@click.option("--send", is_flag=True, help="Send it to the running intake instead.")
def channel_test(name: str, file: Path | None, *, send: bool) -> None:
    """Show what the hub makes of a message of a channel; exit code 1 if a part is rejected.

    Without FILE a sample message is used, in the shipped town and without a mapping. Nothing is
    stored, unless it is sent.
    """
    from hub.settings.town import SHIPPED_TOWN
    from hub.setup.preview import preview_body, preview_file, render

    settings = Settings()
    if send:
        _send(settings, name, file)
        return
    if file:
        rows = preview_file(settings, name, file)
    else:
        # The places of a sample message are those of the shipped town.
        shipped = settings.model_copy(update={"town": SHIPPED_TOWN})
        body, content_type = _drawn(shipped, name)
        rows = preview_body(shipped, name, "sample", body, content_type)
        click.echo("a sample message in the shipped town, without a mapping; a FILE uses yours")
    click.echo(render(rows, 20))
    sys.exit(0 if rows and not any(row.result == "拒收" for row in rows) else 1)


def _send(settings: Settings, name: str, file: Path | None) -> None:
    from hub.admin.messages.send import send_files

    if file is None:
        raise HubError("name a file to send: a sample message would be counted as a real one")
    results = list(send_files(settings, name, [file]))
    for result in results:
        click.echo(str(result))
    sys.exit(0 if all(result.accepted for result in results) else 1)


def _drawn(settings: Settings, name: str) -> tuple[bytes, str]:
    """Return body and content type of a message of a drawn day in the town of the settings."""
    from hub.lab.simulate.run import messages_of

    day = [m for m in messages_of(settings, 1, 400, datetime.now(UTC)) if m.channel == name]
    # A drawn day has faulty messages too.
    sound = [message for message in day if len(message.truth) == message.parts] or day
    if not sound:
        raise HubError(f"no message of {name} was drawn; name a file")
    body, content_type = sound[0].body, sound[0].content_type
    if name == Channel.LEADER_BOARD:
        # What is drawn is one post; the board answers with pages.
        body = b'{"posts": [' + body + b"]}"
    return body, content_type
