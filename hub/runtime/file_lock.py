"""A lock between processes 文件锁: one writer at a time of a file that is read and replaced."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of a file for the length of a block; waits while somebody else has it.

    The lock is a file of its own beside `path`, since `path` itself is replaced by a new one. The
    system lets go of it when the process ends, however it ends. Raises `OSError`.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
