"""What all collectors share: one round after the other until the hub stops."""

from dataclasses import dataclass

import structlog

from hub.intake.receiver import Receiver
from hub.journal.journal import Journal
from hub.settings.intake import IntakeSettings

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Source:
    """What a collector works with. Cursors live in the journal's file."""

    settings: IntakeSettings
    receiver: Receiver
    journal: Journal
