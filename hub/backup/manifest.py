"""The manifest 清单 of a backup: what it has, of which version, with the SHA-256 of each file.

It is written last, so a backup without one is not complete. A restore takes only the files that
the manifest lists, and only if each of them is a plain file with the listed content.
"""

import re
import stat
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from hub.runtime.errors import HubError

MANIFEST = "manifest.json"
FORMAT = 1
"""Number of the layout of a backup; a restore refuses a higher one."""
LARGEST_MANIFEST = 256 * 1024 * 1024
DATA, TOWN, MODELS = "data", "town", "models"
"""Folders of a backup: the data folder, and those that `HUB_TOWN` and `HUB_MODELS` name."""
DATABASE_FOLDER = r"store/[0-9a-f]{3}/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class BackupError(HubError):
    """A backup cannot be made or restored; the message says why, and what to do."""


class Origin(BaseModel):
    """The fields of a manifest that every format has: by them a later format is recognised."""

    format: int
    hub: str


class CopiedFile(BaseModel):
    """One file: its path in the backup with `/`, its size in bytes, its SHA-256 in hex."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    size: int
    sha256: str

    @model_validator(mode="after")
    def _stays_inside(self) -> Self:
        path = PurePosixPath(self.path)
        odd = "\\" in self.path or "\0" in self.path or str(path) != self.path
        if odd or path.is_absolute() or ".." in path.parts or len(path.parts) < 2:
            raise ValueError(f"{self.path!r} is no path inside a backup")
        if path.parts[0] not in (DATA, TOWN, MODELS):
            raise ValueError(f"{self.path!r} is in none of the folders of a backup")
        return self


class Manifest(BaseModel):
    """What a backup has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int
    hub: str
    """Version of the hub that made it."""
    engine: str
    """Version of the embedded engine."""
    made_at: str
    """ISO 8601."""
    running: bool
    """Whether the hub was running."""
    has_key: bool
    """Whether the keys that seal personal data are in it."""
    database: str = ""
    """Folder of the store's database below `clickhouse`, to which the engine needs a link."""
    files: tuple[CopiedFile, ...]
    digest: str = ""
    """SHA-256 of all other fields."""

    @model_validator(mode="after")
    def _names_a_database(self) -> Self:
        if self.database and not re.fullmatch(DATABASE_FOLDER, self.database):
            raise ValueError(f"{self.database!r} is no folder of a database")
        return self

    def has(self, folder: str) -> bool:
        """Return whether the backup has files of `DATA`, `TOWN` or `MODELS`."""
        return any(file.path.startswith(f"{folder}/") for file in self.files)

    def own_digest(self) -> str:
        """Return the SHA-256 of all fields but `digest`."""
        return sha256(self.model_dump_json(exclude={"digest"}).encode()).hexdigest()

    def written(self) -> str:
        """Return the text of the file, with its digest."""
        return self.model_copy(update={"digest": self.own_digest()}).model_dump_json(indent=1)


def read_manifest(backup: Path, version: str) -> Manifest:
    """Return the manifest of a backup that this version of the hub can restore.

    Raises `BackupError`.
    """
    path = backup / MANIFEST
    if path.is_symlink() or not path.is_file():
        detail = f"{backup} has no {MANIFEST}: it is no backup of the hub, or an unfinished one"
        raise BackupError(detail)
    if path.stat().st_size > LARGEST_MANIFEST:
        raise BackupError(f"{path} is too large to be a manifest")
    body = path.read_bytes()
    try:
        _require_known(backup, Origin.model_validate_json(body), version)
        manifest = Manifest.model_validate_json(body)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]["msg"]
        raise BackupError(f"{path} is no manifest of a backup, or is damaged: {fault}") from error
    if manifest.digest != manifest.own_digest():
        raise BackupError(f"{path} is damaged: its digest does not fit; take another backup")
    return manifest


def _require_known(backup: Path, origin: Origin, version: str) -> None:
    """Raise `BackupError` if the backup has a later format, or was made by a later version."""
    if _numbers(origin.hub) > _numbers(version):
        raise BackupError(
            f"{backup} was made by version {origin.hub} of the hub, and this is {version}:"
            " install that version or a later one"
        )
    if origin.format > FORMAT:
        raise BackupError(
            f"{backup} has format {origin.format}, and this version {version} of the hub reads"
            f" formats up to {FORMAT}: install a later version"
        )


def require_only_listed(backup: Path, manifest: Manifest) -> None:
    """Raise `BackupError` unless the folder has just the listed files, each a plain one."""
    listed = {file.path: file.size for file in manifest.files}
    if len(listed) != len(manifest.files):
        raise BackupError(f"{backup / MANIFEST} lists a file twice")
    present = dict(_present(backup))
    if missing := sorted(listed.keys() - present.keys()):
        raise BackupError(f"{backup} is not complete: {_some(missing)} missing")
    if foreign := sorted(present.keys() - listed.keys()):
        raise BackupError(f"{backup} has files that its manifest does not list: {_some(foreign)}")
    if cut := sorted(path for path, size in listed.items() if present[path] != size):
        raise BackupError(f"{backup} is damaged: {_some(cut)} of another size than listed")


def _present(backup: Path) -> Iterator[tuple[str, int]]:
    """Yield the path and size of each file but the manifest; refuse links and special files."""
    for path in backup.rglob("*"):
        state, name = path.lstat(), path.relative_to(backup).as_posix()
        if stat.S_ISDIR(state.st_mode) or name == MANIFEST:
            continue
        if not stat.S_ISREG(state.st_mode):
            raise BackupError(f"{path} is a link or a special file; a backup has plain files only")
        yield name, state.st_size


def _some(paths: list[str]) -> str:
    shown = ", ".join(ascii(path).strip("'") for path in paths[:3])
    return shown if len(paths) <= 3 else f"{shown} and {len(paths) - 3} more"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])
