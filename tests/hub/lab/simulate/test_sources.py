"""The stand-ins for polled systems leave no connection open when they end."""

import asyncio
import gc
import socket
from contextlib import AsyncExitStack, suppress

import pytest

from hub.lab.simulate.run import sources
from hub.settings import Settings
from tests.integration.parts import free_port


@pytest.mark.parametrize("steps", range(6))
def test_a_connection_opened_at_the_end_is_closed(steps: int) -> None:
    """A connection is closed at every stage of accepting it (a ResourceWarning fails the test)."""
    port = free_port()

    async def connect_early() -> socket.socket:
        async with AsyncExitStack() as exit_stack:
            board, _ = await sources(
                Settings(leader_board_url=f"http://127.0.0.1:{port}"), exit_stack
            )
            assert board is not None
            client = socket.create_connection(("127.0.0.1", port))
            for _ in range(steps):
                await asyncio.sleep(0)
        return client

    with asyncio.run(connect_early()) as client:
        gc.collect()
        client.settimeout(30)
        with suppress(ConnectionResetError):
            assert client.recv(1) == b""
