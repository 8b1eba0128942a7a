"""Copies files 复制 into a backup and back, and computes the SHA-256 of each on the way."""

import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from hashlib import file_digest, sha256
from pathlib import Path
from urllib.parse import quote

from hub.backup.manifest import BackupError, CopiedFile

CHUNK = 1024 * 1024
OPEN_TO_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def copy_file(source: Path, target: Path) -> tuple[int, str]:
    """Copy a plain file to the new file `target` (mode 0600); return its size and SHA-256.

    Raises `OSError`, and `BackupError` if `source` is a link or no plain file.
    """
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, size = sha256(), 0
    try:
        handle = os.open(source, OPEN_TO_READ)
    except OSError as error:
        if source.is_symlink():
            raise BackupError(f"{source} is a link; put the file itself there") from error
        raise
    with os.fdopen(handle, "rb") as reading:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise BackupError(f"{source} is no plain file")
        created = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(created, "wb") as writing:
            while chunk := reading.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
                writing.write(chunk)
    return size, digest.hexdigest()


def hashed(path: Path) -> tuple[int, str]:
    """Return the size and SHA-256 of a file."""
    with path.open("rb") as file:
        return os.fstat(file.fileno()).st_size, file_digest(file, "sha256").hexdigest()


def copy_database(
    source: Path, target: Path, change: Callable[[sqlite3.Connection], None] | None = None
) -> None:
    """Copy an SQLite database as of one moment, while its process writes on.

    `change` may change the copy. Raises `sqlite3.Error`.
    """
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    target.touch(0o600)
    # isolation_level=None: each statement of `change` is committed at once.
    with (
        # A reader of a database with a log writes beside it, so it must not be read-only.
        closing(sqlite3.connect(f"file:{source}?mode=rw", uri=True)) as reading,
        closing(sqlite3.connect(target, isolation_level=None)) as writing,
    ):
        reading.backup(writing)
        if change is not None:
            change(writing)
        # One file: the copy keeps no log beside it.
        writing.execute("PRAGMA journal_mode=DELETE")


class Copies:
    """The files that a backup has so far; `root` is its folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files: list[CopiedFile] = []

    def file(self, source: Path, name: str) -> None:
        """Copy a file, if it is there, as `name` in the backup."""
        try:
            size, digest = copy_file(source, self.root / name)
        except FileNotFoundError:
            return
        self.files.append(CopiedFile(path=name, size=size, sha256=digest))

    def folder(self, source: Path, name: str) -> None:
        """Copy the plain files of a folder, if it is there, at any depth.

        A file that goes away meanwhile is left out. So are links and special files: the hub reads
        none of them. A name that is no plain text gets % escapes.
        """
        for path in plain_files(source):
            below = path.relative_to(source).as_posix()
            if not below.isprintable() or "\\" in below:
                below = quote(os.fsencode(below))
            self.file(path, f"{name}/{below}")

    def database(
        self, source: Path, name: str, change: Callable[[sqlite3.Connection], None] | None = None
    ) -> None:
        """Copy an SQLite database, if it is there, as `name` in the backup."""
        if source.exists():
            copy_database(source, self.root / name, change)
            self.add(name)

    def add(self, name: str) -> None:
        """List a file that is in the backup's folder already."""
        size, digest = hashed(self.root / name)
        self.files.append(CopiedFile(path=name, size=size, sha256=digest))


def plain_files(folder: Path) -> Iterator[Path]:
    """Yield the plain files of a folder at any depth, in order of their paths; follows no link."""
    if folder.is_symlink() or not folder.is_dir():
        return
    for root, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(root, name)
            with suppress(FileNotFoundError):
                if stat.S_ISREG(path.lstat().st_mode):
                    yield path


def size_of(folder: Path) -> int:
    """Return the bytes of the plain files of a folder."""
    total = 0
    for path in plain_files(folder):
        with suppress(FileNotFoundError):
            total += path.lstat().st_size
    return total
