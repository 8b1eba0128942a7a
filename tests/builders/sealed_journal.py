"""A journal with marked messages; no mark may be in clear on the disk."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from hub.journal.journal import Journal
from hub.security.sealing import (
    Sealer,
)
from schemas.reports.raw import RawMessage, Transport

KEY = b"k" * 32

OTHER = b"o" * 32

SEALER = Sealer(KEY)

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)

MARKS = (
    b"13812345678",
    "张三丰说幸福小区".encode(),
    b"oOpenIdOfSomebody",
    b"10.9.8.7",
    b"zhang.san.xlsx",
)

NATIVE_IDS = ("oOpenIdOfSomebody-1", "oOpenIdOfSomebody-2")


def marked(number: int, size: int = 400) -> RawMessage:
    """Return a message that holds every mark, in its body or in its metadata."""
    return RawMessage(
        receipt_id=uuid4(),
        channel="wechat_official",
        transport=Transport.HTTP,
        received_at=NOW + timedelta(seconds=number),
        source="10.9.8.7",
        content_type="text/xml",
        headers={"user-agent": "oOpenIdOfSomebody", "ce-subject": "zhang.san.xlsx"},
        body=b"%d:" % number + b" ".join(MARKS) * (size // 80),
    )


def clear_in(folder: Path) -> set[tuple[str, bytes]]:
    """Return each mark that is in clear in a file of a folder, with that file."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return {(path.name, mark) for path in files for mark in MARKS if mark in path.read_bytes()}


def contents(path: Path) -> list[RawMessage]:
    """Return the messages of a journal."""
    journal = Journal(path, SEALER, max_bytes=10**9)
    raws = [raw for _, raw in journal.read(0, 10_000)]
    journal.close()
    return raws


def no_progress(done: int, total: int) -> None:
    """Do nothing."""


def list_of(path: Path, sealer: Sealer) -> list[RawMessage]:
    """Return the messages of a journal that another sealer has sealed."""
    journal = Journal(path, sealer, max_bytes=10**9)
    raws = [raw for _, raw in journal.read(0, 1000)]
    journal.close()
    return raws


def states(folder: Path) -> dict[str, bytes]:
    """Return the content of the files of a folder, without a reader's empty log and its index."""
    held = {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".db-shm"}
    return {name: content for name, content in held.items() if content}
