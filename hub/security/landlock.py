"""Landlock 进程围墙: on Linux, a process permanently gives up access to files and TCP ports.

The kernel (5.13 and later) then refuses them to the calling thread and to all threads that it
starts later. Threads that already run are not restricted, so the process must have only one.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from landlockpy import AccessFS, AccessNet, LandlockError, Ruleset, Scope

from hub.runtime.errors import HubError

READ = AccessFS.READ_FILE | AccessFS.READ_DIR
WRITE = ~(AccessFS.EXECUTE | AccessFS.MAKE_CHAR | AccessFS.MAKE_BLOCK | AccessFS.IOCTL_DEV)
SCOPE = Scope.ABSTRACT_UNIX_SOCKET | Scope.SIGNAL
DEVICE = AccessFS.READ_FILE | AccessFS.WRITE_FILE
OF_A_FILE = AccessFS.READ_FILE | AccessFS.WRITE_FILE | AccessFS.TRUNCATE
THREADS = Path("/proc/self/task")


@dataclass(frozen=True, slots=True)
class Openings:
    """The access that a process keeps: paths with everything below them, and TCP ports.

    If `connect` is None, it may connect to any port. Paths that do not exist are ignored.
    """

    read: tuple[Path, ...]
    write: tuple[Path, ...]
    devices: tuple[Path, ...] = ()
    bind: tuple[int, ...] = ()
    connect: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Wall:
    """The restrictions of a process."""

    abi: int = 0
    """ABI version of the kernel's Landlock; 0: the kernel has none, or it is not used."""
    ports: bool = False
    """Whether TCP connections are refused to all ports but the listed ones."""
    missing: str = ""
    """Why Landlock is not used."""

    def __str__(self) -> str:
        if not self.abi:
            return "separate process only"
        ports = ", ports" if self.ports else ""
        return f"landlock abi {self.abi} (files{ports}) + separate process"


class WallError(HubError, RuntimeError):
    """The process could not be restricted; the message gives the reason."""


def close_off(openings: Openings) -> Wall:
    """Give up all files and TCP ports but `openings`; return the restrictions in effect.

    Raises `WallError` if the kernel has no Landlock, or other threads already run.
    """
    try:
        with Ruleset(handled_net=_closed_ports(openings), scoped=SCOPE) as rules:
            _check_threads()
            _allow_paths(rules, openings)
            _allow_ports(rules, openings)
            rules.restrict()
            closed = bool(rules.handled_net & AccessNet.CONNECT_TCP)
            return Wall(rules.abi_version, ports=closed)
    except (LandlockError, OSError) as error:
        raise WallError(f"the kernel does not offer Landlock ({error})") from error


def _check_threads() -> None:
    running = len(list(THREADS.iterdir()))
    if running > 1:
        raise WallError(f"{running} threads already run; Landlock would not restrict them")


def _allow_paths(rules: Ruleset, openings: Openings) -> None:
    for path, rights in _rights(openings):
        if path.exists():
            rules.allow_path(path, rights if path.is_dir() else rights & OF_A_FILE)


def _rights(openings: Openings) -> Iterator[tuple[Path, AccessFS]]:
    for path in openings.read:
        yield path, READ
    for path in openings.write:
        yield path, WRITE
    for path in openings.devices:
        yield path, DEVICE


def _closed_ports(openings: Openings) -> AccessNet:
    if openings.connect is None:
        return AccessNet.BIND_TCP
    return AccessNet.BIND_TCP | AccessNet.CONNECT_TCP


def _allow_ports(rules: Ruleset, openings: Openings) -> None:
    for port in openings.bind:
        rules.allow_port(port, AccessNet.BIND_TCP)
    for port in openings.connect or ():
        rules.allow_port(port, AccessNet.CONNECT_TCP)


def is_denied(path: Path) -> bool | None:
    """Return whether this process may not read a file; None if the file does not exist."""
    try:
        os.close(os.open(path, os.O_RDONLY))
    except PermissionError:
        return True
    except OSError:
        return None
    return False
