"""Late bytes 迟到的内容: a sender may still write to a file that was read and moved.

If an upload pauses for longer than `HUB_FILES_STILL`, the hub reads half of the file. The sender's
program still has the file open and writes the rest into it, in `done/` or `rejected/`. The hub then
moves the file back to its drop folder under its first name and reads the whole file once more.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from hub.intake.collectors.outside import Mark, OutsideFolder, readable
from hub.journal.journal import Journal

WATCHED = "late_files"
"""The set of the journal that has the files which are watched."""
WATCH_SECONDS = 3600.0
"""How long a file is watched after it was put away."""
ANY_TIME = -1

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class PutAway:
    """A file that was put away."""

    channel: str
    folder: str
    """`done` or `rejected`."""
    name: str
    """The name that it has there."""
    first_name: str
    size: int
    changed: int
    """Modification time in nanoseconds; `ANY_TIME` on a share whose times are of no use."""

    def to_text(self) -> str:
        """Return it as a member of a set of the journal."""
        parts = (self.channel, self.folder, self.name, self.first_name, self.size, self.changed)
        return json.dumps(parts)

    @classmethod
    def from_text(cls, text: str) -> "PutAway":
        """Read what `to_text` wrote."""
        return cls(*json.loads(text))

    def has_changed(self, mark: Mark) -> bool:
        """Return whether somebody wrote to the file after it was read."""
        times = self.changed not in (ANY_TIME, mark.changed)
        return times or self.size != mark.size


@dataclass(slots=True)
class LateBytes:
    """The files that were put away within the last hour; the journal remembers them."""

    journal: Journal
    now: Callable[[], float] = time.time
    """Epoch seconds, compared with the change times (ctime) of files."""
    _watched: set[PutAway] | None = None
    _reported: set[PutAway] = field(default_factory=set)

    def watch(self, file: PutAway) -> None:
        """Watch a file that was put away."""
        self._known().add(file)
        self.journal.join(WATCHED, [file.to_text()])

    def bring_back(self, channel: str, drop: OutsideFolder) -> None:
        """Move files of a channel that were written to back to its drop folder."""
        for file in [file for file in self._known() if file.channel == channel]:
            try:
                self._check(file, drop)
            except FileNotFoundError:
                self._forget(file)
            except OSError as error:
                if file not in self._reported:
                    self._reported.add(file)
                    log.warning("late_bytes_not_read", file=readable(file.name), error=str(error))

    def _check(self, file: PutAway, drop: OutsideFolder) -> None:
        with OutsideFolder.open(drop.path / file.folder) as folder:
            state = folder.state(file.name)
            if file.has_changed(Mark.of(state)):
                if not drop.has(file.first_name):
                    folder.put_away(file.name, "..", under=file.first_name)
                    self._forget(file)
                    log.warning(
                        "file_read_again",
                        channel=file.channel,
                        file=readable(file.first_name),
                        detail="it was written to after it was read",
                    )
            elif self.now() - state.st_ctime > WATCH_SECONDS:
                self._forget(file)

    def _known(self) -> set[PutAway]:
        if self._watched is None:
            self._watched = set(map(PutAway.from_text, self.journal.members(WATCHED)))
        return self._watched

    def _forget(self, file: PutAway) -> None:
        self._known().discard(file)
        self._reported.discard(file)
        self.journal.leave(WATCHED, [file.to_text()])
