"""`hub credentials`, `keys` 凭据与密钥: rotate secrets without interrupting the hub."""

from pathlib import Path

import click

from hub.admin.keys import drop_key, list_keys, open_sealed_file
from hub.cli.groups import OrderedGroup
from hub.security.credentials import listed, retire, rotate
from hub.security.keyring import rotate as rotate_key
from hub.settings import Settings


@click.group(cls=OrderedGroup)
def credentials() -> None:
    """List, rotate and retire the channels' credentials.

    Old and new credentials are both accepted until the old one is retired.
    """


@credentials.command("ls")
def credentials_ls() -> None:
    """List each credential: channel, name, number of accepted values."""
    for channel, name, count in listed(Settings()):
        click.echo(f"{channel}\t{name}\t{count}")


@credentials.command("rotate")
@click.argument("channel")
@click.option("--name", default="secret", show_default=True, help="Name of the credential.")
def credentials_rotate(channel: str, name: str) -> None:
    """Print a new credential; the old one is accepted too until it is retired."""
    click.echo(rotate(Settings(), channel, name))


@credentials.command("retire")
@click.argument("channel")
@click.option("--name", default="secret", show_default=True, help="Name of the credential.")
def credentials_retire(channel: str, name: str) -> None:
    """Accept only the newest credential; run it when the channel's system uses that one."""
    retire(Settings(), channel, name)


@click.group(cls=OrderedGroup)
def keys() -> None:
    """List, rotate and drop the keys that seal personal data.

    Values that an older key has sealed can still be opened.
    """


@keys.command("ls")
def keys_ls() -> None:
    """List each key: uses, number of sealed values in the store, and of journal entries."""
    for name, uses, pieces, entries in list_keys(Settings()):
        click.echo(f"{name}\t{uses}\t{pieces}\t{entries}")


@keys.command("rotate")
def keys_rotate() -> None:
    """Seal with a new key from now on; older keys can still open their values."""
    click.echo(rotate_key(Settings()))


@keys.command("drop")
@click.argument("name")
def keys_drop(name: str) -> None:
    """Delete an older key that neither store nor journal needs any more."""
    drop_key(Settings(), name)


@keys.command("open")
@click.argument("sealed", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
def keys_open(sealed: Path, target: Path) -> None:
    """Open a file that the hub has sealed (`journal.db.damaged-*.sealed`) into another file."""
    open_sealed_file(Settings(), sealed, target)
