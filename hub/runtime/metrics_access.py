"""Who may read /metrics 指标访问: whoever shows the token, or this machine itself.

The token stands alone in a file, as Prometheus' `credentials_file` wants it. Where the file is
absent, requests from this machine only are answered. Behind a reverse proxy every request comes
from this machine, so that proves nothing there, and the token is always asked for.
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
from hub.runtime.watched_file import FollowedFile
from hub.settings.base import CommonSettings

log = structlog.get_logger()

Headers = Mapping[str, str] | Message
REFUSAL = (
    "/metrics is for this machine, or for whoever shows its token as Authorization: Bearer"
    " (hub credentials rotate metrics --name token draws one)\n"
)
FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Forwarded", "Via")
"""Headers by which a request shows that it was passed on from somewhere else."""


def metrics_token_path(settings: CommonSettings) -> Path:
    """Return where the token is."""
    return settings.metrics_token_file or DataPaths(settings.data).metrics_token


def draw_metrics_token(settings: CommonSettings) -> str:
    """Write a new token and return it; the one before is refused from the next second on."""
    fresh = token_urlsafe(32)
    path = metrics_token_path(settings)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_private(path, fresh)
    return fresh


class MetricsAccess:
    """Decides on each request for the metrics of one process; follows the file of the token."""

    def __init__(self, settings: CommonSettings) -> None:
        self._behind_proxy = settings.proxies > 0
        self._file = FollowedFile(metrics_token_path(settings))
        self._token = _read(self._file.path, "")

    def allows(self, peer: str, headers: Headers) -> bool:
        """Return whether a request from address `peer` may read the metrics.

        `headers` finds a name in any case, as those of aiohttp and of `http.server` do.
        """
        if self._file.has_changed():
            self._token = _read(self._file.path, self._token)
        scheme, _, shown = headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self._token:
            return compare_digest(shown.strip().encode(errors="replace"), self._token.encode())
        return not self._behind_proxy and is_from_here(peer, headers)


def is_from_here(peer: str, headers: Headers) -> bool:
    """Whether a request began on this machine: not passed on, and for a name of this machine.

    A page of another site can make a browser here ask 127.0.0.1 under a name of its own; so the
    name that was asked for counts too.
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


def _read(path: Path, former: str) -> str:
    """Return the token; nothing where there is none, `former` where the file cannot be read.

    The engine's process reads it before its wall stands, and keeps it until it ends.
    """
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as error:
        log.warning("metrics_token_unreadable", path=str(path), error=str(error))
        return former
