"""Bars 达标线: options of a command that set the values which measured figures must reach.

The name of a figure is its path in the figures that `--json` prints, such as `rules.precision`.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import click

Bar = tuple[str, float]
"""The name of a figure, and the value that it must reach."""


def parse_bars(_: click.Context, __: click.Parameter, texts: tuple[str, ...]) -> tuple[Bar, ...]:
    """Return the bars of NAME=VALUE options; raises `click.BadParameter`."""
    return tuple(map(_parse_bar, texts))


def _parse_bar(text: str) -> Bar:
    name, _, value = text.partition("=")
    try:
        return name, float(value)
    except ValueError as error:
        raise click.BadParameter(
            f"{text} is not NAME=VALUE, such as rules.precision=0.99"
        ) from error


def missed_bars(
    figures: Mapping[str, Any], at_least: Iterable[Bar], at_most: Iterable[Bar]
) -> Iterator[str]:
    """Yield a sentence for each missed bar; raises `click.BadParameter` for an unknown figure."""
    for name, bar in at_least:
        if (figure := _figure(figures, name)) < bar:
            yield f"{name} is {figure}, but must be at least {bar}"
    for name, bar in at_most:
        if (figure := _figure(figures, name)) > bar:
            yield f"{name} is {figure}, but must be at most {bar}"


def _figure(figures: Mapping[str, Any], name: str) -> float:
    value: Any = figures
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if not isinstance(value, int | float):
        raise click.BadParameter(f"there is no figure {name}; --json lists the figures")
    return float(value)
