"""Numbers and dates on the command line have bounds, and a value out of bounds is refused."""

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from hub.cli.main import cli
from hub.cli.numbers import Moment


def parameters(command: click.Command, path: str = "hub") -> Iterator[tuple[str, click.Parameter]]:
    """Yield every option and argument of a command and of its subcommands, with its path."""
    for parameter in command.params:
        yield f"{path} {parameter.name}", parameter
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            subcommand = command.get_command(context, name)
            assert subcommand is not None
            yield from parameters(subcommand, f"{path} {name}")


ALL = list(parameters(cli))
RANGES = [
    (path, parameter)
    for path, parameter in ALL
    if isinstance(parameter.type, click.IntRange | click.FloatRange)
]


def test_every_number_has_bounds() -> None:
    """Every number has a minimum and a maximum, and every date is a `Moment`."""
    unbounded = (click.types.IntParamType, click.types.FloatParamType)
    for path, parameter in ALL:
        kind = parameter.type
        if isinstance(kind, click.IntRange | click.FloatRange):
            assert kind.min is not None, path
            assert kind.max is not None, path
        else:
            assert not isinstance(kind, unbounded), path
        assert not isinstance(kind, click.DateTime) or isinstance(kind, Moment), path
    assert len(RANGES) >= 10


@pytest.mark.parametrize("number", ["9" * 30, "-1", "x", "", "1.5e400", "-" + "9" * 30])
@pytest.mark.parametrize(("path", "parameter"), RANGES, ids=[path for path, _ in RANGES])
def test_a_number_out_of_bounds_is_refused(
    path: str, parameter: click.Parameter, number: str
) -> None:
    """The command ends with exit code 2, and its message names the option."""
    words = path.split()[1:-1]
    result = CliRunner().invoke(cli, [*words, f"{parameter.opts[0]}={number}"])
    assert result.exit_code == 2
    assert parameter.opts[0] in result.output


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "1969-12-31", "2200-01-01", "x"])
def test_a_day_out_of_range_is_refused(day: str) -> None:
    """Days outside the years 1970 to 2199, which the store cannot hold, end with exit code 2."""
    for words in (
        ["replay", "--from", day, "--to", "2026-11-28"],
        ["digest", "--day", day],
        ["patrols", "ls", "--since", day],
        ["assess", "--month", day[:7]],
    ):
        result = CliRunner().invoke(cli, words)
        assert result.exit_code == 2, words
