"""Which addresses attachments may be fetched from 附件地址: default-deny against private networks.

A link comes from outside. A hub that followed any link would let its sender reach the city's inner
systems through it (server-side request forgery). So a link leads to a public address, or to a host
that the operator has listed in `HUB_ATTACHMENT_HOSTS`. Each address is checked when it is connected
to, so that a name that changes its address between two look-ups gains nothing.
"""

import socket
from ipaddress import ip_address

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from hub.attachments.error import AttachmentError
from hub.web.public_address import is_public

PORTS = frozenset({80, 443, 8080, 8443})
"""Ports of public hosts; a listed host may have any port."""
LONGEST_URL = 2048
NOT_PUBLIC = "附件在内部网络的地址上，未列入允许的主机，不能打开"
BAD_LINK = "附件的链接不完整或不安全，不能打开"


def listed_hosts(text: str) -> frozenset[str]:
    """Return the hosts of `HUB_ATTACHMENT_HOSTS`, in small letters."""
    return frozenset(part.strip().lower() for part in text.split(",") if part.strip())


def checked_url(text: str, listed: frozenset[str]) -> URL:
    """Return a link that may be fetched; raises `AttachmentError`.

    It is an http or https link without user name, to a usual port; a literal address is public.
    """
    try:
        url = URL(text.strip())
        host, port = url.host, url.port
    except ValueError as error:
        raise AttachmentError(BAD_LINK) from error
    if len(text) > LONGEST_URL or url.scheme not in ("http", "https") or not host:
        raise AttachmentError(BAD_LINK)
    if url.user is not None or url.password is not None:
        raise AttachmentError(BAD_LINK)
    if host.lower() in listed:
        return url
    if port not in PORTS:
        raise AttachmentError(BAD_LINK)
    if _is_literal(host) and not is_public(host):
        raise AttachmentError(NOT_PUBLIC)
    return url


def _is_literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


class CheckedResolver(AbstractResolver):
    """Resolves names, and refuses a name of which any address is not public."""

    def __init__(self, listed: frozenset[str]) -> None:
        self._listed, self._resolver = listed, ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a host; raises `AttachmentError`, or `OSError` if unknown."""
        hosts = await self._resolver.resolve(host, port, family)
        if host.lower() not in self._listed and not all(is_public(each["host"]) for each in hosts):
            raise AttachmentError(NOT_PUBLIC)
        return hosts

    async def close(self) -> None:
        """Release the resolver."""
        await self._resolver.close()
