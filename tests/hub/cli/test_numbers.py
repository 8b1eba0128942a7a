"""Numbers and dates on the command line are within bounds, each refused with a sentence."""

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from hub.cli.main import cli
from hub.cli.numbers import Moment


def options(command: click.Command, path: str = "hub") -> Iterator[tuple[str, click.Parameter]]:
    """Yield every option and argument of a command and of those below it."""
    for parameter in command.params:
        yield f"{path} {parameter.name}", parameter
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from options(below, f"{path} {name}")


ALL = list(options(cli))
RANGES = [
    (path, parameter) for path, parameter in ALL
    if isinstance(parameter.type, click.IntRange | click.FloatRange)
]  # fmt: skip


def test_every_number_has_bounds() -> None:
    """Also those that will be added."""
    bare = (click.types.IntParamType, click.types.FloatParamType)
    for path, parameter in ALL:
        kind = parameter.type
        if isinstance(kind, click.IntRange | click.FloatRange):
            assert kind.min is not None, path
            assert kind.max is not None, path
        else:
            assert not isinstance(kind, bare), path
        assert not isinstance(kind, click.DateTime) or isinstance(kind, Moment), path
    assert len(RANGES) >= 10


@pytest.mark.parametrize("number", ["9" * 30, "-1", "x", "", "1.5e400", "-" + "9" * 30])
@pytest.mark.parametrize(("path", "parameter"), RANGES, ids=[path for path, _ in RANGES])
def test_a_number_out_of_bounds_is_refused(
    path: str, parameter: click.Parameter, number: str
) -> None:
    """With a sentence that names the option, and exit code 2."""
    words = path.split()[1:-1]
    answer = CliRunner().invoke(cli, [*words, f"{parameter.opts[0]}={number}"])
    assert answer.exit_code == 2
    assert parameter.opts[0] in answer.output


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "1969-12-31", "2200-01-01", "x"])
def test_a_day_far_away_is_refused(day: str) -> None:
    """The store holds the years 1970 to 2199."""
    for words in (
        ["replay", "--from", day, "--to", "2026-11-28"],
        ["digest", "--day", day],
        ["patrols", "ls", "--since", day],
        ["assess", "--month", day[:7]],
    ):
        answer = CliRunner().invoke(cli, words)
        assert answer.exit_code == 2, words
