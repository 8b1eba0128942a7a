"""Access to /metrics 指标访问: with the token, or from this machine.

A file contains the token and nothing else, as Prometheus' `credentials_file` requires. Without the
file, only requests from this machine are answered. Behind a reverse proxy every request comes from
this machine, which proves nothing. So the token is always required there.
"""

from collections.abc import Mapping
from email.message import Message
from hmac import compare_digest
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from secrets import token_urlsafe
from urllib.parse import urlsplit

import structlog

from hub.runtime.paths import DataPaths
from hub.runtime.private_file import write_private
from hub.runtime.watched_file import WatchedFile
from hub.settings.base import CommonSettings

log = structlog.get_logger()

Headers = Mapping[str, str] | Message
REFUSAL = (
    "/metrics answers requests from this machine, and requests with its token as Authorization:"
    " Bearer (hub credentials rotate metrics --name token creates a token)\n"
)
FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Forwarded", "Via")
"""Headers of a request that a proxy has forwarded."""


def metrics_token_path(settings: CommonSettings) -> Path:
    """Return the path of the token's file."""
    return settings.metrics_token_file or DataPaths(settings.data).metrics_token


def draw_metrics_token(settings: CommonSettings) -> str:
    """Write a new token and return it; processes refuse the old one within a second."""
    fresh = token_urlsafe(32)
    path = metrics_token_path(settings)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_private(path, fresh)
    return fresh


class MetricsAccess:
    """Decides on requests for the metrics of one process; rereads the token when it changes."""

    def __init__(self, settings: CommonSettings) -> None:
        self._behind_proxy = settings.proxies > 0
        self._file = WatchedFile(metrics_token_path(settings))
        self._token = _read(self._file.path, "")

    def allows(self, peer: str, headers: Headers) -> bool:
        """Return whether a request from address `peer` may read the metrics.

        Lookups in `headers` must ignore case, as in those of aiohttp and of `http.server`.
        """
        if self._file.has_changed():
            self._token = _read(self._file.path, self._token)
        scheme, _, shown = headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self._token:
            return compare_digest(shown.strip().encode(errors="replace"), self._token.encode())
        return not self._behind_proxy and is_local_request(peer, headers)


def is_local_request(peer: str, headers: Headers) -> bool:
    """Return whether a request comes from this machine: not forwarded, and for a local host name.

    A page of another site can make a browser on this machine request 127.0.0.1 under a host name of
    that site. So the `Host` header must be local too.
    """
    if any(headers.get(name) for name in FORWARDED):
        return False
    host = urlsplit(f"//{headers.get('Host', '')}").hostname or ""
    return _is_loopback(peer) and (host == "localhost" or _is_loopback(host))


def _is_loopback(text: str) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def _read(path: Path, previous: str) -> str:
    """Return the token, "" if there is no file, or `previous` if the file cannot be read.

    The engine's process reads the file before its wall is raised, and keeps that token.
    """
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as error:
        log.warning("metrics_token_unreadable", path=str(path), error=str(error))
        return previous
