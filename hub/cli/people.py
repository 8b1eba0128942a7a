"""`hub callers`, `staff`, `audit` 调用方、工作人员、审计: who may do what, and what was done."""

import sys
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path

import click

from hub.accounts.callers import add_caller, load_callers, remove_caller
from hub.accounts.staff import StaffRole, add_member, load_staff, remove_member
from hub.admin.audit import verify_audit
from hub.admin.community.register_rights import (
    CLASS_CHOICES,
    give_right,
    right_text,
    take_right,
)
from hub.cli.groups import OrderedGroup
from hub.cli.numbers import DAY
from hub.runtime.errors import HubError
from hub.runtime.log import set_up_logging
from hub.settings import Settings
from hub.town.patrols import load_patrols
from hub.town.registers import load_town
from schemas.base import BEIJING
from schemas.cases.assignment import Tier
from schemas.cases.command import Role


@click.group(cls=OrderedGroup)
def callers() -> None:
    """List, add and remove the systems that send commands.

    Each has a role, and the unit that it acts for.
    """


@callers.command("ls")
def callers_ls() -> None:
    """List the callers: name, role, unit."""
    for caller in load_callers(Settings()):
        click.echo(f"{caller.name}\t{caller.role}\t{caller.unit or 'all'}")


@callers.command("add")
@click.argument("name")
@click.option("--role", required=True, type=click.Choice([str(role) for role in Role]))
@click.option("--unit", default="", help="Code of its unit; default: the whole county.")
def callers_add(name: str, role: str, unit: str) -> None:
    """Add a caller, and print its token, which cannot be shown again."""
    settings = Settings()
    _require_office(settings, role, unit)
    click.echo(add_caller(settings, name, role, unit))


@callers.command("remove")
@click.argument("name")
def callers_remove(name: str) -> None:
    """Remove a caller; its token is refused from now on."""
    remove_caller(Settings(), name)


@click.group(cls=OrderedGroup)
def staff() -> None:
    """List, add and remove the people who log in.

    The role and the unit decide what a member sees and does.
    """


@staff.command("ls")
def staff_ls() -> None:
    """List the members of the staff: name, role, unit, right to look into registers."""
    for member in load_staff(Settings()).values():
        right = f"\tregisters {right_text(member.registers)}" if member.registers else ""
        click.echo(f"{member.name}\t{member.role}\t{member.unit or 'all'}{right}")


@staff.command("add")
@click.argument("name")
@click.option("--role", required=True, type=click.Choice([str(role) for role in StaffRole]))
@click.option(
    "--unit", default="", help="Code of the office (township, unit), or of the grid worker."
)
@click.option("--ask", is_flag=True, help="Ask for the password; default: draw and print one.")
def staff_add(name: str, role: str, unit: str, *, ask: bool) -> None:
    """Add a member, or set a new password; a drawn password cannot be shown again."""
    settings = Settings()
    _require_office(settings, role, unit)
    typed = click.prompt("password", hide_input=True, confirmation_prompt=True) if ask else ""
    password = add_member(settings, name, role, unit, typed)
    click.echo("the password is set" if ask else password)


@staff.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--passwords",
    required=True,
    type=click.Path(path_type=Path),
    help="New file for the passwords; delete it when they are given out.",
)
def staff_load(file: Path, passwords: Path) -> None:
    """Add the people of a table with 姓名, 角色 and 单位代码; those already there stay."""
    from hub.setup.people import load_people

    added, known = load_people(Settings(), file, passwords)
    click.echo(f"{len(added)} added, {len(known)} were there already")
    if added:
        click.echo(f"their passwords are in {passwords}: give them out, and delete the file")


@staff.command("remove")
@click.argument("name")
def staff_remove(name: str) -> None:
    """Remove a member; open sessions end with the next request."""
    remove_member(Settings(), name)


@staff.command("registers")
@click.argument("name")
@click.option("--area", default="", help="Code of the area or grid whose people he may open.")
@click.option(
    "--class",
    "classes",
    multiple=True,
    type=click.Choice(CLASS_CHOICES),
    help="A class of people; cared: all cared-for persons. Repeat it for several.",
)
@click.option("--residents", is_flag=True, help="Also anybody of the area, by ID number.")
@click.option("--until", type=DAY, help="Last day; default: a year from today.")
@click.option("--none", "takes", is_flag=True, help="Take the right away.")
def staff_registers(
    name: str,
    area: str,
    classes: tuple[str, ...],
    until: datetime | None,
    *,
    residents: bool,
    takes: bool,
) -> None:
    """Give NAME a right to look into the register of people, or take it away; it is audited."""
    if takes == bool(area):
        raise click.UsageError("name --area with what he may open, or --none")
    settings = Settings()
    # Log lines go to standard error, so the output is the answer alone.
    set_up_logging(settings, "staff")
    today = datetime.now(UTC).astimezone(BEIJING).date()
    last = until.date() if until else None
    click.echo(
        take_right(settings, name)
        if takes
        else give_right(settings, name, area, classes, last, today, residents=residents)
    )


@staff.command("sql")
@click.option("--database", default="hub", show_default=True, help="Database of the server.")
def staff_sql(database: str) -> None:
    """Print roles, grants and row policies of the present staff for a ClickHouse server."""
    from hub.sql.server_grants import server_statements

    for statement in server_statements(Settings(), database):
        click.echo(f"{statement};")


@click.group(cls=OrderedGroup)
def audit() -> None:
    """Check that the audit is complete and unchanged."""


@audit.command("verify")
@click.option("--known", default="", help="A hash from the log that must be in the audit.")
def audit_verify(known: str) -> None:
    """Check the chain of hashes; exit code 1 if it is broken."""
    whole, report = verify_audit(Settings(), known)
    click.echo(report)
    sys.exit(0 if whole else 1)


def _require_office(settings: Settings, role: str, code: str) -> None:
    """Raise `HubError` if a code is no office of the town, or not one of the role's tier."""
    if not code:
        return
    if role == StaffRole.GRID_WORKER:
        if code not in {posting.code for posting in load_patrols(settings.town).workers}:
            raise HubError(f"{code} is no grid worker of {settings.town / 'workers.csv'}")
        return
    units = {unit.code: unit for unit in load_town(settings.town).units}
    unit = units.get(code)
    if unit is None:
        close = get_close_matches(code, units, n=3, cutoff=0.5)
        near = "; near it are " + ", ".join(f"{other} {units[other].name}" for other in close)
        raise HubError(f"{code} is no unit of {settings.town / 'units.csv'}{near if close else ''}")
    if role == StaffRole.TOWNSHIP and unit.tier is not Tier.TOWNSHIP:
        raise HubError(f"{code} {unit.name} is of tier {unit.tier}; role {role} needs a township")
