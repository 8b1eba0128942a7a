"""Why a receiver cannot be reached: a sentence for an operator, without the names of classes."""

import asyncio
from contextlib import closing
from socket import create_server

import pytest

from hub.web.connection_fault import connection_fault
from hub.web.outbound import Destinations, OutboundSession


async def fault_of(url: str, seconds: float = 0.2) -> str:
    """Post to a URL as the hub does; return the sentence about the failure."""
    async with OutboundSession(Destinations("127.0.0.0/8"), seconds) as session:
        try:
            async with session.post(url, data=b"{}"):
                return ""
        except (OSError, Exception) as error:  # noqa: BLE001 - each error must have a sentence
            return connection_fault(error, url, seconds)


def test_each_failure_says_what_to_do() -> None:
    """A closed port, a silent receiver, one without TLS, an unknown name, a private address."""
    with closing(create_server(("127.0.0.1", 0))) as silent:
        port = silent.getsockname()[1]
        url = f"http://127.0.0.1:{port}/secret"
        wanted = {
            "http://127.0.0.1:9/secret": "nothing listens at 127.0.0.1:9; start the receiver",
            url: "127.0.0.1 did not answer within 0.2 seconds",
            "https://no-such-host.invalid/secret": "the name no-such-host.invalid is not known",
            "https://10.1.2.3/secret": "10.1.2.3 is a private address; list its network",
        }
        for address, text in wanted.items():
            fault = asyncio.run(fault_of(address))
            assert fault.startswith(text), fault
            assert "secret" not in fault
            assert "Error" not in fault


@pytest.mark.parametrize("error", [RuntimeError("odd"), OSError(113, "No route to host")])
def test_an_unexpected_failure_keeps_its_cause(error: Exception) -> None:
    """The cause of the system is in the sentence."""
    text = connection_fault(error, "https://city.example/x", 15)
    assert text.startswith("city.example:443 cannot be reached (")
    assert str(error.args[-1]) in text
