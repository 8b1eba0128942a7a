"""What the parts of the command line share."""

from importlib import import_module
from typing import Any

import click


class Ordered(click.Group):
    """Lists commands in the order in which they are written."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names as registered."""
        return list(self.commands)


def later(module: str, name: str) -> Any:
    """Return a name of a module that is imported only where its command is run."""
    return getattr(import_module(module), name)
