"""`hub firms` 主体识别: measures how well the firm of a report is found in the register."""

from pathlib import Path
from typing import Any

import click

from hub.cli.groups import OrderedGroup
from hub.cli.measure.lab import show_figures, with_bars

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(cls=OrderedGroup)
def firms() -> None:
    """Measure how well the firm that a report names is found."""


@firms.command("evaluate")
@click.option("--register", type=FILE, help="CSV: code, name, grid_code, address.")
@click.option(
    "--mentions",
    type=FILE,
    help="CSV: kind, written, code, grid_code, address, truth (a code, - or ?).",
)
@with_bars
def firms_evaluate(register: Path | None, mentions: Path | None, **options: Any) -> None:
    """Find the firms of labelled names: those of the package, or your own."""
    from hub.lab.evaluation.firms.measure import MENTIONS, REGIONS, REGISTER, evaluate, to_text

    if (register is None) != (mentions is None):
        raise click.UsageError("--register and --mentions belong together; give both or none")
    regions = REGIONS if register is None else frozenset()
    figures = evaluate(register or REGISTER, mentions or MENTIONS, regions)
    show_figures(figures, to_text, **options)
