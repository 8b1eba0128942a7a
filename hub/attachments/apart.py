"""Runs a program apart 隔离进程: no settings, no secrets, within a time; only its output counts."""

import asyncio
import os
import sys

KILLED = -9
"""Exit code of a program that did not end in time."""


async def run_apart(module: str, data: bytes, *arguments: str, seconds: float) -> tuple[int, bytes]:
    """Run a module of the hub with `data` on stdin; return its exit code and what it wrote.

    The program limits itself, see `hub.attachments.draw.limit`. A negative code is a signal: a
    decoder that fails so hurts nobody else.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        # No setting and no secret of this process.
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        written, _ = await asyncio.wait_for(process.communicate(data), seconds)
    except TimeoutError:
        return KILLED, b""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode or 0, written
