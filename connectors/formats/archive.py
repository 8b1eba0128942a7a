"""ZIP archives under limits: names checked, nothing encrypted, no bomb, nothing ever written."""

import io
import re
import struct
import unicodedata
import zipfile
import zlib
from binascii import crc32

from connectors.contract import FaultError, Limits
from connectors.values.text import tidy
from schemas.reports.rejected import Reason

UTF8_NAME, ENCRYPTED = 0x800, 0x1
UNICODE_PATH = 0x7075
"""Extra field with the name in UTF-8 (APPNOTE.TXT, 4.6.9)."""
DRIVE = re.compile(r"^[A-Za-z]:")
SHADOWS = re.compile(
    r"(?:^|/)(?:__MACOSX/|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE
)
"""Files that Finder and Explorer add to an archive."""
OTHERS = (
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"\x1f\x8b", "a gzip file"),
    (b"\xd0\xcf\x11\xe0", "an old Office document or a protected one"),
    (b"%PDF", "a PDF"),
)


def open_zip(body: bytes, limits: Limits) -> zipfile.ZipFile:
    """Return the archive; raises `FaultError` bad_syntax, or too_large by entries or size.

    The sizes that the archive declares bind: reading an entry never yields more than it declares.
    """
    for magic, name in OTHERS:
        if body.startswith(magic):
            raise FaultError(Reason.BAD_SYNTAX, f"no ZIP but {name}: pack the files as ZIP")
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
    """Return the name with slashes between its parts, in Unicode's composed form (NFC).

    Without the mark of UTF-8 it is UTF-8 where it reads so, as macOS and Linux write it, else
    GB18030, as Chinese Windows writes it. Backslashes are Windows' separators, except in a name
    that leads out of its folder: `check_name` refuses that as it is.
    """
    name = composed(_decoded_name(entry))
    return name if _leads_out(name) else name.replace("\\", "/")


def composed(name: str) -> str:
    """Return a name in Unicode's composed form; macOS writes é as e and an accent."""
    return unicodedata.normalize("NFC", tidy(name))


def is_shadow(name: str) -> bool:
    """Return whether a file was added by the packing system: `__MACOSX/._信.xml`, `Thumbs.db`."""
    return SHADOWS.search(name) is not None


def check_name(name: str) -> None:
    """Raise `FaultError` forbidden_content for a name that leads out of its folder."""
    if _leads_out(name):
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


def _leads_out(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return name.startswith(("/", "\\")) or DRIVE.match(name) is not None or ".." in parts


def _decoded_name(entry: zipfile.ZipInfo) -> str:
    if entry.flag_bits & UTF8_NAME:
        return entry.filename
    try:
        written = entry.filename.encode("cp437")
    except UnicodeError:
        return entry.filename
    for name in (_unicode_path(entry.extra, written), written):
        for charset in ("utf-8", "gb18030"):
            try:
                if name:
                    return name.decode(charset)
            except UnicodeError:
                continue
    return entry.filename


def _unicode_path(extra: bytes, written: bytes) -> bytes:
    """Return the name of the extra field, if it belongs to the name as written."""
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        content, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == UNICODE_PATH and len(content) > 5:
            belongs = struct.unpack_from("<L", content, 1)[0] == crc32(written)
            return content[5:] if belongs and content[0] == 1 else b""
    return b""
