"""Groups of commands 命令组: listed in the order of definition, imported when they are used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import click


class OrderedGroup(click.Group):
    """A group that lists its commands in the order in which they are defined."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names of the commands."""
        return list(self.commands)


@dataclass(frozen=True, slots=True)
class LazyCommand:
    """A command that is an attribute, with the same name, of a module in `hub.cli`.

    `help` is the first sentence of the command's help.
    """

    name: str
    module: str
    help: str


class LazyGroup(click.Group):
    """A group that imports the module of a command when the command is used.

    The help of the group needs no import, so that it is shown at once. `sections` are the commands
    by the title under which the help lists them.
    """

    def __init__(
        self, *args: Any, sections: Mapping[str, Sequence[LazyCommand]], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.sections = sections
        self._modules = {
            command.name: command.module for commands in sections.values() for command in commands
        }

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names of the commands, section by section."""
        return list(self._modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the module of a command, and return the command; None if there is none."""
        if cmd_name not in self._modules:
            return None
        module = import_module(f"hub.cli.{self._modules[cmd_name]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write each section with its commands."""
        width = max(map(len, self._modules))
        for title, commands in self.sections.items():
            with formatter.section(title):
                formatter.write_dl(
                    [(command.name.ljust(width), command.help) for command in commands]
                )
