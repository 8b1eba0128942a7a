"""ZIP archives under limits: names checked, nothing encrypted, no bomb, nothing ever written."""

import io
import re
import zipfile
import zlib

from connectors.contract import FaultError, Limits
from connectors.values.text import tidy
from schemas.reports.rejected import Reason

UTF8_NAME, ENCRYPTED = 0x800, 0x1
DRIVE = re.compile(r"^[A-Za-z]:")


def open_zip(body: bytes, limits: Limits) -> zipfile.ZipFile:
    """Return the archive; raises `FaultError` bad_syntax, or too_large by entries or size.

    The sizes that the archive declares bind: reading an entry never yields more than it declares.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(body))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise FaultError(Reason.BAD_SYNTAX, f"no ZIP: {error}") from error
    entries = archive.infolist()
    if len(entries) > limits.entries:
        raise FaultError(Reason.TOO_LARGE, f"{len(entries)} entries, over {limits.entries}")
    size = sum(entry.file_size for entry in entries)
    if size > limits.unpacked_bytes:
        detail = f"unpacks to {size} bytes, over {limits.unpacked_bytes}"
        raise FaultError(Reason.TOO_LARGE, detail)
    return archive


def entry_name(entry: zipfile.ZipInfo) -> str:
    """Return the name; without its UTF-8 mark it is GB18030, as Chinese Windows writes it."""
    if entry.flag_bits & UTF8_NAME:
        return tidy(entry.filename)
    try:
        return tidy(entry.filename.encode("cp437").decode("gb18030"))
    except UnicodeError:
        return tidy(entry.filename)


def check_name(name: str) -> None:
    """Raise `FaultError` forbidden_content for a name that leads out of its folder."""
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or DRIVE.match(name) or ".." in parts:
        raise FaultError(Reason.FORBIDDEN_CONTENT, f"the name {name!r} leads out of the archive")


def read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Return the content; raises `FaultError` bad_cipher, unsupported_type or bad_syntax."""
    if entry.flag_bits & ENCRYPTED:
        raise FaultError(Reason.BAD_CIPHER, "the entry is encrypted; send it without password")
    try:
        return archive.read(entry)
    except NotImplementedError as error:
        raise FaultError(Reason.UNSUPPORTED_TYPE, f"cannot unpack: {error}") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
        raise FaultError(Reason.BAD_SYNTAX, f"damaged: {error}") from error
