"""Links to private networks are refused, however they are written."""

import asyncio
import socket
from typing import Any

import pytest

from hub.attachments import addresses
from hub.attachments.addresses import CheckedResolver, checked_url, listed_hosts
from hub.attachments.error import AttachmentError
from hub.web.public_address import is_public

NOBODY: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    "link",
    [
        "http://127.0.0.1/1.jpg",
        "http://10.1.2.3/1.jpg",
        "http://192.168.1.1/1.jpg",
        "http://172.16.0.9/1.jpg",
        "http://100.64.1.1/1.jpg",
        "http://169.254.169.254/latest/meta-data",
        "http://0.0.0.0/1.jpg",
        "http://224.0.0.1/1.jpg",
        "http://[::1]/1.jpg",
        "http://[::ffff:10.0.0.1]/1.jpg",
        "http://[fc00::1]/1.jpg",
        "http://[64:ff9b::a00:1]/1.jpg",
        "http://[2002:a00:1::]/1.jpg",
        "http://[fec0::1]/1.jpg",
        "http://[::127.0.0.1]/1.jpg",
        "http://[::ffff:0:10.0.0.1]/1.jpg",
        "ftp://pictures.example/1.jpg",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:image/png;base64,AA",
        "//pictures.example/1.jpg",
        "/1.jpg",
        "",
        "http://",
        "http://name:word@pictures.example/1.jpg",
        "http://pictures.example:22/1.jpg",
        "http://pictures.example:9200/1.jpg",
        "http://pictures.example/" + "x" * 3000,
    ],
)
def test_a_dangerous_link_is_refused(link: str) -> None:
    """Schemes, ports, user names and literal addresses that could reach an inner system."""
    with pytest.raises(AttachmentError):
        checked_url(link, NOBODY)


@pytest.mark.parametrize(
    "link",
    ["https://pictures.example/1.jpg", "http://8.8.8.8/a b.jpg", "https://图片.example/灯.jpg"],
)
def test_a_public_link_is_accepted(link: str) -> None:
    """Names in Chinese and blanks in paths are usual."""
    assert checked_url(link, NOBODY).host


def test_a_listed_host_may_be_private() -> None:
    """The operator lists the picture server of the hotline, at any port."""
    listed = listed_hosts(" Pictures.city.example, 10.0.0.5 ")
    assert checked_url("http://10.0.0.5:9000/1.jpg", listed).port == 9000
    assert checked_url("http://pictures.city.example:81/1.jpg", listed).host
    with pytest.raises(AttachmentError):
        checked_url("http://10.0.0.6/1.jpg", listed)


class Names:
    """Resolves every name to the addresses that a test sets."""

    def __init__(self, *hosts: str) -> None:
        self.hosts = hosts

    async def resolve(self, host: str, port: int, _: Any) -> list[dict[str, Any]]:
        """Return the addresses."""
        return [{"hostname": host, "host": each, "port": port} for each in self.hosts]

    async def close(self) -> None:
        """Do nothing."""


@pytest.mark.parametrize(
    ("hosts", "is_refused"),
    [(("8.8.8.8",), False), (("10.0.0.1",), True), (("8.8.8.8", "127.0.0.1"), True)],
)
def test_a_name_is_judged_by_all_its_addresses(
    hosts: tuple[str, ...], is_refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A public name that leads to an inner address is refused at the connection."""
    monkeypatch.setattr(addresses, "ThreadedResolver", lambda: Names(*hosts))

    async def resolve() -> None:
        await CheckedResolver(NOBODY).resolve("pictures.example", 80, socket.AF_INET)

    if is_refused:
        with pytest.raises(AttachmentError):
            asyncio.run(resolve())
    else:
        asyncio.run(resolve())


def test_numbers_that_are_addresses_are_resolved_and_refused() -> None:
    """Systems read 2130706433 as 127.0.0.1."""

    async def resolve() -> None:
        await CheckedResolver(NOBODY).resolve("2130706433", 80, socket.AF_INET)

    with pytest.raises(AttachmentError):
        asyncio.run(resolve())


def test_public_addresses() -> None:
    """Public addresses of both families are public."""
    assert is_public("8.8.8.8")
    assert is_public("2001:4860:4860::8888")
