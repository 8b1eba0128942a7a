"""Dropped files 文件投递: `drop/<channel>/` is watched; complete files are read and moved.

A file is complete once it has not changed for `HUB_FILES_STILL` seconds; a file whose name shows
that it is unfinished is left until it is renamed (`hub.intake.collectors.stillness`). It moves to
`done/` after the journal has it, or to `rejected/` if nothing in it could be read. Only plain files
are read: see `hub.intake.collectors.outside`.
"""

import asyncio
import math
import mimetypes
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import structlog

from connectors.contract import Connector, DecodeContext
from hub.intake.collectors.late import ANY_TIME, LateBytes, PutAway
from hub.intake.collectors.outside import (
    LEFT,
    Mark,
    OutsideFolder,
    not_plain,
    readable,
)
from hub.intake.collectors.source import Source
from hub.intake.collectors.stillness import Look, Stillness, is_unfinished
from hub.intake.collectors.stuck import Stuck
from hub.journal.journal import JournalFullError
from hub.runtime.paths import DataPaths
from schemas.channel import Channel
from schemas.reports.raw import RawMessage, Transport
from schemas.reports.rejected import Fault, Reason

CHANNELS = (
    Channel.PETITION_LETTERS,
    Channel.TRANSPORT_12328,
    Channel.LABOUR_12333,
    Channel.SERVICE_ITEMS,
)
DONE, REJECTED = "done", "rejected"
FILES_EVERY = 0.5
"""Seconds between two rounds."""
NAME = "files"

log = structlog.get_logger()


