"""`hub replay` 重放: rebuild tables with a progress bar, and report what differs."""

from collections.abc import Sequence
from datetime import datetime

from hub.admin.progress_bar import progress_bar
from hub.recovery.replay import Wanted, Window, replay
from hub.recovery.shadow import Compared
from hub.settings.intake import IntakeSettings
from schemas.base import BEIJING


def replay_tables(
    settings: IntakeSettings,
    begin: datetime,
    end: datetime,
    tables: Sequence[str],
    source: str,
    *,
    compare_only: bool,
) -> tuple[bool, str]:
    """Rebuild tables from the records of [begin, end), both in Beijing.

    Returns whether the tables are correct now, and one line for each table. With `compare_only`
    nothing is changed, so they are not correct if a row differs. Raises `HubError`.
    """
    window = Window(begin.replace(tzinfo=BEIJING), end.replace(tzinfo=BEIJING))
    wanted = Wanted(window, tables, source, compare_only)
    with progress_bar() as progress:
        task = progress.add_task("reading", total=None)
        results = replay(settings, wanted, lambda count: progress.advance(task, count))
    correct = not (compare_only and any(result.differs for result in results))
    return correct, "\n".join(map(_line, results))


def _line(result: Compared) -> str:
    if result.swapped:
        state = "put in place"
    else:
        state = "as they are" if result.differs else "all the same"
    return (
        f"{result.table}: {result.same} the same, {result.changed} changed, {result.missing}"
        f" missing, {result.unmatched} not made anew; {state}"
    )
