"""Numbers and dates on the command line 命令行参数, each within bounds.

Whatever is outside is refused with a sentence before anything is asked or done.
"""

from datetime import datetime
from typing import Any

import click

ROWS = click.IntRange(1, 1_000_000)
"""How many rows are listed."""
MESSAGES = click.IntRange(1, 10_000_000)
SEED = click.IntRange(0, 2**63 - 1)
SEQ = click.IntRange(1, 2**31 - 1)
"""The number of an entry of a case."""
RATE = click.FloatRange(0, 1_000_000)
"""Messages a second; 0: as fast as they go."""
FIRST_YEAR, END_YEAR = 1970, 2200


class Moment(click.DateTime):
    """A day or time that the store can hold."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Return it; fails as click's own types do."""
        found: datetime = super().convert(value, param, ctx)
        if not FIRST_YEAR <= found.year < END_YEAR:
            self.fail(f"{value!r} is not in the years {FIRST_YEAR} to {END_YEAR - 1}", param, ctx)
        return found
