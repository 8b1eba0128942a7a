"""Dropped files 文件投递: `drop/<channel>/` is watched; what is whole is taken and put away.

A file is whole once its size and time have not changed between two rounds; names that end in
`.part` or `.tmp` are left until they are renamed. It moves to `done/` after the journal has it, or
to `rejected/` where nothing of it could be read.
"""

import asyncio
import mimetypes
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import structlog

from connectors.contract import Connector, DecodeContext
from hub.intake.collectors.source import Source
from schemas.channel import Channel
from schemas.raw import RawMessage, Transport
from schemas.rejected import Fault, Reason

CHANNELS = (Channel.PETITION_LETTERS, Channel.TRANSPORT_12328, Channel.LABOUR_12333)
UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart")
DONE, REJECTED = "done", "rejected"

log = structlog.get_logger()

Mark = tuple[int, int]
"""Size in bytes and modification time in nanoseconds."""


@dataclass(slots=True)
class DropFolders:
    """The folders of all channels that drop files."""

    source: Source
    connectors: dict[str, Connector]
    contexts: dict[str, DecodeContext]
    _seen: dict[Path, Mark] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        """Folder of the drop folders."""
        return self.source.settings.data / "drop"

    def make(self) -> None:
        """Make the folders, so that a sender finds where to drop."""
        for channel in CHANNELS:
            for name in ("", DONE, REJECTED):
                (self.root / channel / name).mkdir(parents=True, exist_ok=True)
            for name in (DONE, REJECTED):
                # What was put away is the hub's own; also where an older version made the folder.
                (self.root / channel / name).chmod(0o700)

    async def collect(self) -> int:
        """Take every file that has not changed since the last round."""
        taken, still = 0, dict[Path, Mark]()
        for channel in CHANNELS:
            for path in await asyncio.to_thread(_files, self.root / channel):
                mark = _mark(path)
                if mark is None:
                    continue
                if self._seen.get(path) == mark:
                    await self._take(channel, path, mark)
                    taken += 1
                else:
                    still[path] = mark
        self._seen = still
        return taken

    async def _take(self, channel: Channel, path: Path, mark: Mark) -> None:
        limit = self.source.settings.max_body
        if mark[0] > limit:
            # Too large to keep in the journal: it stays where it is put away, and is told of.
            await asyncio.to_thread(_put_away, path, REJECTED)
            log.error("file too large", channel=channel, file=path.name, bytes=mark[0], limit=limit)
            return
        body = await asyncio.to_thread(path.read_bytes)
        raw = await self.source.receiver.take(
            channel,
            Transport.FILE,
            body,
            delivery=f"file:{path.name}:{sha256(body).hexdigest()}",
            source=path.name,
            content_type=mimetypes.guess_type(path.name)[0] or "",
        )
        fault = await asyncio.to_thread(self._whole_fault, raw)
        await asyncio.to_thread(_put_away, path, REJECTED if fault else DONE)
        log.info("file taken", channel=channel, file=path.name, fault=fault and str(fault.reason))

    def _whole_fault(self, raw: RawMessage) -> Fault | None:
        """Return the fault where nothing of a file could be read: its sender finds it put aside."""
        connector = self.connectors.get(raw.channel)
        if connector is None:
            return Fault(reason=Reason.UNKNOWN_CHANNEL, detail="no connector is installed")
        context = self.contexts.get(raw.channel, DecodeContext())
        decoded = connector.decode_batch([raw], context)[0]
        return decoded.faults[0] if decoded.faults and not decoded.facts else None


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.iterdir()
        if path.is_file() and not path.name.startswith(".") and path.suffix not in UNFINISHED
    )


def _mark(path: Path) -> Mark | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_size, found.st_mtime_ns


def _put_away(path: Path, folder: str) -> None:
    """Move a file; one of the same name that is there already stays, the new gets a number."""
    target = path.parent / folder / path.name
    target.parent.mkdir(exist_ok=True)
    count = 1
    while target.exists():
        target = target.with_name(f"{path.stem}.{count}{path.suffix}")
        count += 1
    path.replace(target)
