"""Why a connection to a receiver failed, and what to do 连接故障: one short sentence. Pure.

The texts of the client name its classes and repeat each other; an operator needs the host, the
cause and the remedy. The URL is left out, because its path may be a secret.
"""

import socket
import ssl
from urllib.parse import urlsplit

import aiohttp

from hub.web.outbound import AddressRefusedError

LONGEST_CAUSE = 80
PORTS = {"http": 80, "smtp": 25, "smtps": 465}
"""Ports by scheme; every other scheme has 443."""


def connection_fault(error: BaseException, url: str, seconds: float) -> str:
    """Return the sentence for an error of a request to `url` that may take `seconds`."""
    parts = urlsplit(url)
    host = parts.hostname or "the receiver"
    port = parts.port or PORTS.get(parts.scheme, 443)
    cause = getattr(error, "os_error", None) or error
    refused = next((e for e in (error, cause) if isinstance(e, AddressRefusedError)), None)
    if refused is not None:
        return str(refused)
    if isinstance(error, aiohttp.ClientConnectorDNSError | socket.gaierror):
        return f"the name {host} is not known; check its spelling and the DNS of this machine"
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return (
            f"{host} has no TLS certificate that this machine trusts; renew it, or check the port"
        )
    if isinstance(error, TimeoutError):
        return f"{host} did not answer within {seconds:g} seconds; check the receiver and firewalls"
    if isinstance(cause, ConnectionRefusedError):
        return f"nothing listens at {host}:{port}; start the receiver, or check the port"
    if isinstance(error, aiohttp.ServerDisconnectedError | ConnectionResetError):
        return f"{host} ended the connection without an answer; look at its log"
    text = getattr(cause, "strerror", None) or str(cause)
    return f"{host}:{port} cannot be reached ({text[:LONGEST_CAUSE]}); check network and firewalls"
