"""What `hub replay` shows: how far it is, and what it found of each table."""

from collections.abc import Sequence
from datetime import datetime

import click

from hub.admin.progress_bar import bar
from hub.recovery.replay import Wanted, Window, replay
from hub.settings import Settings
from schemas.base import BEIJING


def replay_shown(
    settings: Settings,
    begin: datetime,
    end: datetime,
    tables: Sequence[str],
    source: str,
    *,
    compare_only: bool,
) -> int:
    """Replay; return 1 where rows differ and nothing was to be changed, else 0."""
    window = Window(begin.replace(tzinfo=BEIJING), end.replace(tzinfo=BEIJING))
    wanted = Wanted(window, tables, source, compare_only)
    with bar() as progress:
        task = progress.add_task("reading", total=None)
        found = replay(settings, wanted, lambda read: progress.advance(task, read))
    for one in found:
        done = "put in place" if one.swapped else "as they are" if one.differs else "all the same"
        click.echo(
            f"{one.table}: {one.same} the same, {one.changed} changed, {one.missing} missing,"
            f" {one.unmatched} not made anew; {done}"
        )
    return int(compare_only and any(one.differs for one in found))
