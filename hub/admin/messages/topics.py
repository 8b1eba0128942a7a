"""`hub topics refill` 补发: publish the cases of the store again, with a progress bar."""

from hub.admin.progress_bar import progress_bar
from hub.recovery.refill import refill
from hub.settings import Settings


def refill_topics(settings: Settings) -> str:
    """Publish the last entry of every case on `cases.v1`; return a line about it.

    Raises `HubError` if the store or the broker does not answer.
    """
    with progress_bar() as progress:
        task = progress.add_task("publishing", total=None)
        sent = refill(settings, lambda count: progress.advance(task, count))
    return f"{sent} cases published on cases.v1, each with its last entry"
