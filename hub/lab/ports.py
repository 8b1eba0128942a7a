"""Free ports 空闲端口 for the servers of tests, benchmarks and the demo."""

import contextlib
import socket
from secrets import randbelow

LOWEST_PORT, EPHEMERAL_PORTS = 10_000, 32_768
"""Ports from the second number on are those that Linux gives to outgoing connections."""
SERVERS = ("INTAKE", "OVERVIEW", "SQL", "STORE", "BROKER", "SERVE", "WORK", "FEEDBACK")
"""The servers of a hub, as in the names of their settings."""


def server_ports() -> dict[str, str]:
    """Return variables that give each server of a hub a free port."""
    return {f"HUB_{server}_PORT": str(free_port()) for server in SERVERS}


def free_port() -> int:
    """Return a free port that neither an outgoing connection nor a later call can take.

    A server that is killed and started again needs its port a second time. Meanwhile a client
    that connects may get a port of the kernel's choice, so ours is none of those. The UDP port
    of the same number stays bound until this process ends: it keeps the number from a later
    call, in this process and in others, without being in the way of the TCP server.
    """
    while True:
        port = LOWEST_PORT + randbelow(EPHEMERAL_PORTS - LOWEST_PORT)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            with socket.socket(type=socket.SOCK_DGRAM) as reservation:
                reservation.bind(("127.0.0.1", port))
                reservation.detach()
            return port
