"""Locks of the data folder 数据目录锁: a program that owns files there runs only once.

A lock is `flock(2)` on a file `<name>.lock`. The kernel releases it when the process ends, also
after a crash, so no lock is ever stale. The file contains the process and its command line. This
text is for people only; the lock does not depend on it.
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

LOCK_NAMES = ("hub", "serve", "work", "intake", "feedback")
"""Names of locks: `hub up` itself, and the programs that own files of the folder."""
RESTORE_LOCK = "restore"
"""Name of the lock of `hub restore`."""
UNSUPPORTED = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL)

log = structlog.get_logger()


class AlreadyRunningError(HubError):
    """Another process has the lock; the message says which, and what to do."""


class UnfinishedRestoreError(HubError):
    """A restore was interrupted; the message says how to continue it."""


@dataclass(frozen=True, slots=True)
class Lock:
    """An acquired lock; it lasts until it is closed or its process ends."""

    handle: int

    def close(self) -> None:
        """Release the lock."""
        os.close(self.handle)


def acquire_lock(data: Path, name: str) -> Lock | None:
    """Acquire the lock `name` of a data folder; the caller closes the returned lock.

    Raises `AlreadyRunningError` at once if another process has it, and `UnfinishedRestoreError` if
    the folder has a part of a backup only. Returns None and logs a warning if the file system has
    no locks: then nothing prevents a second process.
    """
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = DataPaths(data).unfinished_restore
    if unfinished.exists() and name != RESTORE_LOCK:
        raise UnfinishedRestoreError(
            f"{data} has a part of a backup only ({unfinished}): repeat the command hub restore"
        )
    path = DataPaths(data).lock(name)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        detail = f"{_read(path) or 'another process'} holds {path}"
        advice = "stop it, or set HUB_DATA to another folder"
        raise AlreadyRunningError(f"{name} runs already on {data}: {detail}; {advice}") from error
    except OSError as error:
        os.close(handle)
        if error.errno not in UNSUPPORTED:
            raise
        log.warning(
            "locks_unsupported",
            folder=str(data),
            error=str(error),
            advice="this file system has no locks: make sure that no program of the hub runs twice"
            " on this folder",
        )
        return None
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"process {os.getpid()} ({shlex.join(sys.orig_argv)})".encode(), 0)
    return Lock(handle)


def lock_holder(data: Path, name: str) -> str:
    """Return a text about the process that has a lock, or an empty one; acquires nothing."""
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
