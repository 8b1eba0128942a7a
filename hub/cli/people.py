"""`hub callers`, `staff`, `audit`, `keys` 调用方、工作人员、审计、密钥: who may do and see what."""

import sys
from pathlib import Path

import click

from hub.cli.lazy import Ordered, later
from hub.settings import Settings
from schemas.cases.command import Role


@click.group(cls=Ordered)
def callers() -> None:
    """Say who may command over HTTP, in which role and for which unit."""


@callers.command("ls")
def callers_ls() -> None:
    """List them."""
    for one in later("hub.accounts.callers", "load_callers")(Settings()):
        click.echo(f"{one.name}\t{one.role}\t{one.unit or 'all'}")


@callers.command("add")
@click.argument("name")
@click.option("--role", required=True, type=click.Choice([str(one) for one in Role]))
@click.option("--unit", default="", help="Code of its unit; without one it serves the county.")
def callers_add(name: str, role: str, unit: str) -> None:
    """Add one, and print its token this once."""
    click.echo(later("hub.accounts.callers", "add_caller")(Settings(), name, role, unit))


@callers.command("remove")
@click.argument("name")
def callers_remove(name: str) -> None:
    """Remove one; its token is refused from now on."""
    later("hub.accounts.callers", "remove_caller")(Settings(), name)


@click.group(cls=Ordered)
def staff() -> None:
    """Say who may log in to the overview, and what each may see and do."""


@staff.command("ls")
def staff_ls() -> None:
    """List them."""
    for one in later("hub.accounts.staff", "load_staff")(Settings()).values():
        click.echo(f"{one.name}\t{one.role}\t{one.unit or 'all'}")


@staff.command("add")
@click.argument("name")
@click.option("--role", required=True, type=click.Choice(["city", "township", "unit", "auditor"]))
@click.option("--unit", default="", help="Code of the office; roles township and unit need it.")
@click.option("--ask", is_flag=True, help="Ask for the password; without it one is drawn.")
def staff_add(name: str, role: str, unit: str, *, ask: bool) -> None:
    """Add somebody, or give a new password; what was drawn is printed this once."""
    typed = click.prompt("password", hide_input=True, confirmation_prompt=True) if ask else ""
    password = later("hub.accounts.staff", "add_member")(Settings(), name, role, unit, typed)
    click.echo("the password is set" if ask else password)


@staff.command("remove")
@click.argument("name")
def staff_remove(name: str) -> None:
    """Remove somebody; his sessions end with the next request."""
    later("hub.accounts.staff", "remove_member")(Settings(), name)


@staff.command("sql")
@click.option("--database", default="hub", show_default=True, help="Database of the server.")
def staff_sql(database: str) -> None:
    """Print roles, grants and row policies for a ClickHouse server, for the staff there are."""
    for statement in later("hub.sql.server_grants", "server_statements")(Settings(), database):
        click.echo(f"{statement};")


@click.group(cls=Ordered)
def audit() -> None:
    """Say whether anything was changed in the audit, or taken out of it."""


@audit.command("verify")
@click.option("--known", default="", help="A hash from the log that must be in it.")
def audit_verify(known: str) -> None:
    """Check the chain of hashes; exit code 1 where it is broken."""
    whole, told = later("hub.accounts.audit", "verify")(Settings(), known)
    click.echo(told)
    sys.exit(0 if whole else 1)


@click.group(cls=Ordered)
def credentials() -> None:
    """Change what channels prove themselves by, without a moment in which they are refused."""


@credentials.command("ls")
def credentials_ls() -> None:
    """List them: channel, name, how many values are accepted."""
    for channel, name, count in later("hub.security.credentials", "listed")(Settings()):
        click.echo(f"{channel}\t{name}\t{count}")


@credentials.command("rotate")
@click.argument("channel")
@click.option("--name", default="secret", show_default=True, help="Which of its credentials.")
def credentials_rotate(channel: str, name: str) -> None:
    """Print a new one; the old one is accepted beside it until it is retired."""
    click.echo(later("hub.security.credentials", "rotate")(Settings(), channel, name))


@credentials.command("retire")
@click.argument("channel")
@click.option("--name", default="secret", show_default=True, help="Which of its credentials.")
def credentials_retire(channel: str, name: str) -> None:
    """Accept the newest only, once the channel's system has it."""
    later("hub.security.credentials", "retire")(Settings(), channel, name)


@click.group(cls=Ordered)
def keys() -> None:
    """Change the key that seals personal data, without losing what older ones sealed."""


@keys.command("ls")
def keys_ls() -> None:
    """List them: purpose, pieces in the store and entries of the journal that each has sealed."""
    for name, uses, pieces, entries in later("hub.admin.keys", "listed")(Settings()):
        click.echo(f"{name}\t{uses}\t{pieces}\t{entries}")


@keys.command("rotate")
def keys_rotate() -> None:
    """Seal with a new key from now on; older ones open what they have sealed."""
    click.echo(later("hub.security.keyring", "rotate")(Settings()))


@keys.command("drop")
@click.argument("name")
def keys_drop(name: str) -> None:
    """Let go of an older key that nothing in store or journal needs any more."""
    later("hub.admin.keys", "drop")(Settings(), name)


@keys.command("open")
@click.argument("sealed", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
def keys_open(sealed: Path, target: Path) -> None:
    """Open a file that the hub has sealed (`journal.db.damaged-*.sealed`) into another file."""
    later("hub.admin.keys", "open_file")(Settings(), sealed, target)
