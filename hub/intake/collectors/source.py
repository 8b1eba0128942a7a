"""Shared by all collectors: settings, the receiver, reports of unreadable items."""

from dataclasses import dataclass, field

import structlog

from hub.intake.receiver import Receiver
from hub.journal.journal import Journal
from hub.runtime.metrics import Metric
from hub.settings.intake import IntakeSettings

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Source:
    """The objects that a collector uses. Cursors are in the journal's file."""

    settings: IntakeSettings
    receiver: Receiver
    journal: Journal
    _reported: set[str] = field(default_factory=set)
    """Items that were reported, by their identity."""

    def set_aside(self, collector: str, item: str, detail: str, *, identity: str = "") -> None:
        """Log and count an item that a collector leaves out, so that it can read the next one.

        `item` says where the item is: a key, a UID, a file name, an offset. `detail` says what is
        wrong and what to do. An item with an `identity` is reported once, also if a failed round
        is repeated; for other items the caller sees to that.
        """
        if identity and identity in self._reported:
            return
        if identity:
            self._reported.add(identity)
        self.receiver.meters.count(Metric.SET_ASIDE, collector)
        log.warning("set_aside", collector=collector, item=item, detail=detail)
