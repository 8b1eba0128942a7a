"""Files with secrets 密钥文件: readable by their owner only, and never half-written."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO


def write_private(path: Path, text: str) -> None:
    """Create or replace a file atomically and durably (mode 0600); raises `OSError`."""
    with writing_private(path) as file:
        file.write(text)


def write_private_bytes(path: Path, content: bytes) -> None:
    """Create or replace a file of bytes atomically and durably (mode 0600); raises `OSError`."""
    fresh = _fresh(path)
    try:
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


@contextlib.contextmanager
def writing_private(path: Path) -> Iterator[TextIO]:
    """Yield a new file (mode 0600) that replaces `path` once the block has ended without an error.

    Before that `path` stays as it is. Raises `OSError`.
    """
    fresh = _fresh(path)
    try:
        with _opened(fresh) as file:
            yield file
            _sync(file)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def create_private(path: Path, text: str) -> bool:
    """Create a file durably (mode 0600) unless it exists; return whether it was created.

    A process that is killed meanwhile leaves no half of a secret, which another process would use.
    Raises `OSError`.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.exists():
        return False
    fresh = _written(path, text)
    try:
        path.hardlink_to(fresh)
    except FileExistsError:
        return False
    finally:
        fresh.unlink()
    return True


def _written(path: Path, text: str) -> Path:
    """Return a new file beside `path`; the text is on disk."""
    fresh = _fresh(path)
    with _opened(fresh) as file:
        file.write(text)
        _sync(file)
    return fresh


def _fresh(path: Path) -> Path:
    return path.with_name(f"{path.name}.{os.getpid()}.new")


def _opened(path: Path) -> TextIO:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    return os.fdopen(handle, "w", encoding="utf-8")


def _sync(file: TextIO) -> None:
    file.flush()
    os.fsync(file.fileno())


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Lock a file for the length of a block; waits while another process has the lock.

    The lock is a separate file beside `path`, because `path` itself is replaced by a new file. The
    system releases the lock when the process ends, also after a crash. Raises `OSError`.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
