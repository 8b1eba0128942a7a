"""TCP ports 端口: whether a port is free, and whether something listens on it."""

import socket
from collections.abc import Iterable
from typing import NamedTuple

from hub.runtime.errors import HubError


class PortTakenError(HubError, RuntimeError):
    """A port that the hub needs is in use by another program."""


class RequiredPort(NamedTuple):
    """A port that the hub will listen on, what for, and the setting that chooses another."""

    host: str
    port: int
    purpose: str
    setting: str


def check_ports(ports: Iterable[RequiredPort]) -> None:
    """Raise `PortTakenError` for the first port that another program holds."""
    for required in ports:
        check_port(*required)


def check_port(host: str, port: int, purpose: str, setting: str) -> None:
    """Raise `PortTakenError` if nothing can listen on `port`: the broker would panic."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTakenError(
                f"{purpose}: port {port} on {host} cannot be used ({error.strerror}); "
                f"stop the program that has it, or set {setting} to a free port"
            ) from error


def answers(host: str, port: int) -> bool:
    """Return whether something accepts connections on a port."""
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False
