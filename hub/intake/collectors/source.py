"""What all collectors share: one round after the other until the hub stops."""

from dataclasses import dataclass

import structlog

from hub.intake.receiver import Receiver
from hub.journal.journal import Journal
from hub.settings import Settings

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Source:
    """What a collector works with. Cursors live in the journal's file."""

    settings: Settings
    receiver: Receiver
    journal: Journal
