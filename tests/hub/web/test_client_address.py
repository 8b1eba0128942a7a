"""The address of a client: a value that the client can forge never counts."""

from unittest.mock import Mock

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from hub.web.client_address import address_of, is_secure

PROXY = "192.0.2.1"


def request_with(header: str, *lines: str, remote: str = PROXY) -> Mock:
    """Return a request from `remote` with a header in one or more lines."""
    transport = Mock()
    transport.get_extra_info.side_effect = lambda name, default=None: {"peername": (remote, 1)}.get(
        name, default
    )
    headers = CIMultiDict([(header, line) for line in lines])
    request: Mock = make_mocked_request("GET", "/t", headers=headers, transport=transport)
    return request


@pytest.mark.parametrize(
    ("proxies", "lines", "counted"),
    [
        (0, ["198.51.100.7"], PROXY),
        (1, ["198.51.100.7"], "198.51.100.7"),
        (1, ["203.0.113.9, 198.51.100.7"], "198.51.100.7"),
        (2, ["203.0.113.9, 198.51.100.7, 192.0.2.5"], "198.51.100.7"),
        (2, ["198.51.100.7"], PROXY),
        (1, ["nonsense"], PROXY),
        (1, ["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::/64"),
        # Two lines are one list: the client's own comes first, the proxy's last.
        (1, ["203.0.113.9", "198.51.100.7"], "198.51.100.7"),
        (1, ["203.0.113.9, 203.0.113.10", "203.0.113.11", "198.51.100.7"], "198.51.100.7"),
        (2, ["203.0.113.9", "198.51.100.7", "192.0.2.5"], "198.51.100.7"),
        (2, ["203.0.113.9", "198.51.100.7, 192.0.2.5"], "198.51.100.7"),
        (1, ["198.51.100.7:4711"], "198.51.100.7"),
        (1, ["[2001:db8:1:2:3::9]:4711"], "2001:db8:1:2::/64"),
        (1, ["[2001:db8:1:2:3::9]"], "2001:db8:1:2::/64"),
        (1, ["::ffff:198.51.100.7"], "198.51.100.7"),
        (1, ["fe80::1%eth0"], "fe80::/64"),
        (1, ["198.51.100.7,"], PROXY),
        (1, ["198.51.100.7, "], PROXY),
        (1, [""], PROXY),
        (1, ["198.51.100.7:99999"], PROXY),
        (1, ["[::1"], PROXY),
        (1, ["[::1]x"], PROXY),
        (1, ["198.51.100.7:²"], PROXY),
        (1, [], PROXY),
    ],
)
def test_a_client_is_counted_by_an_address_that_it_cannot_forge(
    proxies: int, lines: list[str], counted: str
) -> None:
    """Only the entry of the outermost trusted proxy counts, in any number of header lines."""
    assert address_of(request_with("X-Forwarded-For", *lines), proxies) == counted


def test_an_ipv6_connection_is_counted_by_its_network() -> None:
    """This holds without proxies too; a mapped IPv4 address counts as the IPv4 address."""
    assert address_of(request_with("X", remote="2001:db8::1"), 0) == "2001:db8::/64"
    assert address_of(request_with("X", remote="::ffff:198.51.100.7"), 0) == "198.51.100.7"


@pytest.mark.parametrize(
    ("proxies", "lines", "secure"),
    [
        (0, ["https"], False),
        (1, ["https"], True),
        (1, ["HTTPS"], True),
        (1, ["http"], False),
        (1, ["https", "http"], False),
        (1, ["https, http"], False),
        (1, ["http", "https"], True),
        (2, ["http", "https", "http"], True),
        (2, ["https"], True),
        (1, [], False),
    ],
)
def test_the_outermost_trusted_proxy_decides_about_tls(
    proxies: int, lines: list[str], *, secure: bool
) -> None:
    """Values that the client wrote before it do not count."""
    assert is_secure(request_with("X-Forwarded-Proto", *lines), proxies) is secure
