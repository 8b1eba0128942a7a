"""Bars 达标线: what a measure must reach, as options of a command line.

A name is a path into the figures that `--json` prints, such as `rules.precision`.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import click

Bar = tuple[str, float]


def bar_of(_: click.Context, __: click.Parameter, told: tuple[str, ...]) -> tuple[Bar, ...]:
    """Return the bars of a command line's NAME=VALUE; raises `click.BadParameter`."""
    return tuple(map(_parsed, told))


def _parsed(told: str) -> Bar:
    name, _, value = told.partition("=")
    try:
        return name, float(value)
    except ValueError as error:
        raise click.BadParameter(f"{told} is not NAME=VALUE, as rules.precision=0.99") from error


def missed(
    figures: Mapping[str, Any], at_least: Iterable[Bar], at_most: Iterable[Bar]
) -> Iterator[str]:
    """Yield a sentence for each bar that is missed; raises `click.BadParameter` for no figure."""
    for name, wanted in at_least:
        if (found := _figure(figures, name)) < wanted:
            yield f"{name} is {found}, wanted is at least {wanted}"
    for name, wanted in at_most:
        if (found := _figure(figures, name)) > wanted:
            yield f"{name} is {found}, wanted is at most {wanted}"


def _figure(figures: Mapping[str, Any], name: str) -> float:
    found: Any = figures
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    if not isinstance(found, int | float):
        raise click.BadParameter(f"there is no figure {name}; --json shows those that there are")
    return float(found)
