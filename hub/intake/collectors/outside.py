"""Folders that outsiders write to 外来目录: only plain files in them are read.

A program that may write to the folder can also put a link, a pipe or a device there. If the hub
followed a link, it would read or overwrite files that only the hub may access. So it follows no
link: not in place of the folder, not inside it, and not in place of the folder to which files are
moved. A plain file with a second name (a hard link) stays until it has one name only, because it
may belong to somebody else.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePath

DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# A pipe without a writer must not hold up its reader.
PLAIN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
KINDS = {
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}


SECOND_NAME = "a file with a second name (a hard link)"
LEFT = (KINDS[stat.S_IFDIR], SECOND_NAME)
"""Kinds of entries that stay: a folder may contain files, a second name may be removed later."""


class NotPlainError(OSError):
    """The entry is not a plain file with a single name; the text names its kind."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Identifies a version of a file: if it is the same at the next look, the file is complete."""

    inode: int
    size: int
    changed: int
    """Modification time in nanoseconds."""

    @classmethod
    def of(cls, state: os.stat_result) -> "Mark":
        """Return the mark of what `os.stat` found."""
        return cls(state.st_ino, state.st_size, state.st_mtime_ns)


@dataclass(frozen=True, slots=True)
class OutsideFolder:
    """An open folder; it stays the same folder even if another one is put at its path."""

    path: Path
    handle: int

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Iterator["OutsideFolder"]:
        """Open a folder; raises `NotPlainError` if the path is a link or a file."""
        handle = _open_folder(path)
        try:
            yield cls(path, handle)
        finally:
            os.close(handle)

    def entries(self) -> list[tuple[str, os.stat_result]]:
        """Return name and state of all entries, sorted by name; links are not followed."""
        names = []
        for name in sorted(entry.name for entry in os.scandir(self.handle)):
            try:
                names.append((name, self.state(name)))
            except FileNotFoundError:
                continue
        return names

    def read(self, name: str, most: int) -> tuple[bytes, Mark]:
        """Return up to `most` + 1 bytes of a plain file; raises `NotPlainError`, `OSError`."""
        try:
            handle = os.open(name, PLAIN, dir_fd=self.handle)
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.EMLINK):
                raise NotPlainError(KINDS[stat.S_IFLNK]) from error
            raise
        with os.fdopen(handle, "rb") as file:
            state = os.fstat(handle)
            kind = not_plain(state)
            if kind:
                raise NotPlainError(kind)
            return file.read(most + 1), Mark.of(state)

    def put_away(self, name: str, folder: str, mark: Mark | None = None, *, under: str = "") -> str:
        """Move an entry to a folder in this one or beside it; links are moved as links.

        Its new name is `under`, or its own name, with a number if that name is taken. Return the
        new name, or an empty text if the entry is not the file of `mark` and was not moved. Raises
        `NotPlainError` if the folder is a link or a file.
        """
        if mark is not None and Mark.of(self.state(name)).inode != mark.inode:
            return ""
        with_folder = _open_folder(Path(folder), self.handle)
        try:
            free = _free_name(under or name, with_folder)
            os.rename(name, free, src_dir_fd=self.handle, dst_dir_fd=with_folder)
        finally:
            os.close(with_folder)
        return free

    def state(self, name: str) -> os.stat_result:
        """Return the state of an entry, links not followed; raises `FileNotFoundError`."""
        return os.stat(name, dir_fd=self.handle, follow_symlinks=False)

    def has(self, name: str) -> bool:
        """Return whether the folder has an entry of this name."""
        return _is_there(name, self.handle)


def not_plain(state: os.stat_result) -> str:
    """Return the kind of an entry that is not a plain file with one name, else an empty text."""
    if not stat.S_ISREG(state.st_mode):
        return KINDS.get(stat.S_IFMT(state.st_mode), "no plain file")
    return "" if state.st_nlink == 1 else SECOND_NAME


def readable(name: str) -> str:
    """Return a file's name as text: if it is not UTF-8, it is read as GB18030."""
    raw = os.fsencode(name)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("gb18030", "replace")


def _open_folder(path: Path, within: int | None = None) -> int:
    if within is not None:
        with suppress(FileExistsError):
            os.mkdir(path, dir_fd=within)
    try:
        return os.open(path, DIRECTORY, dir_fd=within)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.EMLINK):
            raise NotPlainError(
                f"{path} is a link or no folder: put a real folder there"
            ) from error
        raise


def _free_name(name: str, folder: int) -> str:
    """Return the name if it is free in a folder, else the name with the first free number."""
    path, free, count = PurePath(name), name, 0
    while _is_there(free, folder):
        count += 1
        free = f"{path.stem}.{count}{path.suffix}"
    return free


def _is_there(name: str, folder: int) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True
