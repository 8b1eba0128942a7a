"""Unfinished files 未写完的文件: recognised by their names, and by changes between rounds.

Time is counted in rounds of the collector: a file is complete after it has not changed for a number
of rounds. On some network shares a file gets another inode or time at each look (SMB without stable
inode numbers, servers with a coarse clock). There the size and then the content are compared.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path

from hub.intake.collectors.outside import Mark

ENDINGS = (
    "~",
    ".part",
    ".partial",
    ".filepart",
    ".tmp",
    ".temp",
    ".!ut",
    ".aria2",
    ".crdownload",
    ".downloading",
    ".download",
    ".opdownload",
    ".xltd",
    ".td",
    ".swp",
    ".swx",
    ".lock",
    ".lck",
    ".uploading",
    ".writing",
    ".inprogress",
    "._copying_",
)
"""Endings that browsers, FTP clients, editors and copying programs give to unfinished files."""
BEGINNINGS = (".", "~$")
"""Hidden files, AppleDouble files `._x`, lock files of LibreOffice `.~lock.x#` and of Office."""
NO_MATTERS = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini"})
"""Files that Windows writes into a folder when somebody opens it."""
PATIENCE = 4
"""Multiple of the usual rounds after which only size and content of a file count."""


def is_unfinished(name: str) -> bool:
    """Return whether the name shows that the file is unfinished, or not meant for the hub."""
    low = name.lower()
    return low.startswith(BEGINNINGS) or low.endswith(ENDINGS) or low in NO_MATTERS


@dataclass(frozen=True, slots=True)
class Look:
    """What is known of a file from the rounds so far."""

    mark: Mark
    still: int = 0
    """Rounds in a row with the same mark."""
    same_size: int = 0
    """Rounds in a row with the same size."""
    digest: str = ""
    """Digest of the content when it was compared last."""

    def again(self, mark: Mark) -> "Look":
        """Return the look after one more round."""
        if mark.size != self.mark.size:
            return Look(mark)
        still = self.still + 1 if mark == self.mark else 0
        return replace(self, mark=mark, still=still, same_size=self.same_size + 1)


@dataclass(slots=True)
class Stillness:
    """For how long each file has not changed."""

    rounds: int
    """Rounds in which a file must not change; at least 1."""
    _looks: dict[Path, Look] = field(default_factory=dict)
    _next: dict[Path, Look] = field(default_factory=dict)

    def look(self, path: Path, mark: Mark) -> Look:
        """Note what this round sees of a file, and return all that is known of it."""
        before = self._looks.get(path)
        look = before.again(mark) if before else Look(mark)
        self._next[path] = look
        return look

    def is_whole(self, look: Look) -> bool:
        """Return whether the file has not changed for long enough."""
        return look.still >= self.rounds

    def is_odd(self, look: Look) -> bool:
        """Return whether only inode or time change, so that the content must be compared now."""
        waited = look.same_size - PATIENCE * self.rounds
        return not self.is_whole(look) and waited >= 0 and waited % self.rounds == 0

    def remember(self, path: Path, digest: str) -> None:
        """Keep the digest of a file for the next comparison."""
        self._next[path] = replace(self._next[path], digest=digest)

    def forget(self, path: Path) -> None:
        """Forget a file that was moved: a later one with this name is a new file."""
        self._next.pop(path, None)

    def end_round(self) -> None:
        """Forget the files that this round did not see."""
        self._looks, self._next = self._next, {}
