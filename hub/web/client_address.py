"""The address of a client 来访地址, also behind reverse proxies.

A proxy appends the address of its client to the right end of an `X-Forwarded-*` list. With n
trusted proxies, the outermost of them has written the n-th value from the right. The client may
have written everything further left, so that is ignored. Several header lines of the same name are
one list, in their order (RFC 9110 § 5.3).
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from aiohttp import web

FORWARDED_FOR, FORWARDED_PROTO = "X-Forwarded-For", "X-Forwarded-Proto"


def address_of(request: web.Request, proxies: int) -> str:
    """Return the key by which a client is counted: its IPv4 address, or its IPv6 /64 network.

    `proxies` is the number of trusted reverse proxies. If the list is too short or the value is no
    address, the address of the connection counts.
    """
    peer = request.remote or ""
    forwarded = _values(request, FORWARDED_FOR)
    if proxies <= 0 or len(forwarded) < proxies:
        return _counted(_parsed(peer), peer)
    return _counted(_parsed(forwarded[-proxies]), _counted(_parsed(peer), peer))


def is_secure(request: web.Request, proxies: int) -> bool:
    """Return whether the browser uses TLS: to the hub itself, or to the outermost trusted proxy.

    Proxies often replace `X-Forwarded-Proto` instead of appending to it. So if the list has fewer
    values than there are proxies, its first value counts.
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
    """Parse `1.2.3.4`, `1.2.3.4:567`, `::1`, `[::1]` or `[::1]:567`; None for other text."""
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
        # A client with one IPv6 address usually has its whole /64 network.
        return str(ip_network((address, 64), strict=False))
    return str(address)
