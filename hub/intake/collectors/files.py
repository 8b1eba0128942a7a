"""Dropped files 文件投递: `drop/<channel>/` is watched; what is whole is taken and put away.

A file is whole once its size and time have not changed between two rounds; names that end in
`.part` or `.tmp` are left until they are renamed. It moves to `done/` after the journal has it, or
to `rejected/` where nothing of it could be read. What is no plain file is never read: see
`hub.intake.collectors.outside`.
"""

import asyncio
import mimetypes
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import structlog

from connectors.contract import Connector, DecodeContext
from hub.intake.collectors.outside import (
    LEFT,
    Mark,
    OutsideFolder,
    not_plain,
    readable,
)
from hub.intake.collectors.source import Source
from hub.runtime.paths import DataPaths
from schemas.channel import Channel
from schemas.reports.raw import RawMessage, Transport
from schemas.reports.rejected import Fault, Reason

CHANNELS = (Channel.PETITION_LETTERS, Channel.TRANSPORT_12328, Channel.LABOUR_12333)
UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart")
DONE, REJECTED = "done", "rejected"

log = structlog.get_logger()


@dataclass(slots=True)
class DropFolders:
    """The folders of all channels that drop files."""

    source: Source
    connectors: dict[str, Connector]
    contexts: dict[str, DecodeContext]
    _seen: dict[Path, Mark] = field(default_factory=dict)
    """Files that lay there at the last round."""
    _taken: dict[Path, Mark] = field(default_factory=dict)
    """Files that were taken and could not be put away."""
    _reported: dict[Path, str] = field(default_factory=dict)
    """Entries that were logged, so that each is logged once."""

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

    async def collect(self) -> int:
        """Take every file that has not changed since the last round."""
        taken, still, reported = 0, dict[Path, Mark](), dict[Path, str]()
        for channel in CHANNELS:
            path = self.root / channel
            try:
                with OutsideFolder.open(path) as folder:
                    for name, mark in await asyncio.to_thread(self._plain, folder, reported):
                        if self._seen.get(path / name) == mark:
                            await self._take(channel, folder, name, mark, reported)
                            taken += 1
                        else:
                            still[path / name] = mark
            except OSError as error:
                self._report(path, f"not read: {error}", reported)
        self._seen, self._reported = still, reported
        return taken

    def _plain(self, folder: OutsideFolder, reported: dict[Path, str]) -> list[tuple[str, Mark]]:
        """Return plain files that may be complete; move other entries aside."""
        files = []
        for name, state in folder.entries():
            kind, path = not_plain(state), folder.path / name
            if kind and name not in (DONE, REJECTED):
                self._put_aside(folder, name, kind, reported)
            elif not kind and not name.startswith(".") and not name.endswith(UNFINISHED):
                mark = Mark.of(state)
                if self._taken.get(path) == mark:
                    reported[path] = self._reported.get(path, "")
                else:
                    self._taken.pop(path, None)
                    files.append((name, mark))
        return files

    def _put_aside(
        self, folder: OutsideFolder, name: str, kind: str, reported: dict[Path, str]
    ) -> None:
        """Move a link or a pipe to `rejected/`; leave folders and files with a second name."""
        path = folder.path / name
        if kind in LEFT:
            self._report(path, f"not read: it is {kind}; put a copy of the file here", reported)
            return
        self._report(path, f"put aside: it is {kind}; put the file itself here", reported)
        try:
            folder.put_away(name, REJECTED)
        except OSError as error:
            log.warning("drop_entry_not_moved", file=readable(name), error=str(error))

    def _report(self, path: Path, text: str, reported: dict[Path, str]) -> None:
        """Log the fault of an entry, once while the entry stays."""
        reported[path] = text
        if self._reported.get(path) != text:
            log.warning("drop_entry_fault", path=readable(str(path)), detail=text)

    async def _take(
        self,
        channel: Channel,
        folder: OutsideFolder,
        name: str,
        mark: Mark,
        reported: dict[Path, str],
    ) -> None:
        limit, shown = self.source.settings.max_body, readable(name)
        try:
            if mark.size > limit:
                # Too large to keep in the journal: it stays where it is put away, and is reported.
                await asyncio.to_thread(folder.put_away, name, REJECTED, mark)
                log.error(
                    "file_too_large", channel=channel, file=shown, bytes=mark.size, limit=limit
                )
                return
            body, opened = await asyncio.to_thread(folder.read, name, limit)
        except OSError as error:
            self._report(folder.path / name, f"not read: {error}", reported)
            return
        if opened != mark or len(body) != mark.size:
            # It changed after it was listed; the next round checks it again.
            return
        raw = await self.source.receiver.take(
            channel,
            Transport.FILE,
            body,
            delivery=f"file:{shown}:{sha256(body).hexdigest()}",
            source=shown,
            content_type=mimetypes.guess_type(shown)[0] or "",
        )
        fault = await asyncio.to_thread(self._whole_fault, raw)
        try:
            await asyncio.to_thread(folder.put_away, name, REJECTED if fault else DONE, mark)
        except OSError as error:
            self._taken[folder.path / name] = mark
            self._report(folder.path / name, f"taken, not put away: {error}", reported)
        log.info("file_received", channel=channel, file=shown, fault=fault and str(fault.reason))

    def _whole_fault(self, raw: RawMessage) -> Fault | None:
        """Return the fault where nothing of a file could be read: its sender finds it put aside."""
        connector = self.connectors.get(raw.channel)
        if connector is None:
            return Fault(reason=Reason.UNKNOWN_CHANNEL, detail="no connector is installed")
        context = self.contexts.get(raw.channel, DecodeContext())
        decoded = connector.decode_batch([raw], context)[0]
        return decoded.faults[0] if decoded.faults and not decoded.facts else None
