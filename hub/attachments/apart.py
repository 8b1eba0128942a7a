"""Runs a program apart 隔离进程: no settings, no secrets, within limits; only its output counts."""

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import PIPE, Process

KILLED = -9
"""Exit code of a program that did not end in time, or wrote too much."""
MOST_WRITTEN = 128 * 1024 * 1024
"""Bytes that are read of a program: a decoder under the control of an attacker writes for ever."""
CHUNK = 64 * 1024


async def run_apart(
    module: str, data: bytes, *arguments: str, seconds: float, most: int = MOST_WRITTEN
) -> tuple[int, bytes]:
    """Run a module of the hub with `data` on stdin; return its exit code and what it wrote.

    The program limits itself, see `hub.attachments.draw.limit`. A negative code is a signal: a
    decoder that fails so hurts nobody else.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        stdin=PIPE,
        stdout=PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        # No setting and no secret of this process.
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    feeding = asyncio.ensure_future(_feed(process, data))
    try:
        written = await asyncio.wait_for(_read(process, most), seconds)
    except TimeoutError:
        return KILLED, b""
    finally:
        feeding.cancel()
        if process.returncode is None:
            process.kill()
            await process.wait()
    return (process.returncode or 0, written) if written is not None else (KILLED, b"")


async def _feed(process: Process, data: bytes) -> None:
    """Write the data; a program that ends before it has read all of it is no error."""
    if process.stdin is None:
        return
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(data)
        await process.stdin.drain()
        process.stdin.close()


async def _read(process: Process, most: int) -> bytes | None:
    """Return what the program wrote until its end; None if it is more than `most` bytes."""
    written = bytearray()
    while process.stdout is not None and (chunk := await process.stdout.read(CHUNK)):
        written += chunk
        if len(written) > most:
            return None
    await process.wait()
    return bytes(written)
