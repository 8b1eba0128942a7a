"""The stand-ins for systems that the hub polls: they end with nothing left open."""

import asyncio
import gc
import socket
from contextlib import AsyncExitStack, suppress

import pytest

from hub.lab.simulate.run import sources
from hub.settings import Settings
from tests.integration.parts import free_port


@pytest.mark.parametrize("steps", range(6))
def test_a_connection_made_at_the_very_end_is_closed(steps: int) -> None:
    """However far the loop has come with accepting it (a warning is an error here)."""
    port = free_port()

    async def joined() -> socket.socket:
        async with AsyncExitStack() as stay:
            board, _ = await sources(Settings(leader_board_url=f"http://127.0.0.1:{port}"), stay)
            assert board is not None
            client = socket.create_connection(("127.0.0.1", port))
            for _ in range(steps):
                await asyncio.sleep(0)
        return client

    with asyncio.run(joined()) as client:
        gc.collect()
        client.settimeout(30)
        with suppress(ConnectionResetError):
            assert client.recv(1) == b""
