"""Types of options 参数类型: numbers, dates and folders, each within bounds.

A value out of bounds is refused with a sentence before the command does anything.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

ROWS = click.IntRange(1, 1_000_000)
"""Number of rows in a list."""
MESSAGES = click.IntRange(1, 10_000_000)
SEED = click.IntRange(0, 2**63 - 1)
SEQ = click.IntRange(1, 2**31 - 1)
"""Number of an entry of a case."""
RATE = click.FloatRange(0, 1_000_000)
"""Messages per second; 0: no limit."""
FIRST_YEAR, END_YEAR = 1970, 2200
"""Years that the store can hold, the last one excluded."""
FOLDER = click.Path(file_okay=False, path_type=Path)


class Moment(click.DateTime):
    """A day or a time that the store can hold."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Return the time; raises `click.BadParameter` if it has another form or range."""
        moment: datetime = super().convert(value, param, ctx)
        if not FIRST_YEAR <= moment.year < END_YEAR:
            self.fail(f"{value!r} is not in the years {FIRST_YEAR} to {END_YEAR - 1}", param, ctx)
        return moment


DAY = Moment(["%Y-%m-%d"])
MOMENT = Moment(["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d"])
YEARS = [str(year) for year in range(FIRST_YEAR, END_YEAR)]
MONTHS = [f"{number:02}" for number in range(1, 13)]


def parse_month(_: click.Context, __: click.Parameter, text: str) -> str:
    """Return a month such as `2026-11`, or an empty text; raises `click.BadParameter`."""
    year, _dash, month = text.partition("-")
    if text and not (year in YEARS and month in MONTHS):
        raise click.BadParameter("a month is written 2026-11, from 1970-01 to 2199-12")
    return text
