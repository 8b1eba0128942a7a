"""Locks of the data folder 数据目录锁: what has one owner is not started a second time.

`flock(2)` on a file `<name>.lock`: the kernel gives it back when its process ends, however that
was, so no lock is ever stale. The file says who holds it, for people; what it says decides nothing.
"""

import errno
import fcntl
import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

import structlog

from hub.runtime.errors import HubError
from hub.runtime.paths import DataPaths

OWNED = ("hub", "serve", "work", "intake", "feedback")
"""Names of locks: `hub up` itself, and the programs that own something in the folder."""
UNSUPPORTED = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL)

log = structlog.get_logger()


class HeldError(HubError):
    """Another process holds a lock; the text says which, and what to do."""


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock that is held until it is closed, or its process ends."""

    handle: int

    def close(self) -> None:
        """Give it back."""
        os.close(self.handle)


def hold(data: Path, name: str) -> Lock | None:
    """Take the lock `name` of a data folder; keep what is returned as long as it is needed.

    Raises `HeldError` at once where another process has it. None, with a line in the log, where
    the file system has no locks: then nothing keeps a second process away.
    """
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = DataPaths(data).lock(name)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        detail = f"{_read(path) or 'another process'} holds {path}"
        advice = "stop it, or set HUB_DATA to another folder"
        raise HeldError(f"{name} runs already on {data}: {detail}; {advice}") from error
    except OSError as error:
        os.close(handle)
        if error.errno not in UNSUPPORTED:
            raise
        log.warning(
            "this file system has no locks: see to it that nothing runs twice on this folder",
            folder=str(data), error=str(error),
        )  # fmt: skip
        return None
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"process {os.getpid()} ({shlex.join(sys.orig_argv)})".encode(), 0)
    return Lock(handle)


def holder(data: Path, name: str) -> str:
    """Return who holds a lock, or an empty text; the lock is left as it is."""
    path = DataPaths(data).lock(name)
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(path) or "another process"
    except OSError:
        return ""
    finally:
        os.close(handle)
    return ""


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
