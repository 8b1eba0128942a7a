"""Requests to addresses that an operator has set 外发请求: to public addresses, and to listed ones.

Without TLS (http://) only to listed ones: the body of a webhook and a token are no text for others.

An address is checked when the connection is made, not when it is set: a name may lead elsewhere
later. Redirects are never followed, so a receiver cannot send the hub to another machine.
"""

import ipaddress
import socket
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver

from hub.runtime.errors import HubError
from hub.web.public_address import is_public

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

PER_RECEIVER = 8
"""Parallel connections to one receiver: they are systems of offices, not data centres."""


class NetworksError(HubError, ValueError):
    """HUB_OUTBOUND_NETWORKS is invalid; the message names the part."""


class AddressRefusedError(OSError):
    """A receiver has an address that the hub does not send to."""


class Destinations:
    """The addresses that the hub may send to: public ones, and those in listed networks."""

    def __init__(self, networks: str) -> None:
        """Read `networks`, such as `10.20.0.0/16, 192.168.3.7`; raises `NetworksError`."""
        self.networks: list[Network] = []
        for part in filter(None, (item.strip() for item in networks.split(","))):
            try:
                self.networks.append(ipaddress.ip_network(part))
            except ValueError as error:
                raise NetworksError(
                    f"HUB_OUTBOUND_NETWORKS: {part} is no network ({error}); write 10.20.0.0/16"
                ) from error

    def is_listed(self, address: str) -> bool:
        """Return whether a network of the list has an address."""
        known = _parsed(address)
        return known is not None and any(
            known in network for network in self.networks if network.version == known.version
        )

    def is_allowed(self, address: str) -> bool:
        """Return whether the hub may send to an address."""
        known = _parsed(address)
        if known is None:
            return False
        return self.is_listed(address) or is_public(str(known))

    def fault(self, url: str) -> str:
        """Return one sentence that says why a URL is refused; empty if it is accepted.

        The addresses of a host name are checked when the hub connects.
        """
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname or "", parts.port
        except ValueError as error:
            return f"it is no URL ({error})"
        if parts.scheme not in ("https", "http") or not host:
            return "it must begin with https:// and a host"
        if parts.username or parts.password:
            return "it has a password; the signature authenticates the hub"
        is_plain_elsewhere = _parsed(host) is not None and not self.is_listed(host)
        if parts.scheme == "http" and (not self.networks or is_plain_elsewhere):
            return "http:// is only for networks that HUB_OUTBOUND_NETWORKS lists; use https://"
        if _parsed(host) is not None and not self.is_allowed(host):
            return f"{host} is a private address; list its network in HUB_OUTBOUND_NETWORKS"
        return ""


def _parsed(address: str) -> Address | None:
    """Return an address; one of IPv4 that is written as IPv6 (RFC 4291, 2.5.5) as IPv4."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    mapped = known.ipv4_mapped if isinstance(known, ipaddress.IPv6Address) else None
    return mapped or known


class CheckedResolver(AbstractResolver):
    """Resolves host names, and refuses those that lead to other addresses.

    `is_plain`: for http://, which may lead to addresses of listed networks only.
    """

    def __init__(self, destinations: Destinations, *, is_plain: bool = False) -> None:
        self._is_allowed = destinations.is_listed if is_plain else destinations.is_allowed
        self._is_plain, self._resolver = is_plain, DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the allowed addresses of a host; raises `OSError` if there is none."""
        results = await self._resolver.resolve(host, port, family)
        allowed = [item for item in results if self._is_allowed(item["host"])]
        if allowed:
            return allowed
        if self._is_plain:
            raise AddressRefusedError(
                f"{host} has no address in HUB_OUTBOUND_NETWORKS; list its network, or use https://"
            )
        raise AddressRefusedError(
            f"{host} has only private addresses; list its network in HUB_OUTBOUND_NETWORKS"
        )

    async def close(self) -> None:
        """Close the resolver."""
        await self._resolver.close()


class OutboundSession:
    """An HTTP client for receivers and cities; an asynchronous context manager."""

    def __init__(self, destinations: Destinations, seconds: float) -> None:
        """Prepare; each request and its response may take `seconds`."""
        self._destinations, self.seconds = destinations, seconds
        self._sessions: dict[str, aiohttp.ClientSession] = {}

    async def __aenter__(self) -> "OutboundSession":
        self._sessions = {
            scheme: self._session(CheckedResolver(self._destinations, is_plain=scheme == "http"))
            for scheme in ("https", "http")
        }
        return self

    async def __aexit__(self, *_: object) -> None:
        for session in self._sessions.values():
            await session.close()

    def _session(self, resolver: CheckedResolver) -> aiohttp.ClientSession:
        pool = aiohttp.TCPConnector(limit=0, limit_per_host=PER_RECEIVER, resolver=resolver)
        timeout = aiohttp.ClientTimeout(
            total=None, sock_connect=self.seconds, sock_read=self.seconds
        )
        # No cookies: receivers share this session.
        jar = aiohttp.DummyCookieJar()
        return aiohttp.ClientSession(connector=pool, timeout=timeout, cookie_jar=jar)

    def post(self, url: str, **options: Any) -> Any:
        """Return the context manager of a POST; raises `AddressRefusedError`."""
        return self._opened(url).post(url, allow_redirects=False, **options)

    def get(self, url: str, **options: Any) -> Any:
        """Return the context manager of a GET; raises `AddressRefusedError`."""
        return self._opened(url).get(url, allow_redirects=False, **options)

    def _opened(self, url: str) -> aiohttp.ClientSession:
        """Return the session if it may send to a URL; raises `AddressRefusedError`."""
        if not self._sessions:
            raise RuntimeError("the session is not open")
        if fault := self._destinations.fault(url):
            raise AddressRefusedError(fault)
        return self._sessions[urlsplit(url).scheme]


def shown_url(url: str) -> str:
    """Return scheme and host of a URL: its path and query may be a secret."""
    parts: Sequence[str] = urlsplit(url)
    return f"{parts[0]}://{parts[1]}"
