"""Which addresses the hub sends to."""

import asyncio
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver

from hub.web.outbound import (
    AddressRefusedError,
    CheckedResolver,
    Destinations,
    NetworksError,
    OutboundSession,
)
from tests.hub.notifications.receiver import running

PRIVATE = [
    *("127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "100.64.0.1"),
    *("0.0.0.9", "224.0.0.1", "::1", "fe80::1", "fd00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1"),
    *("::127.0.0.1", "fec0::1", "64:ff9b::a00:1", "2002:a00:1::", "2001:0:a00:1::"),
]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_refused_in_every_spelling(address: str) -> None:
    """Loopback, private, link-local and metadata addresses, also inside IPv6."""
    assert not Destinations("").is_allowed(address)


def test_a_listed_network_is_allowed_and_its_neighbour_is_not() -> None:
    """The operator opens single networks, not all private addresses."""
    destinations = Destinations("10.20.0.0/16, 192.168.3.7")
    assert destinations.is_allowed("10.20.9.9")
    assert destinations.is_allowed("::ffff:192.168.3.7")
    assert not destinations.is_allowed("10.21.0.1")
    assert destinations.is_allowed("114.114.114.114")


def test_a_network_that_is_none_is_refused() -> None:
    """The message names the part."""
    with pytest.raises(NetworksError, match="office"):
        Destinations("10.0.0.0/8, office")


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("https://app.example/hook?key=1", ""),
        ("http://app.example/hook", "use https"),
        ("ftp://app.example", "must begin with https"),
        ("https://user:word@app.example", "password"),
        ("https://10.0.0.1/", "private address"),
        ("https://[::1]/", "private address"),
        ("https://[::1", "is no URL"),
        ("https://app.example:x/", "is no URL"),
        ("app.example", "must begin with https"),
    ],
)
def test_a_url_is_refused_with_a_reason(url: str, fault: str) -> None:
    """An operator learns at once what is wrong with an address."""
    assert fault in Destinations("").fault(url)
    assert bool(fault) == bool(Destinations("").fault(url))


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("http://10.20.1.1/hook", ""),
        ("http://app.example/hook", ""),
        ("http://114.114.114.114/hook", "use https"),
        ("http://10.21.1.1/hook", "use https"),
        ("https://114.114.114.114/hook", ""),
    ],
)
def test_a_listed_network_opens_plain_http_to_itself_only(url: str, fault: str) -> None:
    """One office without TLS does not open http:// to the internet; names are checked later."""
    refusal = Destinations("10.20.0.0/16").fault(url)
    assert fault in refusal
    assert bool(fault) == bool(refusal)


class Names(AbstractResolver):
    """Resolves every name to the same addresses."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[Any]:  # noqa: ARG002
        """Return the addresses."""
        return [{"host": address, "port": port, "hostname": host} for address in self.addresses]

    async def close(self) -> None:
        """Nothing is open."""


def resolved(*addresses: str, networks: str = "", is_plain: bool = False) -> list[str]:
    """Return the addresses to which the hub would connect."""

    async def run() -> list[str]:
        resolver = CheckedResolver(Destinations(networks), is_plain=is_plain)
        await resolver.close()
        resolver._resolver = Names(*addresses)  # type: ignore[assignment]
        return [item["host"] for item in await resolver.resolve("app.example", 443)]

    return asyncio.run(run())


def test_a_name_that_leads_to_a_private_address_is_refused_when_connecting() -> None:
    """A name that was public yesterday may lead to the metadata service today."""
    assert resolved("114.114.114.114", "10.0.0.1") == ["114.114.114.114"]
    with pytest.raises(AddressRefusedError, match="only private addresses"):
        resolved("169.254.169.254")


def test_a_name_without_tls_leads_to_listed_networks_only() -> None:
    """Of the addresses of a name, http:// uses those in listed networks; a public one is none."""
    both = ("114.114.114.114", "10.20.0.1")
    assert resolved(*both, networks="10.20.0.0/16") == [*both]
    assert resolved(*both, networks="10.20.0.0/16", is_plain=True) == ["10.20.0.1"]
    with pytest.raises(AddressRefusedError, match="use https"):
        resolved("114.114.114.114", networks="10.20.0.0/16", is_plain=True)


def test_a_session_without_the_network_does_not_connect() -> None:
    """The check is there for each request, also where a file was edited by hand."""

    async def run() -> int:
        async with (
            running() as (receiver, _),
            OutboundSession(Destinations(""), 5.0) as session,
        ):
            with pytest.raises(AddressRefusedError):
                async with session.post(receiver.url, data=b""):
                    pass
            return len(receiver.requests)

    assert asyncio.run(run()) == 0
