"""Faults of processes and their machine: kill, stop, full disk, clock jump."""

import contextlib
import os
import resource
import shutil
import signal
import struct
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import psutil

SOURCE = Path(__file__).with_name("clock.c")
DISK = "2g"
"""Size of the disk that a fault fills."""


def kill(processes: Iterable[psutil.Process]) -> int:
    """Kill -9; return how many were alive."""
    killed = 0
    processes_to_kill = list(processes)
    for process in processes_to_kill:
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.status() != psutil.STATUS_ZOMBIE:
                process.kill()
                killed += 1
    return killed


def stop(processes: Iterable[psutil.Process], *, stopped: bool) -> None:
    """SIGSTOP, or SIGCONT."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGSTOP if stopped else signal.SIGCONT)


def forbid_writes(processes: Iterable[psutil.Process], *, forbidden: bool) -> None:
    """Limit files of processes to one byte, or lift the limit."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            most = 1 if forbidden else resource.RLIM_INFINITY
            process.rlimit(psutil.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


class Clocks:
    """A wall clock for each process that is started with `environment`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._compiler = shutil.which("cc")
        self.there = self._compiler is not None

    def environment(self, name: str) -> dict[str, str]:
        """Return the environment of a process whose clock a fault can set."""
        if not self._compiler:
            return {}
        self.jump(name, 0)
        library = self._folder / f"{name}.clock.so"
        if not library.exists():
            # The file's name is in the library: the engine's process keeps no variable of ours.
            flags = ["-shared", "-fPIC", "-O2", f'-DCLOCK_FILE="{self._file(name)}"']
            words = [*flags, "-o", str(library), str(SOURCE), "-ldl"]
            subprocess.run([self._compiler, *words], check=True)
        return {"LD_PRELOAD": str(library)}

    def jump(self, name: str, ahead: float) -> None:
        """Set a clock a number of seconds ahead."""
        file = self._file(name)
        if not file.exists():
            file.write_bytes(bytes(8))
        with file.open("r+b") as kept:
            kept.write(struct.pack("l", int(ahead)))

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.clock"


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """Mount a small disk at a folder; yields whether it was mounted (root only)."""
    folder.mkdir(parents=True, exist_ok=True)
    mounted = os.geteuid() == 0 and _ran(
        "mount", "-t", "tmpfs", "-o", f"size={DISK}", "chaos", folder
    )
    try:
        yield mounted
    finally:
        if mounted:
            _ran("umount", "--lazy", folder)


def _ran(*words: object) -> bool:
    command = [str(word) for word in words]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def fill(folder: Path, *, full: bool) -> None:
    """Fill the free space of a disk, or free it again."""
    ballast = folder / "ballast"
    if not full:
        ballast.unlink(missing_ok=True)
        return
    with ballast.open("wb") as kept, contextlib.suppress(OSError):
        os.posix_fallocate(kept.fileno(), 0, shutil.disk_usage(folder).free)
    with ballast.open("ab", buffering=0) as kept, contextlib.suppress(OSError):
        while True:
            kept.write(bytes(4096))
