"""Sealed files 加密文件: sealed in chunks, so that a file of any size fits in memory.

A sealed file has a first line, 16 random bytes, then chunks. A chunk is 4 bytes of length and the
result of `Sealer.seal_bytes`. It is bound to the random bytes, to its number, and to whether it is
the last. So a file that was truncated, or combined from two files, cannot be opened.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from hub.security.sealing import Sealer, SealError

HEAD = b"minqing-hub sealed file 1\n"
ID_BYTES = 16
LENGTH_BYTES = 4
CHUNK = 1024 * 1024
SUFFIX = ".sealed"


def seal_file(path: Path, sealer: Sealer) -> Path:
    """Replace a file by its sealed form, and return its path, which ends in `.sealed`.

    The original is deleted only after the sealed file is on disk.
    """
    target = path.with_name(path.name + SUFFIX)
    part = target.with_name(f"{target.name}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as written, path.open("rb") as clear:
        drawn = os.urandom(ID_BYTES)
        written.write(HEAD + drawn)
        number, chunk = 0, clear.read(CHUNK)
        while True:
            following = clear.read(CHUNK)
            sealed = sealer.seal_bytes(_bound(drawn, number, last=not following), chunk)
            written.write(len(sealed).to_bytes(LENGTH_BYTES, "big") + sealed)
            if not following:
                break
            number, chunk = number + 1, following
        written.flush()
        os.fsync(written.fileno())
    part.replace(target)
    path.unlink()
    return target


def open_chunks(path: Path, sealer: Sealer) -> Iterator[bytes]:
    """Yield the content of a sealed file; raises `SealError` if it is not one, or was changed."""
    with path.open("rb") as sealed:
        if sealed.read(len(HEAD)) != HEAD:
            raise SealError(f"{path} is not a file that the hub has sealed")
        drawn = sealed.read(ID_BYTES)
        number, chunk = 0, _next_chunk(sealed)
        while chunk is not None:
            following = _next_chunk(sealed)
            yield sealer.open_bytes(_bound(drawn, number, last=following is None), chunk)
            number, chunk = number + 1, following
        if number == 0:
            raise SealError(f"{path} is truncated")


def _next_chunk(sealed: IO[bytes]) -> bytes | None:
    length = sealed.read(LENGTH_BYTES)
    return sealed.read(int.from_bytes(length, "big")) if length else None


def _bound(drawn: bytes, number: int, *, last: bool) -> str:
    return f"file/{drawn.hex()}/{number}/{'last' if last else 'more'}"
