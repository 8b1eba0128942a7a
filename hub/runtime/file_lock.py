"""A lock between processes 文件锁: only one at a time reads and replaces a file."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


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