@dataclass(slots=True)
class DropFolders:
    """The folders of all channels that drop files."""

    source: Source
    connectors: dict[str, Connector]
    contexts: dict[str, DecodeContext]
    _still: Stillness = field(init=False)
    _late: LateBytes = field(init=False)
    _stuck: Stuck = field(default_factory=lambda: Stuck(2))
    _taken: dict[Path, Mark] = field(default_factory=dict)
    """Files that were taken and could not be put away."""
    _reported: dict[Path, str] = field(default_factory=dict)
    """Entries that the last round reported, so that each is logged once."""
    _reporting: dict[Path, str] = field(default_factory=dict)
    """Entries that this round reports."""
    _is_empty: bool = False

    def __post_init__(self) -> None:
        rounds = math.ceil(self.source.settings.files_still / FILES_EVERY)
        self._still = Stillness(max(1, rounds))
        self._late = LateBytes(self.source.journal)

    @property
    def root(self) -> Path:
        """Folder of the drop folders."""
        return DataPaths(self.source.settings.data).drop

    def make(self) -> None:
        """Make the folders, so that a sender finds where to drop."""
        for channel in CHANNELS:
            for name in ("", DONE, REJECTED):
                path = self.root / channel / name
                if not path.is_symlink():
                    path.mkdir(parents=True, exist_ok=True)
                    if name:
                        # These folders belong to the hub, also if an older version created them.
                        path.chmod(0o700)

    @property
    def is_empty(self) -> bool:
        """Whether the last round saw nothing to take, nor to report."""
        return self._is_empty

    async def collect(self) -> int:
        """Take every complete file; raises `JournalFullError`."""
        taken, self._reporting, self._is_empty = 0, {}, True
        for channel in CHANNELS:
            path = self.root / channel
            try:
                if not path.is_symlink() and not path.exists():
                    # Somebody cleared the folders, or a share was mounted anew.
                    self.make()
                with OutsideFolder.open(path) as folder:
                    await asyncio.to_thread(self._late.bring_back, channel, folder)
                    for name, mark in await asyncio.to_thread(self._plain, folder):
                        self._is_empty = False
                        taken += await self._look(channel, folder, name, mark)
            except OSError as error:
                self._report(path, f"not read: {error}")
        self._still.end_round()
        self._reported = self._reporting
        self._is_empty = self._is_empty and not self._reported
        return taken

    def _plain(self, folder: OutsideFolder) -> list[tuple[str, Mark]]:
        """Return plain files that may be complete; move other entries aside."""
        files = []
        for name, state in folder.entries():
            kind, path = not_plain(state), folder.path / name
            if kind and name not in (DONE, REJECTED):
                self._put_aside(folder, name, kind)
            elif not kind and not is_unfinished(name):
                mark = Mark.of(state)
                if self._taken.get(path) == mark:
                    self._reporting[path] = self._reported.get(path, "")
                else:
                    self._taken.pop(path, None)
                    files.append((name, mark))
        return files

    def _put_aside(self, folder: OutsideFolder, name: str, kind: str) -> None:
        """Move a link or a pipe to `rejected/`; leave folders and files with a second name."""
        path = folder.path / name
        if kind in LEFT:
            self._report(path, f"not read: it is {kind}; put a copy of the file here")
            return
        self._report(path, f"put aside: it is {kind}; put the file itself here")
        try:
            folder.put_away(name, REJECTED)
        except OSError as error:
            log.warning("drop_entry_not_moved", file=readable(name), error=str(error))

    def _report(self, path: Path, text: str, *, taken: bool = False) -> None:
        """Log the fault of an entry, once while the entry stays; count it if it is left out."""
        self._reporting[path] = text
        if self._reported.get(path) == text:
            return
        shown = readable(str(path))
        if taken:
            log.warning("not_put_away", collector=NAME, item=shown, detail=text)
        else:
            self.source.set_aside(NAME, shown, text)

    async def _look(self, channel: Channel, folder: OutsideFolder, name: str, mark: Mark) -> bool:
        """Take a file if it is complete; a file that cannot be taken does not stop the others."""
        path = folder.path / name
        look = self._still.look(path, mark)
        odd = self._still.is_odd(look)
        if not odd and not self._still.is_whole(look):
            return False
        try:
            return await self._take(channel, folder, name, look, odd=odd)
        except JournalFullError:
            raise
        except Exception as error:  # noqa: BLE001 - the next file must be read
            if self._stuck.failed(str(path)):
                self._report(path, f"not taken: {error}" if str(error) else f"not taken: {error!r}")
        return False

    async def _take(
        self, channel: Channel, folder: OutsideFolder, name: str, look: Look, *, odd: bool
    ) -> bool:
        """Take one file and move it; return False if the next round must look at it again."""
        limit, shown, mark = self.source.settings.max_body, readable(name), look.mark
        if mark.size > limit:
            # Too large to keep in the journal: it stays where it is put away, and is reported.
            self._report(folder.path / name, f"too large: {mark.size} bytes, at most {limit}")
            await asyncio.to_thread(folder.put_away, name, REJECTED, None if odd else mark)
            self._still.forget(folder.path / name)
            return True
        body, opened = await asyncio.to_thread(folder.read, name, limit)
        digest = sha256(body).hexdigest()
        if odd and look.digest != digest:
            self._still.remember(folder.path / name, digest)
            return False
        if len(body) != mark.size or (opened != mark and not odd):
            # It changed after it was listed; the next round checks it again.
            return False
        raw = await self.source.receiver.take(
            channel,
            Transport.FILE,
            body,
            delivery=f"file:{shown}:{digest}",
            source=shown,
            content_type=mimetypes.guess_type(shown)[0] or "",
        )
        fault = await asyncio.to_thread(self._whole_fault, raw)
        self._stuck.clear(str(folder.path / name))
        await asyncio.to_thread(self._put_away, folder, name, mark, bool(fault), odd=odd)
        log.info("file_received", channel=channel, file=shown, fault=fault and str(fault.reason))
        return True

    def _put_away(
        self, folder: OutsideFolder, name: str, mark: Mark, rejected: bool, *, odd: bool
    ) -> None:
        path, place = folder.path / name, REJECTED if rejected else DONE
        try:
            free = folder.put_away(name, place, None if odd else mark)
        except OSError as error:
            self._taken[path] = mark
            self._report(path, f"taken, not put away: {error}", taken=True)
            return
        self._still.forget(path)
        if free:
            changed = ANY_TIME if odd else mark.changed
            self._late.watch(PutAway(path.parent.name, place, free, name, mark.size, changed))

    def _whole_fault(self, raw: RawMessage) -> Fault | None:
        """Return the fault if nothing in a file could be read: it then moves to `rejected/`."""
        connector = self.connectors.get(raw.channel)
        if connector is None:
            return Fault(reason=Reason.UNKNOWN_CHANNEL, detail="no connector is installed")
        context = self.contexts.get(raw.channel, DecodeContext())
        decoded = connector.decode_batch([raw], context)[0]
        return decoded.faults[0] if decoded.faults and not decoded.facts else None
