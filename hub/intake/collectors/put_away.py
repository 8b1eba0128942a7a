"""Received files 已收文件: files and mails in `done/`, `rejected/` and `cur/` are deleted later.

They contain personal data in plain text. The journal has the same bytes sealed, within its
retention. A file that was too large for the journal exists nowhere else; its name is logged when it
is deleted.
"""

from collections.abc import Iterator
from pathlib import Path

import structlog

from hub.intake.collectors.files import CHANNELS, DONE, REJECTED
from hub.runtime.paths import DataPaths
from hub.settings.intake import IntakeSettings

DAY_SECONDS = 86400

log = structlog.get_logger()


def forget_files(settings: IntakeSettings, now: float) -> int:
    """Delete files that were processed longer ago than `HUB_KEEP_FILES`; return their number.

    `now` in epoch seconds. The age counts from the move, which sets the change time (ctime), and
    not from the modification time, which the sender sets.
    """
    if not settings.keep_files:
        return 0
    before = now - settings.keep_files * DAY_SECONDS
    old = [path for folder in _folders(DataPaths(settings.data)) for path in _older(folder, before)]
    for path in old:
        path.unlink(missing_ok=True)
        log.info("expired_file_deleted", folder=str(path.parent), file=path.name)
    return len(old)


def _folders(paths: DataPaths) -> Iterator[Path]:
    for channel in CHANNELS:
        yield paths.drop / channel / DONE
        yield paths.drop / channel / REJECTED
    yield paths.maildir / "cur"


def _older(folder: Path, before: float) -> Iterator[Path]:
    """Yield the entries of a folder; links are not followed."""
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        try:
            state = path.lstat()
        except FileNotFoundError:
            continue
        if state.st_ctime < before and not path.is_dir():
            yield path
