"""Which IP addresses are public 公网地址: for requests to addresses from outside. Pure."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_GLOBAL_UNICAST = ip_network("2000::/3")
"""All public IPv6 addresses. Python calls others global too, such as fec0:: of inner networks."""
_CARRIERS = (ip_network("2002::/16"), ip_network("2001::/32"))
"""Parts of it whose addresses have an IPv4 address inside: 6to4 and Teredo. NAT64 is outside."""


def is_public(text: str) -> bool:
    """Whether an IP address is one of the public internet; raises `ValueError` if it is none."""
    address: IPv4Address | IPv6Address = ip_address(text)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if isinstance(address, IPv6Address) and (
        address not in _GLOBAL_UNICAST or any(address in network for network in _CARRIERS)
    ):
        return False
    return address.is_global and not address.is_multicast
