"""The errors that a person reads 错误: their base, and the words for those of the system."""

import errno
import os

ADVICE = {
    errno.EACCES: "this user may not read or write it; change its permissions",
    errno.EPERM: "this user may not read or write it; change its permissions",
    errno.EEXIST: "it is there already, or is a file and not a folder; name another path",
    errno.EISDIR: "it is a folder; name a file",
    errno.ENOENT: "it is not there; check the path",
    errno.ENOSPC: "the disk is full; free some space",
    errno.ENOTDIR: "a part of this path is a file, not a folder; name another path",
    errno.EROFS: "the file system is read-only; name another path",
}
"""Number of an error of the system → what is wrong, and what to do."""


class HubError(Exception):
    """What was asked for cannot be done; the message is one sentence that says why and what to do.

    The command line shows the message without a traceback and ends with exit code 1. A subclass
    says which kind of error it is, for callers that handle it.
    """


def sentence_of(error: OSError) -> str:
    """Return an error of the system as one sentence with its path, if it has one."""
    reason = ADVICE.get(error.errno or 0) or error.strerror or str(error)
    if error.filename is None:
        return reason
    path = error.filename if isinstance(error.filename, int) else os.fsdecode(error.filename)
    return f"{path}: {reason}"
