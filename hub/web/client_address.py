"""Where a request comes from 来访地址: seen through the reverse proxies before the hub.

A proxy appends what it saw to the right end of an `X-Forwarded-*` list. With n trusted proxies the
n-th value from the right was written by the outermost of them; everything further left was
written by the sender himself and is ignored. A list may come as several header lines: they are one
list, in their order (RFC 9110 § 5.3).
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from aiohttp import web

FORWARDED_FOR, FORWARDED_PROTO = "X-Forwarded-For", "X-Forwarded-Proto"


def address_of(request: web.Request, proxies: int) -> str:
    """Return by what a sender is counted: an IPv4 address, or the /64 network of an IPv6 one.

    `proxies` is the number of trusted reverse proxies. Where the list is too short, or what stands
    there is no address, it is the address of the connection.
    """
    peer = request.remote or ""
    forwarded = _values(request, FORWARDED_FOR)
    if proxies <= 0 or len(forwarded) < proxies:
        return _counted(_parsed(peer), peer)
    return _counted(_parsed(forwarded[-proxies]), _counted(_parsed(peer), peer))


def is_secure(request: web.Request, proxies: int) -> bool:
    """Whether the browser came by TLS: to the hub itself, or to the outermost trusted proxy.

    Proxies often replace `X-Forwarded-Proto` instead of appending to it, so a shorter list than
    there are proxies is read from its left end.
    """
    if request.secure:
        return True
    forwarded = _values(request, FORWARDED_PROTO)
    if proxies <= 0 or not forwarded:
        return False
    return forwarded[-proxies:][0].lower() == "https"


def _values(request: web.Request, header: str) -> list[str]:
    lines = request.headers.getall(header, [])
    return [value.strip() for value in ",".join(lines).split(",")] if lines else []


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """Return the address in `1.2.3.4`, `1.2.3.4:567`, `::1`, `[::1]` or `[::1]:567`."""
    host = text.strip().strip('"')
    if host.startswith("["):
        host, bracket, port = host[1:].partition("]")
        if not bracket or (port and not _is_port(port)):
            return None
    elif host.count(":") == 1:
        host, _, port = host.partition(":")
        if not _is_port(f":{port}"):
            return None
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _is_port(text: str) -> bool:
    digits = text.removeprefix(":")
    return text.startswith(":") and digits.isascii() and digits.isdigit() and int(digits) <= 65535


def _counted(address: IPv4Address | IPv6Address | None, otherwise: str) -> str:
    if address is None:
        return otherwise
    if isinstance(address, IPv6Address):
        # Whoever has one address of IPv6 has 2^64 of them.
        return str(ip_network((address, 64), strict=False))
    return str(address)
