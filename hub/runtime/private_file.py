"""Files that hold secrets 密钥文件: readable by their owner only, whole or not there at all."""

import os
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """Replace a file, or make it, at once and durably."""
    _written(path, text).replace(path)


def create_private(path: Path, text: str) -> bool:
    """Make a file, durably; return whether it was not there: else it is left as it is.

    A process that is killed meanwhile leaves no half of a secret, which would be taken for one.
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
    """Return a new file beside `path` with the text, on disk."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return fresh
