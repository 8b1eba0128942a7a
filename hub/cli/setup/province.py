"""`hub province` 多城一省: the page over several cities, and who may read this city's figures."""

import asyncio
import sys
from pathlib import Path

import click

from hub.cli.groups import OrderedGroup
from hub.cli.numbers import FOLDER
from hub.settings import Settings


@click.group(cls=OrderedGroup)
def province() -> None:
    """Show several cities on one page, and let a province read this city's figures.

    A province runs `hub province run`. A city only draws a token: hub province tokens add NAME.
    """


@province.command()
def run() -> None:
    """Read the cities of the list in rounds, and serve the page over them until Ctrl-C."""
    from hub.processes.province import run as run_page

    asyncio.run(run_page(Settings()))


@province.command()
def check() -> None:
    """Read every city of the list once; exit code 1 if one cannot be read."""
    from hub.processes.province import check as read_once

    outcomes = asyncio.run(read_once(Settings()))
    for code, name, fault in outcomes:
        click.echo(f"{code}\t{name}\t{fault or 'read'}")
    sys.exit(1 if any(fault for _, _, fault in outcomes) else 0)


@province.command()
@click.option(
    "--folder",
    type=FOLDER,
    default=Path("var/province-demo"),
    show_default=True,
    help="Folder of the cities; a second run continues with what is there.",
)
@click.option("--once", is_flag=True, help="End when every city was read; exit code 0 if so.")
def demo(*, folder: Path, once: bool) -> None:
    """Start three small cities and the page over them on this machine."""
    from hub.lab.province.demo import run_demo

    sys.exit(run_demo(folder, once=once))


@province.group(cls=OrderedGroup)
def tokens() -> None:
    """List, add and remove the tokens that open this city's figures, and nothing else."""


@tokens.command("ls")
def tokens_ls() -> None:
    """List the readers of the figures by name."""
    from hub.province.readers import load_readers

    for reader in load_readers(Settings()):
        click.echo(reader.name)


@tokens.command("add")
@click.argument("name")
def tokens_add(name: str) -> None:
    """Add a reader, and print its token, which cannot be shown again."""
    from hub.province.readers import add_reader

    click.echo(add_reader(Settings(), name))


@tokens.command("remove")
@click.argument("name")
def tokens_remove(name: str) -> None:
    """Remove a reader; its token is refused from now on."""
    from hub.province.readers import remove_reader

    remove_reader(Settings(), name)
