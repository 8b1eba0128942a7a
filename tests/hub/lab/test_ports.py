"""Free ports of tests and benchmarks."""

import socket

import pytest

from hub.lab import ports
from hub.lab.ports import free_port


def test_no_port_is_returned_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """A number that was returned once is taken, although no server listens there yet."""
    first = free_port()
    picks = iter([first - ports.LOWEST_PORT, first - ports.LOWEST_PORT, 7, 8, 9, 10, 11, 12])
    monkeypatch.setattr(ports, "randbelow", lambda _: next(picks))
    assert free_port() != first


def test_a_server_can_listen_on_a_free_port() -> None:
    """The reservation is not in the way of a TCP server."""
    with socket.create_server(("127.0.0.1", free_port())) as server:
        assert server.getsockname()[1] < ports.EPHEMERAL_PORTS
