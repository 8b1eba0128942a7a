"""Readers of the city's figures 上报令牌: who may read them, each with a token for this alone.

A token has 256 bits; the file has only its SHA-256. The list is apart from the callers, the staff
and the users of SQL, so a token of one of these opens none of the others. Without a reader nobody
may read the figures.
"""

from dataclasses import dataclass
from enum import StrEnum
from hmac import compare_digest
from secrets import token_urlsafe

import yaml

from hub.accounts.callers import digest
from hub.runtime.errors import HubError
from hub.runtime.paths import DataPaths
from hub.runtime.private_file import locked, write_private
from hub.settings.base import CommonSettings

LONGEST_NAME = 64


class ReadersError(HubError, ValueError):
    """The file of readers is invalid; the message names the file and the reason."""


class ReaderRole(StrEnum):
    """The one role of readers, as it stands in the audit."""

    PROVINCE = "province"


@dataclass(frozen=True, slots=True)
class Reader:
    """A program that may read the figures of the city, and nothing else."""

    name: str
    token_sha256: str

    @property
    def role(self) -> ReaderRole:
        """Role in the audit."""
        return ReaderRole.PROVINCE

    @property
    def unit(self) -> str:
        """Empty: the figures are those of the whole city."""
        return ""


def load_readers(settings: CommonSettings) -> tuple[Reader, ...]:
    """Return the readers of the file, none if there is no file; raises `ReadersError`."""
    path = DataPaths(settings.data).province_readers
    if not path.exists():
        return ()
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        return tuple(
            Reader(str(name), str(entry["token_sha256"])) for name, entry in entries.items()
        )
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        detail = f"{path} is not a valid file of readers ({error!r}); hub province tokens writes it"
        raise ReadersError(detail) from error


def reader_of(readers: tuple[Reader, ...], token: str) -> Reader | None:
    """Return the reader who has this token, or None; a wrong token takes as long as a right one."""
    if not token.isascii():
        # Bytes of a header that are no text: they cannot be hashed, and no token has any.
        return None
    token_sha256 = digest(token)
    matches = [reader for reader in readers if compare_digest(reader.token_sha256, token_sha256)]
    return matches[0] if matches else None


def add_reader(settings: CommonSettings, name: str) -> str:
    """Add a reader and return its token, which is shown only once; raises `HubError`."""
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise HubError(f"a name has 1 to {LONGEST_NAME} printable characters")
    token = token_urlsafe(32)
    with locked(DataPaths(settings.data).province_readers):
        readers = load_readers(settings)
        if any(reader.name == name for reader in readers):
            raise HubError(f"reader {name} already exists; remove it first")
        _write(settings, (*readers, Reader(name, digest(token))))
    return token


def remove_reader(settings: CommonSettings, name: str) -> None:
    """Remove a reader: its token is refused from the next request on; raises `HubError`."""
    with locked(DataPaths(settings.data).province_readers):
        readers = load_readers(settings)
        left = tuple(reader for reader in readers if reader.name != name)
        if left == readers:
            raise HubError(f"there is no reader {name}; hub province tokens ls shows them")
        _write(settings, left)


def _write(settings: CommonSettings, readers: tuple[Reader, ...]) -> None:
    """Replace the file atomically, so that no request sees half of it."""
    entries = {reader.name: {"token_sha256": reader.token_sha256} for reader in readers}
    path = DataPaths(settings.data).province_readers
    write_private(path, yaml.safe_dump(entries, allow_unicode=True))
